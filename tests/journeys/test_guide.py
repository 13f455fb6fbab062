"""The guide on a screen, and on paper."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from pupitre.guide import STEPS
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_the_guide_shows_its_pictures(language, page, picture):
    reader = Visitor(page, language)
    reader.go("/aide/")

    pictures = page.get_by_role("main").get_by_role("img")
    assert pictures.count() == len(STEPS)
    for shown in pictures.all():
        shown.scroll_into_view_if_needed()
        page.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=shown.element_handle())
    picture(page, f"guide-{language}")


def test_the_guide_prints_in_eight_steps(page):
    reader = Visitor(page)
    reader.go("/aide/")

    paper = PdfReader(BytesIO(page.pdf(format="Letter", print_background=True)))

    printed = " ".join(sheet.extract_text() for sheet in paper.pages)
    words = " ".join(printed.split())
    for number, step in enumerate(STEPS, start=1):
        assert f"{number}. {' '.join(str(step.title).split())}" in words
    assert sum(len(sheet.images) for sheet in paper.pages) == len(STEPS)
    assert len(paper.pages) <= len(STEPS)
