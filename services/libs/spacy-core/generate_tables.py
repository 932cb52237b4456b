"""Writes the facts that spaCy keeps in code and no published pipeline carries: python3 generate_tables.py DIRECTORY (needs spacy).

symbols.tsv    words whose string id is a small number of spaCy's own, not a hash: word, id
norms.tsv      norms common to all languages: word, norm
digits.tsv     first and last code point, in hexadecimal, of what counts as a digit and is not of category Nd
languages.tsv  language code, whether its norms follow the common rule (`common`) or a rule of its own (`own`)
version.txt    the versions of spaCy and of Python's Unicode data that these come from
"""

import importlib
import pkgutil
import sys
import unicodedata
from pathlib import Path

import spacy
import spacy.lang
from spacy.attrs import NORM
from spacy.lang.norm_exceptions import BASE_NORMS
from spacy.symbols import IDS


def write(directory: Path, name: str, rows) -> None:
    lines = ["\t".join(str(cell) for cell in row) + "\n" for row in rows]
    (directory / name).write_text("".join(lines), encoding="utf-8")


def digit_ranges():
    ranges = []
    for code in range(0x110000):
        if chr(code).isdigit() and unicodedata.category(chr(code)) != "Nd":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return [(f"{first:X}", f"{last:X}") for first, last in ranges]


def languages():
    for module in sorted(pkgutil.iter_modules(spacy.lang.__path__), key=lambda found: found.name):
        if not module.ispkg:
            continue
        try:
            lex_attrs = importlib.import_module(f"spacy.lang.{module.name}.lex_attrs").LEX_ATTRS
        except ModuleNotFoundError:
            lex_attrs = {}
        yield module.name, "own" if NORM in lex_attrs else "common"


def main() -> None:
    directory = Path(sys.argv[1])
    write(directory, "symbols.tsv", [(word, number) for word, number in sorted(IDS.items(), key=lambda item: item[1]) if word])
    write(directory, "norms.tsv", BASE_NORMS.items())
    write(directory, "digits.tsv", digit_ranges())
    write(directory, "languages.tsv", languages())
    write(directory, "version.txt", [(f"spacy {spacy.__version__}, unicode {unicodedata.unidata_version}",)])


main()
