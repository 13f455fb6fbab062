"""Tables that a spreadsheet opens: accents kept, columns apart, and nothing taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"  # without it, Excel misreads accents
LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Cents(int):
    """An amount of money: written as a number that the reader’s spreadsheet adds up."""


Cell = str | int | Cents


def csv_of(rows: Iterable[Sequence[Cell]], language: str) -> bytes:
    """The rows as a file. French spreadsheets part columns by semicolons, since a comma is their decimal point."""
    is_french = language.startswith("fr")
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";" if is_french else ",")
    for row in rows:
        writer.writerow([_written(cell, "," if is_french else ".") for cell in row])
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def _written(cell: Cell, decimal_point: str) -> str:
    if isinstance(cell, Cents):
        dollars, cents = divmod(abs(cell), 100)
        return f"{'-' if cell < 0 else ''}{dollars}{decimal_point}{cents:02}"
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.lstrip(" ").startswith(LIKE_A_FORMULA) else text
