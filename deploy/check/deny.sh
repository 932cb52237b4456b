#!/usr/bin/env bash
# Checks licences, bans and sources of every crate by deny.toml. Advisories need a database from the network: not here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=tools.sh
source "$(dirname "${BASH_SOURCE[0]}")/tools.sh"

dir=$tools/cargo-deny-$cargo_deny_version
if [[ ! -x $dir/bin/cargo-deny ]]; then
  say "building cargo-deny $cargo_deny_version ..."
  # Unoptimised: it builds in a minute and runs in a second.
  CARGO_TARGET_DIR=$dir.target cargo install -q --locked --debug --no-default-features --root "$dir" \
    "cargo-deny@$cargo_deny_version"
  rm -rf "$dir.target"
fi
cd "$repo"
"$dir/bin/cargo-deny" --locked --workspace check --hide-inclusion-graph licenses bans sources
