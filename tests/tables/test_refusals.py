"""What cannot be read is refused with a sentence, before it costs anything."""

import io
import zipfile
from contextlib import suppress

import pytest

from pupitre.tables import (
    CannotRead,
    Damaged,
    FileTooLarge,
    NotATable,
    NothingInIt,
    Protected,
    TooManyRows,
    TooMuchInIt,
    read_file,
    read_text,
)
from tests.tables.made_workbooks import MADE, excel_of, fill, old_document, opendocument, zipped

pytestmark = pytest.mark.once

GOOD = MADE["headings-in-french.xlsx"]()
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ONE_ROW = '<row r="1"><c r="A1" t="str"><v>Nom</v></c></row>'


def test_a_file_of_fifty_megabytes_is_not_even_looked_at():
    with pytest.raises(FileTooLarge, match="5"):
        read_file("liste.xlsx", GOOD.ljust(50_000_000, b"\0"), most_rows=50)


def test_a_paste_has_the_same_limit():
    with pytest.raises(FileTooLarge):
        read_text("a@b.ca\n" * 1_000_000, most_rows=50)


def test_a_hundred_thousand_rows_are_counted_and_refused():
    row = '<row r="{0}"><c r="A{0}" t="str"><v>Amélie</v></c><c r="B{0}" t="str"><v>Gagnon</v></c></row>'
    rows = ONE_ROW + "".join(row.format(number) for number in range(2, 100_002))
    sheet = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'

    with pytest.raises(TooManyRows) as refusal:
        read_file("liste.xlsx", _with_sheet(sheet.encode()), most_rows=500)

    assert refusal.value.facts == {"n": 100_001, "most": 500}


def test_a_hundred_thousand_lines_of_text_are_counted_and_refused():
    with pytest.raises(TooManyRows, match="100000"):
        read_text("Amélie\tGagnon\n" * 100_000, most_rows=500)


def test_one_person_too_many_is_refused_and_one_less_is_read():
    assert len(read_text("Amélie Gagnon\n" * 50, most_rows=50).rows) == 50
    with pytest.raises(TooManyRows):
        read_text("Amélie Gagnon\n" * 51, most_rows=50)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"MZ\x90\x00" + bytes(200),
        b"\x7fELF" + bytes(200),
        b"\xff\xd8\xff\xe0JFIF",
        b"\xef\xbb\xbf\n<HTML><table><tr><td>Nom</td></tr></table></HTML>",
        b"BEGIN:VCARD\nFN:Paul Roy\nEND:VCARD",
        b"{\\rtf1\\ansi Am\\'e9lie}",
        bytes(range(1, 256)) * 20,
        zipped({"word/document.xml": b"<w/>"}),
        zipped({"Index/Document.iwa": b"Numbers"}),
        zipped({"liste.csv": b"Nom\nRoy"}),
        old_document("WordDocument", b"Am\xe9lie"),
    ],
    ids=["png", "pdf", "exe", "elf", "jpeg", "html", "vcard", "rtf", "binary", "docx", "numbers", "zip", "doc"],
)
def test_a_file_of_another_kind_is_refused_whatever_its_name(content):
    with pytest.raises(NotATable):
        read_file("liste.xlsx", content, most_rows=50)


def test_a_password_is_asked_to_be_taken_away():
    encrypted_part = bytearray(GOOD)
    for start in _places(GOOD, b"PK\x03\x04"):
        encrypted_part[start + 6] |= 1
    for start in _places(GOOD, b"PK\x01\x02"):
        encrypted_part[start + 8] |= 1
    manifest = {"content.xml": b"?", "META-INF/manifest.xml": b"<manifest:encryption-data/>"}

    for content in (old_document("EncryptedPackage", b"secret"), zipped(manifest), bytes(encrypted_part)):
        with pytest.raises(Protected):
            read_file("liste.xlsx", content, most_rows=50)


