#!/usr/bin/env bash
# Checks helm/courant without a cluster: lint, rendering of the default values and of ci/*.yaml, every manifest against the
# schemas of the oldest and the newest Kubernetes that the chart is for, the TOML inside, and that bad values are refused.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tools.sh
source "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

python=$(python_tools)
helm=$(go_tool helm "$helm_version" helm.sh/helm/v4/cmd/helm)
kubeconform=$(go_tool kubeconform "$kubeconform_version" github.com/yannh/kubeconform/cmd/kubeconform)
chart=$repo/helm/courant
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT

# The oldest that Chart.yaml admits and the newest that there are schemas for.
versions=(1.30.0 1.37.0)
# The wheel's schemas name each other by web address; laid out for kubeconform they name the file beside them.
schemas=$python/kubeconform
if [[ ! -d $schemas ]]; then
  rm -rf "$schemas.partial"
  python3 - "$python/kubernetes_validate/kubernetes-json-schema" "$schemas.partial" "${versions[@]}" <<'END'
import json, pathlib, sys
source, target, *versions = sys.argv[1:]
for version in versions:
    folder = pathlib.Path(target, f"v{version}")
    folder.mkdir(parents=True)
    for file in pathlib.Path(source, f"v{version}-local-strict").glob("*.json"):
        schema = json.loads(file.read_text().replace('"/api/_definitions.json#', '"_definitions.json#'))
        schema.pop("$id", None)
        (folder / file.name).write_text(json.dumps(schema))
END
  mv "$schemas.partial" "$schemas"
fi

for values in "$chart/values.yaml" "$chart"/ci/*.yaml; do
  case=$(basename "$values" .yaml)
  "$helm" lint --strict --quiet "$chart" -f "$values"
  for version in "${versions[@]}"; do
    "$helm" template courant "$chart" --namespace news --kube-version "$version" -f "$values" >"$rendered/$case.yaml"
    say "$case, Kubernetes $version:"
    # The two kinds of the Prometheus operator are not Kubernetes' own.
    "$kubeconform" -strict -summary -kubernetes-version "$version" -skip ServiceMonitor,PrometheusRule \
      -schema-location "$schemas/{{ .NormalizedKubernetesVersion }}/{{ .ResourceKind }}{{ .KindSuffix }}.json" \
      "$rendered/$case.yaml"
  done
done

# Every courant.toml is TOML, has the brokers and says in whole numbers what values say in whole numbers.
python3 - "$rendered"/*.yaml <<'END'
import re, sys, textwrap, tomllib
count = 0
for path in sys.argv[1:]:
    text = open(path).read()
    for block in re.findall(r"^  courant\.toml: \|\n((?:    .*\n|\n)+)", text, re.M):
        config = tomllib.loads(textwrap.dedent(block))
        assert config["kafka"]["brokers"], f"{path}: no brokers"
        assert all(isinstance(v, str) for v in config["kafka"].get("properties", {}).values()), f"{path}: properties are text"
        count += 1
assert count >= 6, f"only {count} configurations found"
print(f"chart.sh: {count} rendered courant.toml are valid")
END

# refused VALUE WORD: the schema turns VALUE down in a message that has WORD.
refused() {
  local said
  if said=$("$helm" template courant "$chart" --set "$1" 2>&1); then fail "the chart takes --set $1"; fi
  grep -qF -- "$2" <<<"$said" || fail "--set $1 is refused without saying $2: $said"
}
refused poller.replicas=-1 poller/replicas
refused poler.replicas=2 poler
refused config.kafka.brokers=kafka config/kafka/brokers
refused config.shutdown.grace=soon config/shutdown/grace
refused image.pullPolicy=Sometimes image/pullPolicy
refused 'config.kafka.properties.sasl\.password=x' sasl.password
say "bad values are refused by name"

# A pod is killed only after its grace is over.
grep -q 'terminationGracePeriodSeconds: 135$' "$rendered/secured.yaml" || fail "grace of 2m does not give 135 s before the kill"
