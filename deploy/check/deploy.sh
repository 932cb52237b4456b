#!/usr/bin/env bash
# Checks deploy/ without an engine to run it: shell scripts, Dockerfile, compose.yaml, Prometheus' config and rules with
# their tests, and that dashboard and alerts use only metrics that the services have.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tools.sh
source "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

python=$(python_tools)
promtool=$(go_tool promtool "$promtool_version" github.com/prometheus/prometheus/cmd/promtool remove_all_sd,enable_dns_sd)
compose=$(go_tool compose "$compose_version" github.com/compose-spec/compose-go/v2/cmd)
cd "$repo/deploy"

"$python/bin/shellcheck" -x ../.ci/run setup.sh kafka/kafka.sh check/*.sh
say "shell scripts are clean"

"$python/bin/hadolint" Dockerfile
say "Dockerfile is clean"

# Loads compose.yaml by the library of Docker Compose itself; what it mounts must exist.
"$compose" -format json compose.yaml | python3 -c '
import json, os, sys
services = json.load(sys.stdin)["services"]
mounts = [m["source"] for s in services.values() for m in s.get("volumes", []) if m["type"] == "bind"]
missing = [path for path in mounts if not os.path.exists(path)]
if missing: sys.exit(f"compose.yaml mounts what does not exist: {missing}")
print(f"deploy.sh: compose.yaml is valid: {len(services)} services, {len(mounts)} mounts")'

"$promtool" check config --lint=all --lint-fatal prometheus/prometheus.yml
"$promtool" check rules --lint=all --lint-fatal prometheus/rules/*.yml
"$promtool" test rules prometheus/tests/*.yml

shopt -s nullglob
check/metric_names.py ../services/*/metrics.txt -- grafana/dashboards/*.json prometheus/rules/*.yml
