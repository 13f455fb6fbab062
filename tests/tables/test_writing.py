"""What is written for a spreadsheet comes back as it was, and computes nothing."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pupitre.tables import CannotRead, PeopleTable, read_file, read_text, write_workbook
from pupitre.tables.decoding import text_of

pytestmark = pytest.mark.once

HEADINGS = ("Prénom", "Nom", "Courriel", "Langue", "Service")
DANGEROUS = ("=cmd|'/c calc'!A1", "+1-2", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x")', "{=1+1}", "http://exemple.ca")
patient = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
words = st.text(st.characters(whitelist_categories=("Lu", "Ll")), min_size=2, max_size=20)


def test_our_own_export_is_read_back():
    rows = [["Amélie", "Gagnon", "amelie@exemple.ca", "Français", "Soins"], ["Sean", "O’Brien", "", "English", ""]]

    people = read_file("liste.xlsx", write_workbook("Liste", HEADINGS, rows), most_rows=9)

    assert [tuple(vars(row).values()) for row in people.rows] == [
        (2, "Amélie", "Gagnon", "amelie@exemple.ca", "fr-ca", "Soins"),
        (3, "Sean", "O’Brien", "", "en", ""),
    ]
    assert people.ignored_headings == ()


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_looks_like_a_formula_stays_a_text(text):
    written = write_workbook(text, ["Prénom", text], [[text, text]])

    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b"<f " not in sheet
        assert b"hyperlink" not in sheet
    assert read_file("liste.xlsx", written, most_rows=9).rows[0].first_name == text


def test_numbers_stay_numbers_and_texts_of_digits_stay_texts():
    written = write_workbook("A", ["Places", "Code"], [[3, "00123"], [2.5, None]])

    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<c r="A2"><v>3</v></c>' in sheet
    assert "00123" in sheet
    assert "pane" in sheet  # the headings stay in sight


@pytest.mark.parametrize("title", ["", "a" * 99, "'Liste'", "Session du 12/11: [été]?", "History", "  "])
def test_any_title_will_do(title):
    assert write_workbook(title, ["Nom"], []).startswith(b"PK")


@patient
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_any_names_come_back(names):
    people = read_file("a.xlsx", write_workbook("Liste", ("First name", "Last name"), names), most_rows=9)

    assert {row.line for row in people.rows} <= set(range(2, 7))


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from("Aé@.;,|\t\n\r\" '<>à:-1"), max_size=60).map("".join))
def test_any_text_is_read_or_refused(text):
    _is_read_or_refused(lambda: read_text(text, most_rows=9))


@settings(deadline=None)
@given(st.binary() | st.binary().map(lambda content: b"Nom;Courriel\n" + content))
def test_any_bytes_are_read_or_refused(content):
    _is_read_or_refused(lambda: read_file("liste.csv", content, most_rows=9))


@patient
@given(st.data())
def test_a_workbook_with_any_byte_changed_is_read_or_refused(data):
    content = bytearray(write_workbook("Liste", HEADINGS, [["Amélie", "Gagnon"]]))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    _is_read_or_refused(lambda: read_file("liste.xlsx", bytes(content), most_rows=9))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["Amélie Côté", "Jérôme Lévesque", "François Bélanger", "Zoé Hébert"]), min_size=1))
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mac_roman", "cp850", "utf-16"])
def test_accents_are_what_they_were(encoding, names):
    assert text_of("\n".join(names).encode(encoding)) == "\n".join(names)


def _is_read_or_refused(read) -> None:
    try:
        people = read()
    except CannotRead:
        return
    assert isinstance(people, PeopleTable)
    assert people.rows
    assert all(len(value) <= 254 for row in people.rows for value in vars(row).values() if isinstance(value, str))
