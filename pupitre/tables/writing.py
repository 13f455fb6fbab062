"""A workbook that any spreadsheet opens: every text stays a text, whatever it looks like."""

import io
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import IO, Any

from xlsxwriter import Workbook

LONGEST_CELL = 32_767  # characters: Excel's own limit
LONGEST_TITLE = 31
FORBIDDEN_IN_A_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
NARROWEST, WIDEST = 10, 40  # of a column, in characters
LOOKED_AT = 200  # rows that decide how wide the columns are


def write_workbook(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """One sheet: the headings, which stay in sight, then the rows.

    Whole numbers and decimals are numbers; everything else is text. A text that begins like a formula or an address of
    the Web is the text that was typed: a spreadsheet computes nothing and opens nothing.
    """
    written = io.BytesIO()
    write_workbook_into(written, title, headings, rows)
    return written.getvalue()


def write_workbook_into(file: IO[bytes], title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same in a file: of however many rows, only the first ones are in memory together."""
    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, settings) as workbook:
        sheet = workbook.add_worksheet(_sheet_name(title))
        sheet.freeze_panes(1, 0)
        rows = iter(rows)
        first = [row for _, row in zip(range(LOOKED_AT), rows, strict=False)]
        for column, heading in enumerate(headings):
            cells = [heading, *(row[column] for row in first if column < len(row))]
            longest = max(len(str(cell)) for cell in cells)
            sheet.set_column(column, column, min(max(longest + 2, NARROWEST), WIDEST))
        bold = workbook.add_format({"bold": True})
        for column, heading in enumerate(headings):
            _write(sheet, 0, column, heading, bold)
        for number, row in enumerate(chain(first, rows), start=1):
            for column, cell in enumerate(row):
                _write(sheet, number, column, cell)


def _write(sheet: Any, row: int, column: int, cell: object, *style: Any) -> None:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        sheet.write_number(row, column, cell, *style)
    elif cell not in (None, ""):
        sheet.write_string(row, column, str(cell)[:LONGEST_CELL], *style)


def _sheet_name(title: str) -> str:
    return title.translate(FORBIDDEN_IN_A_TITLE).strip(" '")[:LONGEST_TITLE].strip(" '") or "1"
