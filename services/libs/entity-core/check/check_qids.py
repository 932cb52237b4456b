#!/usr/bin/env python3
"""Compares the ids of the tables with a reference of Wikidata ids and reports where they disagree.

    check_qids.py REFERENCE.tsv

The reference has the columns qid, label, aliases (separated by |), sources, description, with a header line. Reported are

  label  a name of the table is the label of one or more entities of the reference, and its id is none of them
  alias  the name for people is an alias in the reference, of other entities only
  other  the id is in the reference under a label and aliases that share no word with the names of the table

Classes (classes.tsv) are common nouns, so of them only the last is asked. Those that the reference lacks were checked against the types of labelled
sets: Q1656682 is borne by wars, festivals and games, Q2424752 by goods and media.

A homonym that was looked at goes into REVIEWED, with what the other thing is. Exits 1 when something is left to look at.
"""

import csv
import pathlib
import re
import sys
import unicodedata
from collections import defaultdict
from urllib.parse import unquote

# (id of the table, name, id of the reference): what the reference means by the name.
REVIEWED = {
    ("Q41520", "Wimbledon", "Q736742"): "the suburb",
    ("Q9347", "Malé", "Q44148"): "the sex",
    ("Q61", "Washington", "Q1223"): "the state",
    ("Q61", "Washington", "Q25301"): "without description",
    ("Q60", "New York", "Q1384"): "the state",
    ("Q60", "New York", "Q22654"): "without description",
    ("Q656", "St. Petersburg", "Q49236"): "the city in Florida",
    ("Q5776", "Bethlehem", "Q164380"): "the city in Pennsylvania",
    ("Q312", "Apple", "Q89"): "the fruit",
    ("Q380", "Meta Platforms", "Q380"): "its earlier name, Facebook Inc.",
    ("Q478214", "Tesla", "Q9036"): "the inventor",
    ("Q156238", "Exxon", "Q4781944"): "the brand",
    ("Q152057", "BP", "Q131755"): "the disorder",
    ("Q3295867", "Coca-Cola", "Q2813"): "the drink",
    ("Q974", "Congo", "Q598860"): "the film",
    ("Q971", "Congo", "Q598860"): "the film",
    ("Q219060", "Palestine", "Q1176995"): "the historical region",
    ("Q145", "Britain", "Q4798430"): "without description",
    ("Q41506", "Stanford", "Q173813"): "the town around it",
    ("Q22686", "Trump", "Q408352"): "without description",
    ("Q9696", "JFK", "Q741823"): "the film",
    ("courant:person:kevin-mccarthy", "Kevin McCarthy", "Q281404"): "the actor",
    ("courant:event:winter-olympics", "Winter Olympics", "Q257484"): "an event of one of them",
    ("Q11268", "Congress", "Q2495862"): "without description",
    ("Q10225", "Congress", "Q2495862"): "without description",
    ("courant:event:asian-games", "Asian Games", "Q729592"): "one of them",
    ("Q8682", "Real Madrid", "Q736937"): "the club as a whole, with its other sports",
    ("Q39760", "Gaza", "Q1395229"): "without description; the strip has the name in the news",
}


def fold(text):
    """Text as it is compared: no case, no accents, one kind of apostrophe."""
    plain = unicodedata.normalize("NFD", re.sub("[’ʻʼ]", "'", unquote(text)))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def words(texts):
    return {word for text in texts for word in re.findall(r"[\w&]+", fold(text)) if len(word) > 1}


def read_reference(path):
    labels, aliases, known = defaultdict(dict), defaultdict(dict), {}
    with open(path, encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not row or not row[0].startswith("Q"):
                continue
            row += [""] * (5 - len(row))
            known[row[0]] = [row[1], *row[2].split("|")]
            note = f"{row[0]} {unquote(row[1])} ({row[4][:60]})"
            labels[fold(row[1])][row[0]] = note
            for alias in filter(None, row[2].split("|")):
                aliases[fold(alias)][row[0]] = note
    return labels, aliases, known


def read_tables(folder):
    for path in sorted(set(folder.glob("*.tsv")) - {folder / "reference.tsv", folder / "classes.tsv"}):
        with open(path, encoding="utf-8") as lines:
            rows = [line.rstrip("\n") for line in lines if line.strip() and not line.startswith("#")]
        for number, line in enumerate(rows[1:], start=2):
            cells = line.split("\t") + [""] * 6
            strong = [name for name in cells[3].split("|") if name]
            yield f"{path.name}:{number}", cells[0], cells[2], [name.lstrip("=~>") for name in strong]


def complaints(reference, folder):
    labels, aliases, known = reference
    for place, id_, name, others in read_tables(folder):
        for text in [name, *others]:
            found = labels.get(fold(text), {})
            for other, note in found.items():
                if id_ not in found and (id_, text, other) not in REVIEWED:
                    yield f"label  {place} {id_} {text!r}: {note}"
        found = aliases.get(fold(name), {})
        if fold(name) not in labels and found and id_ not in found:
            for other, note in found.items():
                if (id_, name, other) not in REVIEWED:
                    yield f"alias  {place} {id_} {name!r}: {note}"
        if id_ in known and not words([name, *others]) & words(known[id_]):
            if (id_, name, id_) not in REVIEWED:
                yield f"other  {place} {id_} {name!r}: {known[id_][0]}"


def complaints_of_classes(known, path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        id_, _, name = (line.split("\t") + ["", ""])[:3]
        if id_ in known and not words([name]) & words(known[id_]):
            yield f"other  {path.name}:{number} {id_} {name!r}: {known[id_][0]}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(__file__).resolve().parent.parent / "table"
    reference = read_reference(sys.argv[1])
    found = [*complaints(reference, folder), *complaints_of_classes(reference[2], folder / "classes.tsv")]
    for line in found:
        print(line)
    print(f"{len(found)} to look at")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
