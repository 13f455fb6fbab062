"""Reading a PDF as its readers do: text, pages, language, tags, fonts."""

import re
from io import BytesIO

from django.utils.translation import gettext, override
from pypdf import PdfReader


def opened(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf), strict=True)


def text_of(page) -> str:
    """The words of a page on one line, whatever the lines and the kinds of spaces."""
    return flat(page.extract_text())


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def said(english: str, language: str, **facts) -> str:
    """A sentence of the catalogue, as it is printed."""
    with override(language):
        return flat(gettext(english).format(**facts))


def fonts_of(reader: PdfReader) -> set[str]:
    found = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            found.add(font.get_object()["/BaseFont"].partition("+")[2])
    return found


def tags_of(reader: PdfReader) -> list[str]:
    """The kinds of tags in reading order."""
    tags = []

    def walk(node):
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                tags.append(node["/S"])
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"])
    return tags
