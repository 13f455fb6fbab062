"""The sheets of a workbook: Excel (new, old, with macros or without), LibreOffice, Google Sheets."""

import json
import os
import subprocess
import sys

from pupitre.tables import opening
from pupitre.tables.refusals import CannotRead, Damaged, Protected, TooMuchInIt
from pupitre.tables.table import LONGEST_CELL, MOST_COLUMNS, Line, Sheet, trimmed

LONGEST_WAIT = 60  # seconds; a machine at rest needs a tenth of one


def sheets_of(content: bytes, most_lines: int) -> list[Sheet]:
    """The sheets that can be seen, in order. Formulas are not computed, and macros not run: only values are read."""
    command = [sys.executable, "-I", opening.__file__, *map(str, (most_lines, MOST_COLUMNS, LONGEST_CELL))]
    around = {**os.environ, "RUST_BACKTRACE": "0"}  # nobody reads how it ended, and writing that takes seconds
    try:
        opened = subprocess.run(
            command, input=content, capture_output=True, timeout=LONGEST_WAIT, check=False, env=around
        )
    except subprocess.TimeoutExpired as error:
        raise TooMuchInIt() from error
    # What was read before something was too much is good: people are on the first sheets.
    sheets = [_sheet(*json.loads(line)) for line in opened.stdout.splitlines() if line.endswith(b"]]")]
    if opened.returncode and not sheets:
        raise _reason(opened.returncode)
    return sheets


def _sheet(name: str, height: int, lines: list[tuple[int, list[str]]]) -> Sheet:
    kept = [Line(number, trimmed(cells)) for number, cells in lines]
    return Sheet(name, [line for line in kept if line.cells], height)


def _reason(code: int) -> CannotRead:
    if code == opening.IS_PROTECTED:
        return Protected()
    # Below zero: the system ended it, for asking too much.
    return TooMuchInIt() if code == opening.IS_TOO_MUCH or code < 0 else Damaged()
