#!/usr/bin/env bash
# Shows what Courant and Python's feedparser recover of damaged feeds. Python packages go to .cache/recovery.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
venv=.cache/recovery
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --no-deps --requirement services/e2e/peers/python/requirements.txt
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cargo run --quiet --locked --package misprints -- "$folder/cases"
cargo run --quiet --locked --package courant -- parse --jsonl --inputs "$folder/cases/cases.jsonl" --root "$folder/cases" > "$folder/courant.jsonl"
"$venv/bin/python" services/libs/misprints/check/recovery.py "$folder/cases" "$folder/courant.jsonl"
