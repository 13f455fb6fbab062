"""People out of whatever an owner has: cells pasted from a spreadsheet, a list of addresses, a CSV or a workbook.

A leaf: it knows no model and no rule of the shop, and keeps nothing.
"""

from pupitre.tables.reading import read_file, read_text
from pupitre.tables.refusals import (
    CannotRead,
    Damaged,
    FileTooLarge,
    NotATable,
    NothingInIt,
    Protected,
    TooManyRows,
    TooMuchInIt,
)
from pupitre.tables.table import PeopleTable, PersonRow
from pupitre.tables.writing import write_workbook

__all__ = [
    "CannotRead",
    "Damaged",
    "FileTooLarge",
    "NotATable",
    "NothingInIt",
    "PeopleTable",
    "PersonRow",
    "Protected",
    "TooManyRows",
    "TooMuchInIt",
    "read_file",
    "read_text",
    "write_workbook",
]
