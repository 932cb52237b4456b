# Sourced by the check scripts: pinned tools, brought once into .cache/tools. A new version here is brought anew.
# shellcheck shell=bash disable=SC2034 # the versions are read by the scripts that source this

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=${COURANT_CACHE:-$repo/.cache}/tools

helm_version=v4.3.1
kubeconform_version=v0.8.0
promtool_version=v0.316.0 # Prometheus 3.16, as in compose.yaml
compose_version=v2.16.2
cargo_deny_version=0.20.2

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

say() { echo "${0##*/}: $*"; }

# go_tool NAME VERSION PACKAGE [TAGS]: installs by the Go module proxy, prints the path of the binary.
go_tool() {
  local name=$1 version=$2 package=$3 tags=${4:-} dir
  dir=$tools/$name-$version
  if [[ ! -x $dir/$name ]]; then
    command -v go >/dev/null || { echo "go is missing and builds $name: install Go 1.21 or later" >&2 && exit 69; }
    echo "building $name $version ..." >&2
    rm -rf "$dir" "$dir.partial"
    GOBIN=$dir.partial GOFLAGS=-mod=mod CGO_ENABLED=0 go install -tags "$tags" "$package@$version" >&2
    # A package is called after its folder, which is not always the tool's name.
    [[ ${package##*/} == "$name" ]] || mv "$dir.partial/${package##*/}" "$dir.partial/$name"
    mv "$dir.partial" "$dir"
  fi
  echo "$dir/$name"
}

# python_tools: installs requirements.txt, prints the directory (bin/ beside the packages).
python_tools() {
  local list=$repo/deploy/check/requirements.txt dir
  dir=$tools/python-$(sha256sum "$list" | cut -c 1-12)
  if [[ ! -d $dir ]]; then
    rm -rf "$dir.partial"
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
      --root-user-action ignore --target "$dir.partial" -r "$list" >&2
    mv "$dir.partial" "$dir"
  fi
  echo "$dir"
}
