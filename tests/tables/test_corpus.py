"""Lists as owners have them, each read whole: who is in it, on which line, and what was not understood.

Texts are files of `corpus/`, in the encodings they came in; workbooks are made by `made_workbooks.py`. `expected.txt`
tells what is in each: `line | first name | last name | e-mail | language | department`.
"""

from pathlib import Path

import pytest

from pupitre.tables import PeopleTable, read_file
from tests.tables.made_workbooks import MADE

HERE = Path(__file__).parent
TEXTS = {file.name: file.read_bytes for file in sorted((HERE / "corpus").iterdir())}
LISTS = TEXTS | MADE
EXPECTED = dict(
    told.strip("\n").split(": ", 1) for told in (HERE / "expected.txt").read_text("utf-8").split("\n\n") if told.strip()
)

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_as_its_owner_reads_it(name):
    people = read_file(name, LISTS[name](), most_rows=50)

    assert told(people) == EXPECTED[name]


def test_every_list_that_is_told_about_is_read():
    assert EXPECTED.keys() == LISTS.keys()
    assert len(EXPECTED) >= 70


def test_a_file_is_read_as_what_it_is_whatever_its_name_says():
    workbook = MADE["headings-in-french.xlsx"]()
    text = TEXTS["excel-fr-windows.csv"]()

    assert read_file("liste.csv", workbook, most_rows=9) == read_file("liste.xlsx", workbook, most_rows=9)
    assert read_file("liste.xlsx", text, most_rows=9) == read_file("liste.csv", text, most_rows=9)


def told(people: PeopleTable) -> str:
    """What was read, as `expected.txt` writes it."""
    title = "headings" if people.has_headings else "no headings"
    title += f" on {people.sheet}" if people.sheet else ""
    title += f", ignored: {' / '.join(people.ignored_headings)}" if people.ignored_headings else ""
    rows = [" | ".join(str(value) for value in vars(row).values()).rstrip() for row in people.rows]
    return "\n    ".join([title, *rows])
