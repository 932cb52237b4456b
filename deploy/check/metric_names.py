#!/usr/bin/env python3
"""Checks that dashboards and alert rules use only metrics and labels that the services say they have.

Ground truth: every services/*/metrics.txt, which the services' own tests compare with what they register.
A line there is `name`, `name{label,label}`, optionally with the type (counter, gauge, histogram) after it; `#` begins a comment.

    metric_names.py METRICS.txt... -- DASHBOARD.json|RULES.yml...

Exit 1 when a name or label is unknown, or when there is nothing to check or to check against.
"""

import json
import re
import sys
from pathlib import Path

# Metrics that Prometheus itself makes.
BUILT_IN = {"up", "ALERTS"}
# Labels that scraping adds, or that a histogram's buckets carry.
TARGET_LABELS = {"job", "instance", "namespace", "pod", "service", "container", "le"}
KEYWORDS = {
    "and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool", "atan2",
    "inf", "nan", "start", "end",
}
HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")


def read_metrics(paths):
    """Name -> (labels or None when not told, type or None)."""
    metrics = {}
    for path in paths:
        for line in Path(path).read_text().splitlines():
            line = line.split("#")[0].strip()
            if not line:
                continue
            match = re.match(r"([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?(.*)$", line)
            if not match:
                sys.exit(f"{path}: cannot read the line {line!r}")
            name, labels, rest = match.groups()
            kind = next((k for k in ("counter", "gauge", "histogram") if re.search(rf"\b{k}\b", rest)), None)
            names = None if labels is None else {part.split("=")[0].strip() for part in labels.split(",") if part.strip()}
            metrics[name] = (names, kind)
    return metrics


def dashboard_expressions(path):
    """Every `expr` of a Grafana dashboard, with the panel's title."""

    def walk(node, title):
        if isinstance(node, dict):
            title = node.get("title", title)
            if isinstance(node.get("expr"), str):
                yield title, node["expr"]
            for child in node.values():
                yield from walk(child, title)
        elif isinstance(node, list):
            for child in node:
                yield from walk(child, title)

    yield from walk(json.loads(Path(path).read_text()), "?")


def rule_expressions(path):
    """Every `expr:` of a rule file, plain or as a block; promtool has checked that the file is YAML."""
    alert, lines = "?", Path(path).read_text().splitlines()
    for number, line in enumerate(lines):
        if match := re.match(r"\s*- alert:\s*(\S+)", line):
            alert = match.group(1)
        if match := re.match(r"(\s*)expr:\s*(.*)$", line):
            indent, expression = len(match.group(1)), match.group(2)
            if re.fullmatch(r"[|>][-+]?", expression):
                block = []
                for more in lines[number + 1:]:
                    if more.strip() and len(more) - len(more.lstrip()) <= indent:
                        break
                    block.append(more.strip())
                expression = " ".join(block)
            yield alert, expression


def used(expression):
    """Pairs (metric, labels in its selector), and the set of labels that the expression groups by."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    text = re.sub(r"\[[^\]]*\]", "", text)
    grouped = set()
    for clause in re.finditer(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)", text):
        grouped |= {label.strip() for label in clause.group(1).split(",") if label.strip()}
    text = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    selectors = []
    # Units such as the h of `1h` follow a digit and are no names.
    for match in re.finditer(r"(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\()?", text):
        name, rest = match.group(1), match.group(2) or ""
        if rest == "(" or name.lower() in KEYWORDS:
            continue
        labels = set(re.findall(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)", rest)) if rest else set()
        selectors.append((name, labels))
    return selectors, grouped


def lookup(name, metrics):
    """The listed metric that `name` reads, or None."""
    if name in metrics and metrics[name][1] != "histogram":
        return metrics[name]
    for part in HISTOGRAM_PARTS:
        base = name.removesuffix(part)
        if base != name and base in metrics and metrics[base][1] in (None, "histogram"):
            return metrics[base]
    return None


def faults_of(expression, metrics):
    selectors, grouped = used(expression)
    known_labels = set(TARGET_LABELS)
    unlisted = False
    for name, labels in selectors:
        if name in BUILT_IN:
            continue
        found = lookup(name, metrics)
        if found is None:
            yield f"no service has the metric {name}" + (
                " (a histogram is read by _bucket, _sum or _count)" if name in metrics else "")
            continue
        if found[0] is None:
            unlisted = True
            continue
        known_labels |= found[0]
        for label in sorted(labels - found[0] - TARGET_LABELS):
            yield f"{name} has no label {label}"
    if not unlisted:
        for label in sorted(grouped - known_labels):
            yield f"groups by {label}, which none of its metrics has"


def main(arguments):
    if "--" not in arguments:
        sys.exit(__doc__)
    split = arguments.index("--")
    metrics = read_metrics(arguments[:split])
    if not metrics:
        sys.exit("metric_names.py: no services/*/metrics.txt names a metric")
    count, bad = 0, 0
    for path in arguments[split + 1:]:
        expressions = dashboard_expressions(path) if path.endswith(".json") else rule_expressions(path)
        for where, expression in expressions:
            count += 1
            for fault in faults_of(expression, metrics):
                bad += 1
                print(f"{path}: {where}: {fault}", file=sys.stderr)
    if not count:
        sys.exit("metric_names.py: found no expression to check")
    print(f"{count} expressions use {len(metrics)} listed metrics: {bad} faults")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
