"""The sentences of Django that we say in our own words are still sentences of Django."""

from pathlib import Path

import allauth
import django
import pytest
from babel.messages.pofile import read_po

from pupitre.office import borrowed_words
from tools.messages import sentences_of

pytestmark = pytest.mark.once


def test_nothing_is_borrowed_that_the_libraries_no_longer_say():
    borrowed = {_first(sentence) for sentence, _context, _notes in sentences_of(Path(borrowed_words.__file__))}

    assert borrowed - _said_by(django) - _said_by(allauth) == set()


def _said_by(library) -> set[str]:
    catalogues = Path(library.__file__).parent.rglob("locale/en/LC_MESSAGES/django.po")
    return {_first(message.id) for file in catalogues for message in read_po(file.open("rb")) if message.id}


def _first(sentence) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]
