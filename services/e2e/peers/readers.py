#!/usr/bin/env python3
"""readers.py SETS FIELDS COURANT: the table of readers.sh. FIELDS is the program of bare/src/bin/fields.rs, COURANT that of services/courant."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

RUNS = 5
CAPTURED = ("rss-parser", "fastfeedparser")


def timed(command):
    """What `command` prints, and the least processor time of a run in milliseconds."""
    spent = []
    for _ in range(RUNS):
        before = os.times()
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return out.decode(), min(spent) * 1000


def score(sets, lines, folder):
    """Expectations met of all and of captured feeds, in percent."""
    outputs = folder / "out.jsonl"
    outputs.write_text(lines, encoding="utf-8")
    arguments = [sets / "devset.jsonl", outputs, "--skip-degenerate", "--skip-policy"]
    table = subprocess.run([sys.executable, sets / "score.py", *arguments], stdout=subprocess.PIPE, check=True).stdout.decode()
    met, of = {}, {}
    for name, good, all_of_them in re.findall(r"^(\S+) +(\d+)/ *(\d+)", table, re.MULTILINE):
        met[name], of[name] = int(good), int(all_of_them)
    share = lambda names: 100 * sum(met[name] for name in names) / sum(of[name] for name in names)
    return share(["TOTAL"]), share(CAPTURED)


def main():
    sets, fields, courant = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    inputs, root = sets / "devset_inputs.jsonl", sets / "devset"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows = []

        def row(what, lines, milliseconds):
            rows.append((what, *score(sets, lines, folder), milliseconds))

        row("bare feed-rs, nothing sanitised", *timed([fields, inputs, root]))
        looked_at, looking = timed([fields, inputs, root, "--first"])
        lines = looked_at.splitlines()
        left = [json.loads(line)["file"] for line in lines if '"left":true' in line]
        rest = folder / "rest.jsonl"
        chosen = set(left)
        rest.write_text("".join(line for line in open(inputs, encoding="utf-8") if json.loads(line)["file"] in chosen), encoding="utf-8")
        ours, reading = timed([courant, "parse", "--jsonl", "--inputs", rest, "--root", root])
        kept = [line for line in lines if '"left":true' not in line]
        what = f"feed-rs for {len(kept)} feeds, not sanitised; Courant for {len(left)}"
        row(what, "\n".join(kept) + "\n" + ours, looking + reading)
        row("Courant", *timed([courant, "parse", "--jsonl", "--inputs", inputs, "--root", root]))
    print(f"{'read by':60} {'all':>6} {'captured':>9} {'time':>8}")
    for what, of_all, of_captured, milliseconds in rows:
        print(f"{what:60} {of_all:5.1f}% {of_captured:8.1f}% {milliseconds:5.0f} ms")


main()
