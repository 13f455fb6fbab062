"""Workbooks as people have them, made here so that one can read what is in them."""

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

from xlsxwriter import Workbook

Filled = Callable[[Workbook], None]
MADE: dict[str, Callable[[], bytes]] = {}


def excel(filled: Filled) -> Callable[[], bytes]:
    """A workbook of the corpus, by the name of what fills it: `hidden_sheet_first` makes hidden-sheet-first.xlsx."""

    def made() -> bytes:
        return excel_of(filled)

    MADE[f"{filled.__name__.replace('_', '-')}.xlsx"] = made
    return made


def excel_of(filled: Filled) -> bytes:
    written = io.BytesIO()
    with Workbook(written, {"strings_to_urls": False}) as workbook:
        filled(workbook)
    return written.getvalue()


def fill(workbook: Workbook, *rows: list[Any], name: str | None = None, first: int = 0, column: int = 0) -> Any:
    """A sheet with these rows."""
    sheet = workbook.add_worksheet(name)
    for number, row in enumerate(rows, start=first):
        sheet.write_row(number, column, row)
    return sheet


@excel
def headings_in_french(workbook: Workbook) -> None:
    fill(workbook, ["Prénom", "Nom", "Courriel"], ["Amélie", "Gagnon", "amelie@exemple.ca"], name="Personnel")


@excel
def headings_in_english(workbook: Workbook) -> None:
    fill(workbook, ["Last name", "First name", "E-mail"], ["Gagnon", "Amélie", "amelie@example.ca"], name="Staff")


@excel
def no_headings(workbook: Workbook) -> None:
    fill(workbook, ["Amélie Gagnon", "amelie@exemple.ca"], ["Paul Roy", "paul@exemple.ca"], name="Feuil1")


@excel
def hidden_sheet_first(workbook: Workbook) -> None:
    fill(workbook, ["Prénom", "Nom"], ["Secret", "Caché"], name="Paie").hide()
    fill(workbook, ["Prénom", "Nom"], ["Amélie", "Gagnon"], name="Liste").activate()


@excel
def instructions_first(workbook: Workbook) -> None:
    fill(workbook, ["Comment remplir cette liste"], ["Une personne par ligne"], name="Instructions")
    fill(workbook, ["Prénom", "Nom", "Courriel"], ["Amélie", "Gagnon", "amelie@exemple.ca"], name="Liste")


@excel
def empty_sheet_first(workbook: Workbook) -> None:
    workbook.add_worksheet("Feuil1")
    fill(workbook, ["Nom complet", "Langue"], ["Gagnon, Amélie", "Français"], name="Feuil2")


@excel
def starts_lower_and_farther(workbook: Workbook) -> None:
    fill(workbook, ["Prénom", "Nom"], ["Amélie", "Gagnon"], ["", ""], ["Paul", "Roy"], name="A", first=4, column=2)


@excel
def merged_title(workbook: Workbook) -> None:
    sheet = fill(workbook, ["Nom", "Prénom", "Courriel"], ["Gagnon", "Amélie", "amelie@exemple.ca"], name="A", first=2)
    sheet.merge_range("A1:C1", "Formation du 12 novembre, premiers secours")


@excel
def formulas(workbook: Workbook) -> None:
    sheet = fill(workbook, ["Prénom", "Nom", "Courriel"], ["Amélie", "Gagnon"], name="A")
    sheet.write_formula("C2", '=LOWER(A2)&"@exemple.ca"', None, "amelie@exemple.ca")
    sheet.write_formula("A3", "=1/0", None, "#DIV/0!")
    sheet.write("B3", "Roy")


