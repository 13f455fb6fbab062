"""What a file is, by what it holds: names of files lie."""

import io
import zipfile
import zlib
from codecs import BOM_UTF8
from enum import Enum, auto

from pupitre.tables.refusals import Damaged, NotATable, Protected, TooMuchInIt

MOST_UNFOLDED = 60_000_000  # bytes, once decompressed
MOST_PARTS = 2_000  # files inside one workbook

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007, and any Office file behind a password
WRITTEN_IN_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
OTHER_FILES = (
    b"\x89PNG",
    b"%PDF",
    b"GIF8",
    b"\xff\xd8\xff",  # a photograph
    b"MZ",  # a program
    b"\x7fELF",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"PK\x05\x06",
    b"PK\x07\x08",
)
# Text, but no cells: pages that programs hand out under the name of a workbook, and address cards.
OTHER_TEXTS = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style", b"begin:vcard", b"begin:vcalendar")
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b\0"))


class Kind(Enum):
    TEXT = auto()
    WORKBOOK = auto()


def kind_of(content: bytes) -> Kind:
    """Text or workbook; refuses what is neither, and a workbook that would fill the memory or asks for a password."""
    if content.startswith(ZIP):
        _refuse_archives_other_than_workbooks(content)
        return Kind.WORKBOOK
    if content.startswith(OLE):
        _refuse_old_documents_other_than_workbooks(content)
        return Kind.WORKBOOK
    beginning = content[:1000].removeprefix(BOM_UTF8).lstrip().lower()
    if content.startswith(OTHER_FILES) or beginning.startswith(OTHER_TEXTS) or _is_binary(content):
        raise NotATable()
    return Kind.TEXT


def _refuse_archives_other_than_workbooks(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNFOLDED:
                raise TooMuchInIt()
            if any(part.flag_bits & 1 for part in parts):
                raise Protected()
            names = {part.filename for part in parts}
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise NotATable()
            # Sizes may lie: this unfolds each part, piece by piece, and never more of it than it declared.
            if archive.testzip() is not None:
                raise Damaged()
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise Protected()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Damaged() from error


def _refuse_old_documents_other_than_workbooks(content: bytes) -> None:
    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        raise Protected()
    if not holds("Workbook") and not holds("Book"):
        raise NotATable()


def _is_binary(content: bytes) -> bool:
    """Whether a file that announces nothing is not text either: one byte in fifty that no one types."""
    if content.startswith(WRITTEN_IN_UTF_16):
        return False
    return len(content) - len(content.translate(None, CONTROLS)) > len(content) / 50
