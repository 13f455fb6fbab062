"""From a paste or a file to the people in it."""

import csv
import io

from python_calamine import CalamineError, CalamineWorkbook

from pupitre.tables.refusals import Damaged, FileTooLarge, NothingInIt, TooManyRows
from pupitre.tables.table import PeopleTable, PersonRow

LARGEST_FILE = 5_000_000  # bytes
FIRST = ("prénom", "first name", "given name", "prenom")
LAST = ("nom", "last name", "nom de famille", "surname", "name")
MAIL = ("courriel", "email", "e-mail", "adresse courriel", "mail")


def read_text(text: str, *, most_rows: int) -> PeopleTable:
    delimiter = next((mark for mark in "\t;|," if mark in text), "\t")
    return _people(list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)), "", most_rows)


def read_file(name: str, content: bytes, *, most_rows: int) -> PeopleTable:
    if len(content) > LARGEST_FILE:
        raise FileTooLarge(most=LARGEST_FILE // 1_000_000)
    if not content.startswith((b"PK", b"\xd0\xcf")):
        return read_text(content.decode("utf-8-sig", "replace"), most_rows=most_rows)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    except CalamineError as error:
        raise Damaged() from error
    return _people([[str(cell) for cell in row] for row in sheet.iter_rows()], sheet.name, most_rows)


def _people(lines: list[list[str]], sheet: str, most_rows: int) -> PeopleTable:
    kinds: list[str] = []
    rows = []
    ignored: tuple[str, ...] = ()
    has_headings = False
    for number, cells in enumerate(lines, start=1):
        cells = [" ".join(cell.split()) for cell in cells]
        if not any(cells):
            continue
        if not kinds:
            kinds = [_kind(cell) for cell in cells]
            if any(kinds):
                has_headings = True
                ignored = tuple(cell for cell, kind in zip(cells, kinds, strict=True) if cell and not kind)
                continue
            kinds = ["email" if "@" in cell else "" for cell in cells]
            names = iter(("first_name", "last_name") if kinds.count("") > 1 else ("full_name",))
            kinds = [kind or next(names, "") for kind in kinds]
        known = {kind: cell for kind, cell in zip(kinds, cells, strict=False) if kind}
        if full := known.pop("full_name", ""):
            known["first_name"], _, known["last_name"] = full.partition(" ")
        blank = {"first_name": "", "last_name": "", "email": "", "language": "", "department": ""}
        rows.append(PersonRow(line=number, **{**blank, **known}))
    if not rows:
        raise NothingInIt()
    if len(rows) > most_rows:
        raise TooManyRows(len(rows), most_rows)
    return PeopleTable(tuple(rows), ignored, has_headings, sheet)


def _kind(heading: str) -> str:
    words = {"first_name": FIRST, "last_name": LAST, "email": MAIL}
    return next((kind for kind, known in words.items() if heading.casefold() in known), "")
