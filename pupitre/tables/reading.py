"""From a paste or a file to the people in it."""

from pupitre.tables.decoding import text_of
from pupitre.tables.people import people_of
from pupitre.tables.recognising import Kind, kind_of
from pupitre.tables.refusals import FileTooLarge, NothingInIt, TooManyRows
from pupitre.tables.splitting import apart, sheet_of
from pupitre.tables.table import PeopleTable, Sheet
from pupitre.tables.workbooks import sheets_of

LARGEST_FILE = 5_000_000  # bytes; as many characters for a paste
MOSTLY_EMPTY = 20  # times more lines than people: a list whose lines are nearly all empty is still read
NOT_PEOPLE = 100  # lines kept beyond those of people: titles, headings of each page


def read_text(text: str, *, most_rows: int) -> PeopleTable:
    """The people of a paste: cells of a spreadsheet, lines of a CSV file, or addresses copied from a message."""
    _refuse_what_is_too_large(len(text))
    text = text.replace("\0", "").rstrip()  # whole columns are pasted with a million empty lines below
    lines = max(text.count("\n"), text.count("\r")) + 1
    if lines > MOSTLY_EMPTY * (most_rows + NOT_PEOPLE):
        raise TooManyRows(lines, most_rows)  # at once: reading so many cells takes seconds
    return people_of(sheet_of(text, most_rows + NOT_PEOPLE), most_rows=most_rows)


def read_file(name: str, content: bytes, *, most_rows: int) -> PeopleTable:
    """The people of a file. It is read as what it is, whatever its name says."""
    _refuse_what_is_too_large(len(content))
    if kind_of(content) is Kind.TEXT:
        return read_text(text_of(content), most_rows=most_rows)
    return _with_people(sheets_of(content, most_rows + NOT_PEOPLE), most_rows)


def _refuse_what_is_too_large(size: int) -> None:
    if size > LARGEST_FILE:
        raise FileTooLarge(most=LARGEST_FILE // 1_000_000)


def _with_people(sheets: list[Sheet], most_rows: int) -> PeopleTable:
    """The first sheet that has headings or addresses; failing that, the first one that may name people."""
    doubtful = None
    for sheet in sheets:
        try:
            people = people_of(apart(sheet), most_rows=most_rows)
        except NothingInIt:
            continue
        if people.has_headings or any(row.email for row in people.rows):
            return people
        doubtful = doubtful or people
    if doubtful is None:
        raise NothingInIt()
    return doubtful
