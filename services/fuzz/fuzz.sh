#!/usr/bin/env bash
# Runs the fuzz targets side by side: libFuzzer on feed-core, built with coverage for it by the pinned compiler.
#
# usage: fuzz.sh [--seconds N] [--seeds FOLDER]... [--dates FILE.jsonl]... [--only items|dates]
# Seeds are the project's own feeds and dates; folders given are read beside them, and of files given the `input` of each line. What was found
# to reach new code stays in target/fuzz/corpus, an input that breaks a law in target/fuzz/found. Exit: 0 when no law was broken.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=60 only="items dates" seeds=() dates=()
while (($#)); do
  case $1 in
    --seconds) seconds=$2 ;;
    --seeds) seeds+=("$2") ;;
    --dates) dates+=("$2") ;;
    --only) only=$2 ;;
    *) sed -n 's/^# \(usage: .*\)/\1/p' "$0" >&2; exit 64 ;;
  esac
  shift 2
done

# Only the project's own crates are built anew, with coverage and some speed; all checks of development builds stay in.
RUSTC_WORKSPACE_WRAPPER=$PWD/services/fuzz/instrumented.sh CARGO_PROFILE_DEV_OPT_LEVEL=2 cargo build --locked --package fuzz --bins
bin=$PWD/target/debug/fuzz

work=$PWD/target/fuzz
rm -rf "$work/seeds"
mkdir -p "$work"/{corpus,found,seeds}/{items,dates} "$work/logs"
cargo run --quiet --locked --package misprints -- "$work/seeds/items/misprints"
python3 - "$work/seeds/dates" services/fuzz/seeds/dates.txt ${dates[@]+"${dates[@]}"} << 'PYTHON'
import json, pathlib, sys

folder, own, *others = map(pathlib.Path, sys.argv[1:])
texts = own.read_text(encoding="utf-8").splitlines()
for other in others:
    texts += [json.loads(line)["input"] for line in other.read_text(encoding="utf-8").splitlines()]
for number, text in enumerate(texts):
    (folder / f"{number:04}").write_text(text, encoding="utf-8")
PYTHON
for folder in ${seeds[@]+"${seeds[@]}"}; do
  [[ -d $folder ]] || { echo "fuzz: no folder $folder" >&2; exit 66; }
done

declare -A running=()
for name in $only; do
  arguments=("$work/corpus/$name" "$work/seeds/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024
    -artifact_prefix="$work/found/$name/" -print_final_stats=1 -verbosity=1)
  case $name in
    items) arguments+=(services/libs/feed-core/tests/golden ${seeds[@]+"${seeds[@]}"} -max_len=16384 -dict=services/fuzz/seeds/markup.dict) ;;
    dates) arguments+=(-max_len=100 -only_ascii=0) ;;
  esac
  "$bin-$name" "${arguments[@]}" > "$work/logs/$name" 2>&1 &
  running[$name]=$!
done

failed=0
for name in "${!running[@]}"; do
  if wait "${running[$name]}"; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/logs/$name")
    covered=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$work/logs/$name" | tail -n 1)
    echo "fuzz: $name: $runs inputs in $seconds s, $covered places in the code reached, no law broken"
  else
    failed=1
    echo "fuzz: $name: a law is broken; the input is in $work/found/$name, the log in $work/logs/$name" >&2
    grep -m 5 -E 'panicked|ERROR|SUMMARY|^  ?[^ ]*left|right' -A 2 "$work/logs/$name" >&2 || tail -n 20 "$work/logs/$name" >&2
  fi
done
exit "$failed"
