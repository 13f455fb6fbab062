"""Opens the workbook of a stranger, in a process of its own that may not take more than so much memory and time.

Two cells at opposite corners of a sheet are enough to ask for terabytes, and that ends the process which opens it. So
it is never one that serves people. `workbooks.py` starts it; it imports nothing of ours, reads the workbook from its
input, and writes the sheets that can be seen, one a line: `[name, height, [[number, [cell, …]], …]]`.
"""

import io
import json
import resource
import sys
from datetime import date, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MOST_MEMORY = 512 * 1024 * 1024  # bytes of addresses
MOST_TIME = 10  # seconds of processor
MOST_SHEETS = 20
MOST_WRITTEN = 10_000_000  # characters

IS_PROTECTED, IS_DAMAGED, IS_TOO_MUCH = 11, 12, 13  # how it ends when it cannot say anything


def main() -> int:
    most_lines, most_columns, longest_cell = map(int, sys.argv[1:])
    _limit(resource.RLIMIT_AS, MOST_MEMORY)
    _limit(resource.RLIMIT_CPU, MOST_TIME)
    _limit(resource.RLIMIT_CORE, 0)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        written = 0
        for sheet in [sheet for sheet in workbook.sheets_metadata if _is_seen(sheet)][:MOST_SHEETS]:
            lines, height = [], 0
            for number, row in enumerate(workbook.get_sheet_by_name(sheet.name).iter_rows(), start=1):
                if any(cell not in ("", None) for cell in row[:most_columns]):
                    height += 1
                    if height <= most_lines:
                        cells = [_written(cell)[:longest_cell] for cell in row[:most_columns]]
                        written += sum(map(len, cells)) + len(cells)
                        lines.append([number, cells])
                if written > MOST_WRITTEN:
                    return IS_TOO_MUCH
            print(json.dumps([sheet.name, height, lines]), flush=True)
    except PasswordError:
        return IS_PROTECTED
    except MemoryError:
        return IS_TOO_MUCH
    except CalamineError as error:
        return IS_PROTECTED if "password" in str(error).lower() else IS_DAMAGED
    return 0


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (allowed, hard))


def _is_seen(sheet: Any) -> bool:
    return sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet


def _written(cell: Any) -> str:
    """A cell as the sheet shows it, more or less. A formula is the value it had when the workbook was saved."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, str | int | float | timedelta) else ""


if __name__ == "__main__":
    sys.exit(main())
