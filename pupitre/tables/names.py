"""A name as its bearer writes it: on one line, without a title, and in two parts.

How a full name is parted, in this order:

1. « Gagnon, Amélie »: the last name comes before the comma;
2. « GAGNON Amélie », « Amélie GAGNON »: the last name is in capitals;
3. « Jean de la Durantaye »: the last name begins at its particle;
4. « Paul A. Roy »: an initial goes with the first name;
5. otherwise the first word is the first name, and the rest is the last name.
"""

import re
import unicodedata

JOINERS = "\u200c\u200d"  # they shape letters in Persian and in several scripts of India


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words(
    "m. mr mr. mrs mrs. ms ms. miss mme mme. mlle mlle. madame monsieur mademoiselle dr dr. dre dre. pr. prof. me."
)
DIPLOMAS = _words("cpa crha cria ing inf ps ts md mba phd bsc msc avocat avocate notaire jr sr adma opq iva")
PARTICLES = _words(
    """de du des d' d’ da das di do dos del della der den van von vander ter le la les el al ben bin ibn st st. ste
    saint sainte mac mc"""
)
NUMBERED = re.compile(r"^(?:\d{1,4}\s*[.)]|[-–•*·▪◦‣]|\(?\d{1,4}\))\s+")
AROUND = ' "“”«»,;:|_'


def on_one_line(text: str) -> str:
    """Composed letters, plain spaces, and nothing invisible that could turn a page around."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter for letter in " ".join(composed.split()) if letter in JOINERS or _is_seen(letter)).strip()


def folded(text: str) -> str:
    """Letters and digits only, without case or accents: what two ways of writing the same word have in common."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def bare(text: str) -> str:
    """A name without what lists put around it: a number, a bullet, quotes, « Mme », a diploma."""
    text = NUMBERED.sub("", text).strip(AROUND)
    words = text.split()
    while len(words) > 1 and words[0].casefold() in TITLES:
        del words[0]
    text = " ".join(words)
    name, comma, diploma = text.rpartition(",")
    return name.strip() if comma and folded(diploma) in DIPLOMAS else text


def is_written_as_a_name(text: str) -> bool:
    """Several words, each with a capital where there are any, as in « Jean de la Durantaye »: no phrase, no number."""
    words = [word for word in bare(text).replace(",", " ").split() if word.casefold() not in PARTICLES]
    parts = [word.removeprefix("d'").removeprefix("d’") for word in words]
    return 1 < len(parts) <= 6 and all(_begins_a_name(part) for part in parts)


def in_two(full: str, *, last_name_first: bool = False) -> tuple[str, str]:
    """The first name and the last name in a full name."""
    if "," in full:
        last, _, first = full.partition(",")
        return bare(first.strip(" ,")), last.strip()
    words = full.split()
    if len(words) < 2:
        return full, ""
    parts = _parted_by_capitals(words) or _parted_by_place(words, last_name_first)
    return " ".join(parts[0]), " ".join(parts[1])


def are_in_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) > 1 and all(letter == letter.upper() != letter.lower() for letter in letters)


def _parted_by_capitals(words: list[str]) -> tuple[list[str], list[str]] | None:
    capitals = [are_in_capitals(word) for word in words]
    if all(capitals) or not any(capitals):
        return None
    length = capitals.index(False) if capitals[0] else capitals[::-1].index(False)
    if sum(capitals) != length:
        return None
    return (words[length:], words[:length]) if capitals[0] else (words[:-length], words[-length:])


def _parted_by_place(words: list[str], last_name_first: bool) -> tuple[list[str], list[str]]:
    if last_name_first:
        length = len(words) - 1 if words[0].casefold() in PARTICLES else 1
        return words[length:], words[:length]
    length = 1
    for place, word in enumerate(words[1:-1], start=1):
        if word.casefold() in PARTICLES or word.casefold().startswith(("d'", "d’")):
            return words[:place], words[place:]
        if place == length and len(word.rstrip(".")) == 1:
            length += 1
    return words[:length], words[length:]


def _begins_a_name(word: str) -> bool:
    return word[:1].isalpha() and not word[0].islower() and not any(letter.isdigit() for letter in word)


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"
