"""E-mail addresses, as people copy them: from a message, from an address book, from a cell."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pupitre.tables.names import bare
from pupitre.tables.table import LONGEST_CELL

ADDRESS = re.compile(r"[^\s<>()\[\]\"“”«»,;:|@]{1,128}@[^\s<>()\[\]\"“”«»,;:|@]{1,190}")
TYPED = re.compile(r"[^\s<>(\[,;:|@]@")
IN_ANGLES = re.compile(r"<(?:mailto:)?[^<>\s@]{1,128}@[^<>\s@]{1,190}>", re.IGNORECASE)
MAILTO = re.compile(r"mailto:", re.IGNORECASE)
BEFORE_A_LIST = re.compile(r"^\s*(?:à|a|to|cc|cci|bcc|de|from|destinataires?)\s*:\s*", re.IGNORECASE)
BETWEEN = re.compile(r"[\s,;]+")
AROUND = " \t.,;:<>()[]\"'“”«»|-–"


def seems_in(cell: str) -> bool:
    """Whether an address was typed here, even one that is not complete."""
    return TYPED.search(cell) is not None


def address_in(cell: str) -> tuple[str, str]:
    """The address in a cell, and what stands beside it. A cell with no address, or with several, stays as typed."""
    cell = "".join(letter for letter in cell[:LONGEST_CELL] if unicodedata.category(letter) != "Cf")
    plain = MAILTO.sub("", cell)
    found = [address.rstrip(".'’").lstrip("'‘") for address in ADDRESS.findall(plain)]
    if len({address.casefold() for address in found}) != 1:
        return plain.strip(), ""
    beside = ADDRESS.sub(" ", plain)
    return found[0], " ".join(beside.split()).strip(AROUND)


def one_each(cells: list[str], *, may_list_people: bool) -> list[list[str]]:
    """The people of a line whose columns nobody named: in a list with several addresses, each ends with their own.

    In a table, or where they are not written alike, nobody can tell whose each address is: one cell then holds them
    all, as typed, and whoever gave the list is asked.
    """
    places = [place for place, cell in enumerate(cells) if seems_in(cell)]
    found = [address_in(cells[place]) for place in places]
    if len({address.casefold() for address, _ in found}) < 2:
        return [cells]
    starts = [0, *(place + 1 for place in places)]
    people = [cells[start:end] for start, end in pairwise(starts)]
    rest = [cells[starts[-1] :]] if any(cells[starts[-1] :]) else []
    shapes = {(len(person), bool(beside)) for person, (_, beside) in zip(people, found, strict=True)}
    are_alike = len(shapes) == 1 and all(len(person) < len(people[0]) for person in rest)
    names = [*(beside for _, beside in found), *(cell for person in people for cell in person[:-1])]
    if may_list_people and are_alike and not any(_holds_a_number(name) for name in names):
        return [*people, *rest]
    every = " / ".join(cells[place] for place in places)
    return [[every if place == places[0] else "" if place in places else cell for place, cell in enumerate(cells)]]


def _holds_a_number(name: str) -> bool:
    """As a telephone or an extension does; those of a numbered list do not count."""
    return any(letter.isdigit() for letter in bare(name))


def are_listed(lines: Sequence[str]) -> bool:
    """Whether a mail program copied this: « Amélie Gagnon <amelie@exemple.ca> », or addresses one after another."""
    lines = [line for line in lines if line.strip()]
    if not lines or any("\t" in line for line in lines):
        return False
    listing = sum(1 for line in lines if IN_ANGLES.search(line) or _is_only_addresses(line))
    return listing > 0 and listing >= len(lines) / 2


def listed(line: str) -> Iterator[list[str]]:
    """The people of one line of such a list: a name, when there is one, and an address."""
    line = BEFORE_A_LIST.sub("", line)
    end = 0
    for found in IN_ANGLES.finditer(line):
        *others, name = _between_semicolons(line[end : found.start()])
        for other in others:
            yield from _without_angles(other)
        *bare, name = name.split(",") if "@" in name and "," in name else [name]
        for other in bare:
            yield from _without_angles(other)
        address, _ = address_in(found.group())
        yield ["" if "@" in name else name, address]
        end = found.end()
    for other in _between_semicolons(line[end:]):
        yield from _without_angles(other)


def _between_semicolons(text: str) -> list[str]:
    """Pieces of a list; a semicolon or a comma between two people belongs to neither."""
    return [piece.strip(" ,") for piece in text.strip(" ,").removeprefix(";").split(";")]


def _without_angles(piece: str) -> Iterator[list[str]]:
    if _is_only_addresses(piece):
        yield from (["", address_in(address)[0]] for address in BETWEEN.split(piece) if address)
    elif piece:
        address, name = address_in(piece)
        yield [name, address] if "@" in address else [piece]


def _is_only_addresses(line: str) -> bool:
    pieces = [piece for piece in BETWEEN.split(line) if piece]
    return bool(pieces) and all("@" in piece for piece in pieces)