@excel
def every_kind_of_cell(workbook: Workbook) -> None:
    sheet = fill(workbook, ["No", "Actif", "Embauche", "Nom", "Courriel"], [1, True], name="A")
    sheet.write_datetime("C2", date(2019, 1, 7), workbook.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_rich_string("D2", workbook.add_format({"bold": True}), "Amélie ", "Gagnon")
    sheet.write_url("E2", "mailto:amelie@exemple.ca", None, "amelie@exemple.ca")
    sheet.write_comment("D2", "en congé")


@excel
def numbers_as_names(workbook: Workbook) -> None:
    fill(workbook, ["Prénom", "Nom", "Service"], [12, 3.5, 2026], name="A")


@excel
def csv_in_one_column(workbook: Workbook) -> None:
    fill(workbook, ["Prénom;Nom;Courriel"], ["Amélie;Gagnon;amelie@exemple.ca"], name="A")


@excel
def recipients_in_one_column(workbook: Workbook) -> None:
    fill(workbook, ["Amélie Gagnon <amelie@exemple.ca>"], ["Paul Roy <paul@exemple.ca>"], name="A")


@excel
def filtered_and_hiddenfill(workbook: Workbook) -> None:
    sheet = fill(workbook, ["Prénom", "Nom"], ["Amélie", "Gagnon"], ["Paul", "Roy"], name="A")
    sheet.set_row(2, options={"hidden": True})
    sheet.autofilter("A1:B3")


@excel
def shared_strings_with_spaces(workbook: Workbook) -> None:
    fill(workbook, [" PRÉNOM ", "nom_de_famille", "E_Mail"], ["\u00a0Amélie\n", "  de  la   Durantaye"], name="A")


def macros() -> bytes:
    """What Excel saves as .xlsm: the same workbook, with a program in it."""
    return _with_part(MADE["headings-in-french.xlsx"](), "xl/vbaProject.bin", b"Sub AutoOpen()")


def _with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    written = io.BytesIO(workbook)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


ODS_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Personnel">
{rows}</table:table></office:spreadsheet></office:body>
</office:document-content>"""
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def opendocument(*rows: list[str], repeated: str = "") -> bytes:
    """What LibreOffice saves."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    written = "".join(
        f"<table:table-row>{''.join(cell.format(text) for text in row)}</table:table-row>" for row in rows
    )
    return zipped(
        {
            "mimetype": ODS_TYPE.encode(),
            "content.xml": ODS_CONTENT.format(rows=written + repeated).encode(),
            "META-INF/manifest.xml": b"<manifest/>",
        }
    )


def libreoffice() -> bytes:
    to_the_right = '<table:table-cell table:number-columns-repeated="1024"/>'
    below = f'<table:table-row table:number-rows-repeated="1048574">{to_the_right}</table:table-row>'
    return opendocument(["Prénom", "Nom", "Courriel"], ["Amélie", "Gagnon", "amelie@exemple.ca"], repeated=below)


def zipped(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def excel_97() -> bytes:
    """What Excel saved before 2007, and payroll programs still do."""
    return old_document("Workbook", _biff([["Prénom", "Nom"], ["Amélie", "Gagnon"], ["Paul", "Roy"]]))


def _biff(rows: list[list[str]]) -> bytes:
    def record(kind: int, content: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def bof(what: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, what, 0x0DBB, 0x07CC, 0, 6))

    cells = b"".join(
        record(0x0204, struct.pack("<HHHHB", number, place, 0, len(text), 1) + text.encode("utf-16-le"))
        for number, row in enumerate(rows)
        for place, text in enumerate(row)
    )
    name = b"Liste"
    globals_length = len(bof(5)) + 4 + 8 + len(name) + 4
    sheet = record(0x0085, struct.pack("<IBBBB", globals_length, 0, 0, len(name), 0) + name)
    size = record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    return bof(5) + sheet + record(0x000A) + bof(0x10) + size + cells + record(0x000A)


def old_document(stream: str, content: bytes) -> bytes:
    """A compound document of one stream: an old Office file, or any Office file behind a password."""
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    content = content.ljust(4096, b"\0")
    content += b"\0" * (-len(content) % 512)
    count = len(content) // 512
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    fat = [table, end, *range(3, count + 2), end]
    chains = struct.pack("<128I", *fat, *[free] * (128 - len(fat)))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        written = name.encode("utf-16-le") + b"\0\0" if name else b""
        return (
            written.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(written), kind, 1, free, free, child)
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    directory = (
        entry("Root Entry", 5, 1, end, 0) + entry(stream, 2, free, 2, len(content)) + 2 * entry("", 0, free, 0, 0)
    )
    return header + chains + directory + content


MADE |= {"macros.xlsm": macros, "libreoffice.ods": libreoffice, "excel-97.xls": excel_97}