@pytest.mark.parametrize(
    "kept", [10, 200, len(GOOD) // 2, len(GOOD) - 30], ids=["signature", "first part", "half", "all but the end"]
)
def test_a_file_cut_short_is_damaged(kept):
    with pytest.raises(Damaged):
        read_file("liste.xlsx", GOOD[:kept], most_rows=50)


def test_a_file_with_a_bad_byte_or_no_sense_is_damaged():
    spoiled = bytearray(GOOD)
    spoiled[GOOD.index(b"xl/worksheets") + 60] ^= 0xFF

    for content in (bytes(spoiled), zipped({"xl/workbook.xml": b"<not"}), old_document("Workbook", b"\1" * 5000)):
        with pytest.raises(Damaged):
            read_file("liste.xlsx", content, most_rows=50)


def test_a_file_that_unfolds_without_end_is_refused_before_it_is_unfolded():
    bomb = zipped({"xl/workbook.xml": b"<workbook/>", "xl/sharedStrings.xml": b"a" * 61_000_000})
    assert len(bomb) < 100_000

    with pytest.raises(TooMuchInIt):
        read_file("liste.xlsx", bomb, most_rows=50)


def test_a_file_that_lies_about_how_much_it_unfolds_is_unfolded_no_further_than_it_says():
    bomb = zipped({"xl/workbook.xml": b"a" * 20_000_000})
    size = (20_000_000).to_bytes(4, "little")

    with pytest.raises(Damaged):
        read_file("liste.xlsx", bomb.replace(size, (1000).to_bytes(4, "little")), most_rows=50)


def test_thousands_of_files_in_one_are_refused():
    with pytest.raises(TooMuchInIt):
        read_file("liste.xlsx", zipped({f"xl/{number}.xml": b"" for number in range(2_001)}), most_rows=50)


def test_two_cells_at_opposite_corners_cost_nothing_to_whoever_serves():
    corners = excel_of(lambda workbook: _corners(workbook.add_worksheet()))

    with pytest.raises(TooMuchInIt):
        read_file("liste.xlsx", corners, most_rows=50)


def test_cells_that_are_repeated_millions_of_times_are_refused():
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="1024"><text:p>a</text:p>'
    row = f'<table:table-row table:number-rows-repeated="5000">{cell}</table:table-cell></table:table-row>'

    with pytest.raises(TooMuchInIt):
        read_file("liste.ods", opendocument(["Nom"], repeated=row), most_rows=50)


def test_entities_that_multiply_are_not_followed():
    lines = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    sheet = f"<!DOCTYPE x [{lines}]><worksheet><sheetData>{ONE_ROW.replace('Nom', '&a11;')}</sheetData></worksheet>"

    with pytest.raises(CannotRead):
        read_file("liste.xlsx", _with_sheet(sheet.encode()), most_rows=50)


def test_a_sheet_as_wide_as_can_be_is_read_where_people_are():
    filled = ["Prénom", "Nom", *["x"] * 16_382], ["Amélie", "Gagnon", *["y"] * 16_382]

    people = read_file("liste.xlsx", excel_of(lambda workbook: fill(workbook, *filled)), most_rows=50)

    assert [(row.first_name, row.last_name) for row in people.rows] == [("Amélie", "Gagnon")]
    assert len(people.ignored_headings) == 254


def test_no_value_is_longer_than_an_address_can_be():
    people = read_text(f"Prénom\tNom\tCourriel\n{'a' * 40_000}\tGagnon\t{'a' * 40_000}@exemple.ca", most_rows=50)

    assert [len(value) for value in vars(people.rows[0]).values() if isinstance(value, str)] == [254, 6, 254, 0, 0]


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff", ";;;\n;;;", "Prénom\tNom\tCourriel\n", "12\t34\n", "\0\0"])
def test_a_list_of_nobody_is_said_to_be_one(text):
    with pytest.raises(NothingInIt):
        read_text(text, most_rows=50)


def test_an_empty_workbook_is_said_to_be_one():
    with pytest.raises(NothingInIt):
        read_file("liste.xlsx", excel_of(lambda workbook: workbook.add_worksheet()), most_rows=50)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        b"a",
        b"\xe9",
        b"\xe9\n",
        b"\n",
        b'"',
        b'"\n',
        b"<",
        b"<a@b>",
        b"a@b ",
        b"a;",
        b"\xe9\t\r\n",
        b"\xe9,\xe8\n",
        b"\0a",
    ],
)
def test_five_megabytes_of_anything_cost_little(piece):
    with suppress(CannotRead):
        read_file("liste.csv", piece * (4_900_000 // len(piece)), most_rows=500)


def _corners(sheet) -> None:
    sheet.write("A1", "Nom")
    sheet.write("XFD1048576", "Roy")


def _places(content: bytes, mark: bytes) -> list[int]:
    return [place for place in range(len(content)) if content.startswith(mark, place)]


def _with_sheet(sheet: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**parts, "xl/worksheets/sheet1.xml": sheet})
