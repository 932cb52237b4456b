#!/usr/bin/env bash
# Holds what the model's runtime reads against spaCy: parity.sh FILE|FOLDER... Python packages go to .cache/quality.
set -euo pipefail
[ $# -gt 0 ] || { echo 'which texts? make parity SETS="FILE|FOLDER ..."' >&2; exit 64; }
cd "$(dirname "$0")/../../../.."
venv=.cache/quality
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement services/libs/entity-core/check/requirements.txt
fi
cargo build --release --locked --package model-store --example read
exec "$venv/bin/python" services/libs/model-store/check/beside_spacy.py compare "$@"
