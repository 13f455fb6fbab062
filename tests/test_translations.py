"""French is written, whole, and as it is printed in Québec."""

import re

import pytest
from babel.messages.catalog import Message

from tools import messages

pytestmark = pytest.mark.once

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
NO_BREAK_SPACE = "\u00a0"
THIN_SPACE = "\u202f"


@pytest.fixture(scope="module")
def sentences() -> list[Message]:
    return [message for message in messages.read(messages.CATALOGUE) if message.id]


def test_every_sentence_of_the_code_is_in_the_catalogue_translated_and_sure():
    catalogue = messages.up_to_date(messages.read(messages.CATALOGUE))

    assert messages.problems(catalogue) == []


def test_both_languages_speak_of_the_same_things(sentences):
    unequal = [
        source
        for message in sentences
        for source, french in _pairs(message)
        if set(PLACEHOLDERS.findall(source)) != set(PLACEHOLDERS.findall(french))
    ]

    assert unequal == []


@pytest.mark.parametrize(
    ("mistake", "pattern"),
    [
        ("a space before ; ! or ?", r"\s[;!?]"),
        ("a colon without its no-break space", rf"(?<![{NO_BREAK_SPACE}\d]):(?!//)"),
        ("a straight quote or apostrophe", r"[\"']"),
        ("a thin space, which fonts and PDFs lose", THIN_SPACE),
        ("an opening guillemet without its no-break space", rf"«(?!{NO_BREAK_SPACE})"),
        ("a closing guillemet without its no-break space", rf"(?<!{NO_BREAK_SPACE})»"),
        ("a dollar or per cent sign without its no-break space", rf"(?<=\d)(?!{NO_BREAK_SPACE})\s*[$%](?![(\w])"),
        ("a name after de, que, si or jusque", r"\b(?:de|que|si|jusque) (?:\{name\}|%\(name\)s)"),
        ("a word doubled by a slash", r"\w/(?:e|s|es|ne|rice)\b"),
    ],
)
def test_french_is_typeset_as_in_quebec(sentences, mistake, pattern):
    faults = [french for message in sentences for french in _french(message) if re.search(pattern, french)]

    assert faults == [], mistake


def _pairs(message: Message) -> list[tuple[str, str]]:
    """Each source sentence beside its French: with plurals, the two languages do not count alike, so only the last."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return [(message.id[-1], message.string[-1])]


def _french(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)
