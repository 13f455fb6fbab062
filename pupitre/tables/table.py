"""What comes out of a table: people, as the table names them."""

from dataclasses import dataclass

LONGEST_VALUE = 254  # characters: what the longest address may have


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
