"""From lines of cells to people."""

from collections.abc import Iterator, Sequence

from pupitre.tables import columns, headings
from pupitre.tables.addresses import address_in, one_each, seems_in
from pupitre.tables.columns import Columns
from pupitre.tables.headings import DEPARTMENT, EMAIL, FIRST, FULL, LANGUAGE, LAST, LAST_THEN_FIRST
from pupitre.tables.names import bare, in_two, on_one_line
from pupitre.tables.refusals import NothingInIt, TooManyRows
from pupitre.tables.table import LONGEST_VALUE, Line, PeopleTable, PersonRow, Sheet


def people_of(sheet: Sheet, *, most_rows: int) -> PeopleTable:
    """Everyone the sheet names. Refuses one that names nobody, or more people than asked for."""
    lines = [Line(line.number, [on_one_line(cell) for cell in line.cells]) for line in sheet.lines]
    place = columns.heading_line(lines)
    has_headings = place is not None
    above = lines[place].cells if place is not None else []
    below = lines[place + 1 :] if place is not None else _one_each(lines, sheet)
    known = columns.by_headings(above, below) if has_headings else columns.by_content(below)
    below = [line for line in below if line.cells != above]  # headings come again on each page of an export
    below = [*columns.people_above(lines[:place], known, sum(map(bool, above))), *below] if has_headings else below
    is_turned_round = not (has_headings and FIRST in known) and _is_turned_round(below[: columns.LOOKED_AT], known)
    rows = tuple(_people(below, known, is_turned_round=is_turned_round))
    if not rows:
        raise NothingInIt()
    if len(rows) > most_rows or sheet.height > len(sheet.lines):
        raise TooManyRows(max(sheet.height, len(rows)), most_rows)
    ignored = tuple(cell[:LONGEST_VALUE] for at, cell in enumerate(above) if cell and at not in known.values())
    return PeopleTable(rows, ignored, has_headings, sheet.name)


def _one_each(lines: Sequence[Line], sheet: Sheet) -> list[Line]:
    """Each person on a line of their own, with one address. Where nobody can tell whose it is, it is not complete."""
    return [
        Line(line.number, cells)
        for line in lines
        for cells in one_each(line.cells, may_list_people=sheet.may_list_people)
    ]


def _people(lines: Sequence[Line], known: Columns, *, is_turned_round: bool) -> Iterator[PersonRow]:
    for line in lines:
        first, last, email = _name_and_address(line, known, is_turned_round)
        if first or last or email:
            language = headings.language_of(_cell(line, known, LANGUAGE))
            department = _cell(line, known, DEPARTMENT)
            told = (first, last, email, language, department)
            yield PersonRow(line.number, *(value[:LONGEST_VALUE].strip() for value in told))


def _is_turned_round(lines: Sequence[Line], known: Columns) -> bool:
    """Whether signs say that the last name comes first. A comma in a name leaves no doubt, so it is no sign."""
    unsure = [line for line in lines if not any("," in _cell(line, known, kind) for kind in (FULL, LAST_THEN_FIRST))]
    named = [_name_and_address(line, known, False) for line in unsure]
    return columns.is_turned_round(named) or (
        FIRST in known and columns.are_first_names_in_capitals([(first, last) for first, last, _ in named])
    )


def _name_and_address(line: Line, known: Columns, is_turned_round: bool) -> tuple[str, str, str]:
    email, beside = address_in(_cell(line, known, EMAIL))
    if FIRST in known or LAST in known:
        first, last = bare(_cell(line, known, FIRST)), bare(_cell(line, known, LAST))
        return (last, first, email) if is_turned_round else (first, last, email)
    full = _cell(line, known, FULL) or _cell(line, known, LAST_THEN_FIRST) or beside
    if seems_in(full):
        found, full = address_in(full)
        email = email or found
    first, last = in_two(bare(full), last_name_first=(LAST_THEN_FIRST in known) is not is_turned_round)
    return first, last, email


def _cell(line: Line, known: Columns, kind: str) -> str:
    place = known.get(kind)
    return line.cells[place] if place is not None and place < len(line.cells) else ""
