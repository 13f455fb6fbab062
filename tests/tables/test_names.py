"""A name on one line, as its bearer writes it."""

import unicodedata

from pupitre.tables.names import on_one_line


def test_what_cannot_be_seen_is_taken_out():
    assert on_one_line(" Bo\u202eb\0\n Roy\t") == "Bob Roy"


def test_letters_that_a_mac_takes_apart_are_put_together():
    assert on_one_line(unicodedata.normalize("NFD", "Élise Côté")) == "Élise Côté"
