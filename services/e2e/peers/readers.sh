#!/usr/bin/env bash
# Scores three ways to read feeds side by side: bare feed-rs; feed-rs for the feeds that a look at them says it reads rightly, and Courant's reader
# for the rest; Courant's reader for all. Prints a row for each: expectations met of all, and of feeds as captured, and the processor time of
# the best of five runs, with reading the files and printing.
#
# usage: readers.sh FOLDER    a folder with devset.jsonl, devset_inputs.jsonl, devset/ and score.py
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sets=$(cd "${1:?usage: readers.sh FOLDER}" && pwd)
cd "$here/../../.."
bare=$("$here/peers.sh" bare | cut -f 2)
cargo build --quiet --release --locked --package courant
exec python3 "$here/readers.py" "$sets" "${bare%/*}/fields" target/release/courant
