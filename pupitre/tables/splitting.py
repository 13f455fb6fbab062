"""From text to lines of cells: what parts the columns, and where quotes matter."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pupitre.tables import addresses, headings
from pupitre.tables.table import Line, Sheet, trimmed

SEPARATORS = "\t;|,"  # in the order they are believed
BETWEEN_PEOPLE = ";,"
LOOKED_AT = 60  # lines that decide
ANNOUNCED = re.compile(r"sep=(.)\s*\n", re.IGNORECASE)  # what Excel writes above a CSV of its own
QUOTED = re.compile(r'"[^"]*"')


def sheet_of(text: str, most_lines: int) -> Sheet:
    """The lines of a paste or of a CSV file. A cell that holds several lines is still one line of the sheet."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if announced := ANNOUNCED.match(text):
        return _kept(_records(text[announced.end() :], announced[1]), most_lines)
    beginning = [line for line in text[:200_000].split("\n") if line.strip()][:LOOKED_AT]
    if addresses.are_listed(beginning):
        people = islice(_listed(enumerate(text.split("\n"), start=1)), most_lines + 1)
        sheet = _kept(people, most_lines)
        return sheet if sheet.height <= most_lines else sheet._replace(height=text.count("@"))
    separator = separator_of(beginning)
    return _kept(_records(text, separator), most_lines)._replace(may_list_people=separator in BETWEEN_PEOPLE)


def apart(sheet: Sheet) -> Sheet:
    """A sheet whose only column holds the lines of a CSV file, or lists of addresses: its cells set apart."""
    texts = [(line.number, line.cells[0]) for line in sheet.lines]
    beginning = [text for _, text in texts[:LOOKED_AT]]
    if any(len(line.cells) > 1 for line in sheet.lines) or not beginning:
        return sheet
    if addresses.are_listed(beginning):
        lines = list(_listed(texts))
        return sheet._replace(lines=lines, height=max(sheet.height, len(lines)))
    separator = separator_of(beginning)
    lines = [Line(number, trimmed(_cells(text, separator))) for number, text in texts]
    return sheet._replace(lines=lines, may_list_people=separator in BETWEEN_PEOPLE)


def separator_of(lines: Sequence[str]) -> str:
    """What parts the columns: the mark that most lines hold the same number of times. A tab when nothing does."""
    bare = [QUOTED.sub("", line) for line in lines]
    believed = {separator: _regularity(bare, separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: believed[separator])
    if believed[best] < 0.4 or (best == "," and _commas_part_names(lines)):
        return "\t"
    return best


def _regularity(lines: Sequence[str], separator: str) -> float:
    """The part of the lines that hold this mark as many times as most others."""
    counts = Counter(line.count(separator) for line in lines if separator in line)
    return max(counts.values(), default=0) / max(len(lines), 1)


def _commas_part_names(lines: Sequence[str]) -> bool:
    """Whether each comma is that of « Gagnon, Amélie », in a list of nothing but names."""
    if any("@" in line or '"' in line for line in lines):
        return False
    if headings.understood([cell.strip() for cell in lines[0].split(",")]) > 1:
        return False
    return all(line.rstrip(" ,").count(",") <= 1 and line.count(",") == line.count(", ") for line in lines)


def _records(text: str, separator: str) -> Iterator[Line]:
    """The cells of each line. Where quotes do not balance, each line stands for itself."""
    records: Iterable[list[str]] = _reader(io.StringIO(text, newline=""), separator)
    try:
        for _ in records:
            pass
        records = _reader(io.StringIO(text, newline=""), separator)
    except csv.Error:
        records = (_cells(line, separator) for line in text.split("\n"))
    return (Line(number, cells) for number, cells in enumerate(records, start=1))


def _reader(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=separator != "\t")


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(_reader([line], separator), [])
    except csv.Error:
        return [cell.strip().strip('"') for cell in line.split(separator)]


def _listed(lines: Iterable[tuple[int, str]]) -> Iterator[Line]:
    return (Line(number, cells) for number, text in lines for cells in addresses.listed(text))


def _kept(records: Iterable[Line], most_lines: int) -> Sheet:
    """The first lines that are not empty, and how many there are."""
    lines: list[Line] = []
    height = 0
    for number, cells in records:
        if cells := trimmed(cells):
            height += 1
            if height <= most_lines:
                lines.append(Line(number, cells))
    return Sheet("", lines, height)
