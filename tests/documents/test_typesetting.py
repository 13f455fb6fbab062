from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import typst

from pupitre.documents.packing import packed
from pupitre.documents.typesetting import TEMPLATES, typeset, typeset_apart

from .reading import opened, text_of

WRITTEN_AT = datetime(2026, 11, 20, tzinfo=UTC)


def facts(name: str) -> dict:
    provider = {"name": "Centre", "address": [], "phone": "", "email": ""}
    words = {"page": "{n}/{total}", "other_language": "…", "other_lang": "fr"}
    return {
        "title": "Receipt",
        "lang": "en",
        "provider": provider,
        "no_value": None,
        "correction": "",
        "words": words | {word: word for word in ("total", "currency", "title")},
        "about": [["Number", name]],
        "parties": [["To", [name]], ["By", []]],
        "columns": ["What", "How much"],
        "lines": [],
        "sums": [],
        "total": "0",
        "saving": "",
        "after": [],
        "notes": [],
    }


def test_several_threads_draw_at_once_without_mixing_their_documents():
    names = [f"Person{number}" for number in range(24)]

    with ThreadPoolExecutor(6) as threads:
        drawn = list(threads.map(lambda name: typeset("bill.typ", facts(name), written_at=WRITTEN_AT), names))

    assert [name in text_of(opened(pdf).pages[0]) for name, pdf in zip(names, drawn, strict=True)] == [True] * 24


def test_a_process_of_its_own_draws_the_same_document():
    here = typeset("bill.typ", facts("Ève"), written_at=WRITTEN_AT)
    apart = typeset_apart("bill.typ", facts("Ève"), written_at=WRITTEN_AT)

    assert apart == here


def test_a_mistake_in_a_template_is_not_hidden():
    with pytest.raises(typst.TypstError):
        typeset("bill.typ", {"title": "no facts"}, written_at=WRITTEN_AT)


def test_templates_fetch_nothing_and_stay_in_their_folder():
    sources = "".join(template.read_text() for template in TEMPLATES.glob("*.typ"))

    assert [word for word in ("@preview", "@local", "../", "read(", "eval(", "plugin(") if word in sources] == []


def test_packing_a_packed_document_changes_nothing():
    once = typeset("bill.typ", facts("Ève"), written_at=WRITTEN_AT)

    assert packed(once) == once
