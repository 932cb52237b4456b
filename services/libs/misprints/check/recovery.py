#!/usr/bin/env python3
"""recovery.py FOLDER COURANT.jsonl: what Courant and Python's feedparser recover of damaged feeds, class by class.

FOLDER is what `misprints` wrote, COURANT.jsonl what `courant parse --inputs FOLDER/cases.jsonl --root FOLDER --jsonl` printed. An item that
stands whole in a damaged feed counts as recovered where a parser finds its id with the title, link and content that the same parser
reads in the undamaged feed. Ends with 1 where feedparser recovers more of a class than Courant.
"""
import collections
import json
import pathlib
import sys

import feedparser


def by_feedparser(path, case):
    headers = {"content-location": case["base_url"]}
    if case["content_type"]:
        headers["content-type"] = case["content_type"]
    try:
        entries = feedparser.parse(path.read_bytes(), response_headers=headers).entries
    except Exception:  # It has been seen to raise on damaged input, which is a result like any other.
        entries = []
    content = lambda entry: [part.get("value") for part in entry.get("content", [])] or entry.get("summary")
    return {entry.get("id"): (entry.get("title"), entry.get("link"), content(entry)) for entry in entries}


def by_courant(line):
    return {item["id"]: (item["title"], item["link"], item["content"]) for item in line["items"] if not item.get("cut")}


def main():
    folder, ours = pathlib.Path(sys.argv[1]), open(sys.argv[2], encoding="utf-8")
    cases = [json.loads(line) for line in open(folder / "cases.jsonl", encoding="utf-8")]
    lines = {line["file"]: line for line in map(json.loads, ours)}
    clean, counts = {}, collections.defaultdict(lambda: [0, 0, 0])
    for case in cases:
        found = by_courant(lines[case["file"]]), by_feedparser(folder / case["file"], case)
        # The seeds come first, one for each format.
        seed = clean.setdefault(case["format"], found)
        if seed is found:
            continue
        count = counts[case["class"]]
        count[0] += len(case["whole"])
        for at in (0, 1):
            count[1 + at] += sum(item in found[at] and found[at][item] == seed[at].get(item) for item in case["whole"])
    print(f"{'damage':45} {'whole items':>11} {'Courant':>8} {'feedparser':>10}")
    for name, (whole, courant, other) in sorted(counts.items()):
        print(f"{name:45} {whole:11} {courant:8} {other:10}{'  <' if other > courant else ''}")
    totals = [sum(column) for column in zip(*counts.values())]
    print(f"{'all':45} {totals[0]:11} {totals[1]:8} {totals[2]:10}")
    sys.exit(any(other > courant for _, courant, other in counts.values()))


main()
