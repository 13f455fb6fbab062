"""Names that may be the same person's."""

import pytest

from pupitre.resemblance import NearNames, name_key, spelled


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(("elise", "COTE-ROY"), id="accents and capitals"),
        pytest.param(("Élise", "Côté Roy"), id="a hyphen"),
        pytest.param(("Côté-Roy", "Élise"), id="swapped"),
        pytest.param(("Élise Côté", "Roy"), id="the last name begins elsewhere"),
    ],
)
def test_one_name_written_in_several_ways(other):
    assert name_key(*other) == name_key("Élise", "Côté-Roy")


@pytest.mark.parametrize("other", [("Élise", "Roy-Côté"), ("Élise", "Côté"), ("Lise", "Côté-Roy")])
def test_another_name(other):
    assert name_key(*other) != name_key("Élise", "Côté-Roy")


@pytest.mark.parametrize("typed", ["Katari Awashish", "Kateri Awahish", "Kateri Awashishh", "Kaetri Awashish"])
def test_a_letter_changed_missing_added_or_moved_is_near(typed):
    names = NearNames([("kateri awashish", 0), ("kateri ottawa", 1)])

    assert names.owners(spelled(*typed.split())) == [0]


def test_two_letters_off_or_a_short_name_is_somebody_else():
    names = NearNames([("kateri awashish", 0), ("mia roy", 1)])

    assert names.owners("katari awashosh") == []
    assert names.owners("mio roy") == []


def test_names_in_any_script_and_of_any_length():
    assert name_key("نور", "الخطيب") != name_key("李", "明") != ""
    assert name_key("", "") == ""
    assert name_key("!", "?") != ""
