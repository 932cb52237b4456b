#!/usr/bin/env python3
"""Makes table/reference.tsv, the names that are linked but not reviewed one by one, from a reference of Wikidata ids.

    reference.py QID_REFERENCE.tsv > table/reference.tsv

The reference has the columns qid, label, aliases (separated by |, most seen first), sources (separated by comma) and description, with a header
line; all of it is CC0. Kept are things with a name of their own; genres, diseases, professions and other common nouns are not. The type is read
off the description where its head noun tells it and left open (-) otherwise. `weight` says how well known an entity is: it doubles for each
source that has it, and for each digit and a half that its Wikidata number is shorter, since the best known things were entered first.

A further name that shares no word with an entity's own and is the very label of another, about as well known, is left out: such names come from
mergers, nicknames and tables that name a team by its town, and lead astray more often than not.
"""

import csv
import re
import sys
from urllib.parse import unquote

HEADS = {
    "PERSON": """actor actress director musician producer singer writer composer singer-songwriter comedian screenwriter player person footballer
        novelist cinematographer rapper author politician designer artist philosopher guitarist engineer poet playwright filmmaker president
        animator journalist editor decorator songwriter personality general minister lyricist pianist officer leader mathematician host executive
        physicist architect saxophonist king businessman drummer painter scientist puppeteer economist vocalist comedienne cartoonist conductor
        creator dramatist satirist dancer bassist practitioner outfielder presenter monarch polymath trumpeter performer inventor sociologist
        businesswoman entrepreneur physician emperor socialite lawyer soldier teacher senator cellist librettist aviator keyboardist driver
        illustrator queen prince princess pope wrestler boxer cricketer pitcher quarterback swimmer cyclist golfer historian theologian
        psychologist critic violinist model magician multi-instrumentalist singer–songwriter activist astronaut biologist chemist
        choreographer diplomat judge linguist explorer missionary photographer sculptor theorist translator goalkeeper coach statesman""",
    "ORG": """club team university band college label company party organization organisation corporation network publisher studio airline
        institution group agency conglomerate broadcaster school institute society academy firm manufacturer subsidiary league legislature
        department supergroup seminary channel house duo army navy church alliance government bank newspaper union developer shipyard chain
        retailer magazine conservatory orchestra ministry parliament federation association committee""",
    "GPE": """city county town state country seat capital republic province municipality borough commune prefecture kingdom comune neighborhood
        nation district canton township suburb village voivodeship metropolis principality territory ward dependency monarchy empire""",
    "LOC": "region island river range continent ocean archipelago sea lake mountain peninsula planet valley desert coast bay",
    "WORK_OF_ART": """film movie series sitcom opera miniseries franchise manga anime drama novel album song book award prize game biopic
        mini-series thriller poem painting musical""",
    "EVENT": "war games ceremony conflict draft invasion season battle uprising festival tournament championship revolution",
    "FAC": "museum cemetery airport theatre theater venue bridge stadium station observatory park building prison arena castle",
    "LANGUAGE": "language",
    "NORP": "people tribe",
}
TYPE_OF_HEAD = {word: label for label, words in HEADS.items() for word in words.split()}
COMMON = set(
    """genre subgenre sub-genre instrument compound position sport branch form study disease degree color colour month profession rank
    discipline process currency disorder condition practice title breed species genus occupation article medium acid inflammation meat vitamin
    liquid sex device technique cancer science field class type style term system element name ideology art metal drug""".split()
)
PREPOSITION = re.compile(
    r"\b(?:in|of|by|from|for|who|that|which|on|at|between|with|to|located|based|directed|produced|written|founded|known)\b|[(]"
)
JOINT = re.compile(r"\band\b|[,;/]")
OF_NAMES = {"part", "one", "given"}


def head_of(description):
    """The type that the head noun of a description tells; "common" for common nouns, "-" where it tells none."""
    for part in JOINT.split(PREPOSITION.split(description.lower())[0]):
        clause = part.split()
        if "ethnic" in clause or "ethnicity" in clause:
            return "NORP"
        for word in reversed(clause):
            if word in TYPE_OF_HEAD:
                return TYPE_OF_HEAD[word]
            if word in COMMON or word in OF_NAMES:
                return "common"
            if re.fullmatch(r"[a-z]+(?:ologist|ist|born)|born", word):
                return "PERSON"
    return "-"


def name_of(text):
    """A label without what Wikipedia adds to tell it from others, and that addition."""
    text = " ".join(unquote(text).replace("|", " ").split())
    found = re.fullmatch(r"(.+?) \(([^()]+)\)", text)
    return (found[1], found[2]) if found else (text, "")


def is_name(text):
    letters = [letter for letter in text if letter.isalpha()]
    return (
        3 <= len(text) <= 60
        and text[0].isalnum()
        and len(letters) >= 2
        and any(letter.isupper() for letter in letters)
    )


def aliases_of(name, aliases):
    """Further names in the order given, without those that differ from an earlier one in case only."""
    seen, kept = {name.casefold()}, []
    for alias in aliases.split("|"):
        alias = " ".join(unquote(alias).split())
        if is_name(alias) and alias.casefold() not in seen and "\t" not in alias:
            seen.add(alias.casefold())
            kept.append(alias)
    return kept[:12]


def weight_of(qid, sources):
    doublings = len(sources.split(",")) - 1 + (9 - len(qid) + 1) / 1.5
    return max(1, round(2**doublings))


def strength(weight, rank):
    """How strongly a name calls for an entity, as the lexicon reckons it: its label most, further names less by their rank."""
    return weight if rank == 0 else weight * 0.5 * 0.9 ** (rank - 1)


def words_of(text):
    return set(re.findall(r"\w+", text.casefold()))


def without_names_of_others(rows):
    """The rows without further names that belong to others."""
    heaviest = {}
    for row in rows:
        label = row[2].casefold()
        heaviest[label] = max(heaviest.get(label, 0), int(row[4]))
    for qid, kind, name, aliases, weight, about in rows:
        own = words_of(name)
        kept = [
            alias
            for rank, alias in enumerate(filter(None, aliases.split("|")), start=1)
            if own & words_of(alias) or heaviest.get(alias.casefold(), 0) < 0.4 * strength(int(weight), rank)
        ]
        yield qid, kind, name, "|".join(kept), weight, about


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not row or not re.fullmatch(r"Q[1-9]\d*", row[0]):
                continue
            qid, label, aliases, sources, description = (row + [""] * 5)[:5]
            name, addition = name_of(label)
            about = " ".join(f"{addition} {description}".replace("\t", " ").split())
            kind = head_of(description or addition)
            if kind == "common" or not is_name(name) or not name[0].isupper() and not name[0].isdigit():
                continue
            yield qid, kind, name, "|".join(aliases_of(name, aliases)), str(weight_of(qid, sources)), about[:120]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print("# Made by check/reference.py from a reference of Wikidata ids and names (CC0).")
    print("id", "type", "name", "aliases", "weight", "about", sep="\t")
    rows = sorted(rows_of(sys.argv[1]), key=lambda row: int(row[0][1:]))
    for row in without_names_of_others(rows):
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
