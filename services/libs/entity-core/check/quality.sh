#!/usr/bin/env bash
# Scores names and links beside spaCy on the sets of a folder: quality.sh FOLDER. Python packages go to .cache/quality.
set -euo pipefail
sets=${1:?"which folder of sets? make quality SETS=FOLDER"}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../../.."
venv=.cache/quality
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
cargo build --release --locked --package entity-core --package model-store --example refine --example read
exec "$venv/bin/python" "$here/quality.py" "$sets" --refine target/release/examples/refine
