"""What is read, and what comes out of it: lines of cells, then people."""

from dataclasses import dataclass
from typing import NamedTuple

LONGEST_VALUE = 254  # characters: what the longest address may have
LONGEST_CELL = 1_000  # characters; nothing that says who a person is goes further
MOST_COLUMNS = 256  # nor stands farther to the right


class Line(NamedTuple):
    """One line of a sheet or a paste that is not empty."""

    number: int  # as the sheet or the paste counts its lines, from 1
    cells: list[str]


class Sheet(NamedTuple):
    """Lines of cells, before anyone knows what they mean."""

    name: str  # "" for a paste or a CSV file
    lines: list[Line]  # no more of them than was asked for
    height: int  # how many lines it has in all, empty ones left out
    may_list_people: bool = False  # one after the other on a line, as commas and semicolons part them


def trimmed(cells: list[str]) -> list[str]:
    """The cells of a line up to the last one that is not empty."""
    kept = [cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


@dataclass(frozen=True)
class PersonRow:
    """One person of a table. What the table does not say is empty; nothing is invented, nothing is checked."""

    line: int  # as the sheet or the paste counts its lines, from 1, headings included
    first_name: str
    last_name: str
    email: str
    language: str  # "fr-ca", "en", or "" when the table does not say
    department: str


@dataclass(frozen=True)
class PeopleTable:
    """The people of a table, and what of it was not understood."""

    rows: tuple[PersonRow, ...]
    ignored_headings: tuple[str, ...]
    has_headings: bool
    sheet: str  # "" for a paste or a CSV file
