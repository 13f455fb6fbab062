"""From a letter to its words."""

from dataclasses import replace

from django.utils.translation import gettext as _

from pupitre.mail.alerts import ALERTS
from pupitre.mail.claim_words import CLAIMS
from pupitre.mail.free_seats import FREE_SEATS
from pupitre.mail.membership_words import MEMBERSHIP_LETTERS
from pupitre.mail.waitlist_words import WAITLIST
from pupitre.mail.words import LETTERS, Words
from pupitre.models import Letter

WRITERS = LETTERS | ALERTS | FREE_SEATS | MEMBERSHIP_LETTERS | WAITLIST | CLAIMS


def write(letter: Letter) -> Words:
    """The words of a letter, in the current language."""
    said = WRITERS[letter.kind](letter)
    is_about_one = letter.user is not None and letter.establishment is not None
    return _about_one(said, letter) if is_about_one and letter.kind not in MEMBERSHIP_LETTERS else said


def _about_one(said: Words, letter: Letter) -> Words:
    """To someone who acts for an establishment, a letter about it names it; to someone who acts for several, its
    button leads to the page of that one.
    """
    named = replace(said, facts=[(_("Establishment"), letter.establishment.name), *said.facts])
    acts_for_several = len(letter.user.held_memberships) > 1
    return replace(named, page=replace(said.page, acting_for=letter.establishment_id)) if acts_for_several else named
