"""Codes that people read, type and dictate.

The alphabet leaves out 0/O, 1/I/L and U, which are mistaken for one another. An access code is derived from its
assignment and a server key, so the database never holds it: a stolen copy opens no course. So are the words of payment
links, of invitations and of links to take a seat.
"""

import hashlib
import hmac
import secrets
import unicodedata

from django.conf import settings

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ACCESS_CODE_LENGTH = 16
SECRET_WORD_LENGTH = 27  # 132 bits: nobody guesses it, however long they try


class Mistyped(ValueError):
    """What was typed cannot be an access code: wrong length, foreign letter, or a check character that disagrees."""


def new_code(length: int = 12) -> str:
    """A random code for an address or a reference: unguessable, safe to dictate."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def order_reference() -> str:
    """What follows PU- in an order number: among a million orders, a new one meets an old one once in 650,000 times."""
    return new_code(8)


def access_code(assignment_uuid: str) -> str:
    """The 16-character access code of an assignment, the last one a check character."""
    body = _letters(_keyed("access-code", assignment_uuid), ACCESS_CODE_LENGTH - 1)
    return body + _check_character(body)


def fingerprint(code: str) -> str:
    """The keyed hash under which an access code is looked up."""
    return _keyed("access-code-lookup", code).hex()


def payment_word(link_uuid: str) -> str:
    """The secret of a payment link: the last part of its address. Followed, never typed."""
    return _letters(_keyed("payment-link", link_uuid), SECRET_WORD_LENGTH).lower()


def payment_word_fingerprint(word: str) -> str:
    """The keyed hash under which a payment link is looked up: how long it takes says nothing of the word."""
    return _keyed("payment-link-lookup", word.lower()).hex()


def browser_number(session_key: str) -> str:
    """What names a browser on a page: its session’s key would open it."""
    return _letters(_keyed("browser-number", session_key), ACCESS_CODE_LENGTH).lower()


def invitation_word(invitation_uuid: str) -> str:
    """The secret of an invitation: the last part of its address. Followed, never typed."""
    return _letters(_keyed("invitation", invitation_uuid), SECRET_WORD_LENGTH).lower()


def invitation_word_fingerprint(word: str) -> str:
    """The keyed hash under which an invitation is looked up."""
    return _keyed("invitation-lookup", word.lower()).hex()


def claim_word(link_uuid: str) -> str:
    """The secret of a link to take a seat: the last part of its address. Followed or scanned, never typed."""
    return _letters(_keyed("claim-link", link_uuid), SECRET_WORD_LENGTH).lower()


def claim_word_fingerprint(word: str) -> str:
    """The keyed hash under which a link to take a seat is looked up."""
    return _keyed("claim-link-lookup", word.lower()).hex()


def shown(code: str) -> str:
    """The code in groups of four: K7QF-3M2X-9TBD-4HWE."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed(text: str) -> str:
    """What a person typed, as a code: case, spaces and dashes do not matter. Raises Mistyped."""
    code = "".join(character for character in text if not _is_ignored(character)).upper()
    if len(code) != ACCESS_CODE_LENGTH or not set(code) <= set(ALPHABET) or _check_character(code[:-1]) != code[-1]:
        raise Mistyped
    return code


def _is_ignored(character: str) -> bool:
    # Spaces and dashes of every width, line ends, and the invisible marks that copying from a letter or a PDF brings.
    return unicodedata.category(character) in {"Zs", "Pd", "Cc", "Cf"}


def _letters(digest: bytes, count: int) -> str:
    """So many letters and digits of the alphabet, drawn from a keyed hash."""
    number, letters = int.from_bytes(digest, "big"), ""
    for _ in range(count):
        number, place = divmod(number, len(ALPHABET))
        letters += ALPHABET[place]
    return letters


def _keyed(purpose: str, text: str) -> bytes:
    return hmac.new(settings.CODE_KEY.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).digest()


def _check_character(body: str) -> str:
    # Luhn's algorithm over an alphabet of 30: one wrong character is always seen, and two exchanged neighbours too,
    # unless they are 2 and Z, the ends of the alphabet.
    base = len(ALPHABET)
    total = 0
    for distance, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if distance % 2 == 0 else 1)
        total += value // base + value % base
    return ALPHABET[-total % base]
