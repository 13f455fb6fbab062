"""From a letter to its words."""

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
    return WRITERS[letter.kind](letter)
