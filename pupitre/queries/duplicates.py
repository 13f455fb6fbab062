"""Who may be on an establishment's list twice: the same name, nearly the same one, or the same address."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Count, TextChoices
from django.utils.translation import gettext_lazy as _

from pupitre.models import Establishment, Participant
from pupitre.models.folding import folded

SHOWN = 50
LOOKED_AT = 20_000  # records; beyond, a list is not kept by hand
SHARED_BY_MANY = 6  # so many records on one address are a mailbox of the workplace, not a person
LONG_ENOUGH = 7  # characters: shorter names differ by one letter and are other people


class Likeness(TextChoices):
    """Why two records may be one person, the strongest reason first."""

    NAME = "name", _("Same name")
    NEARLY = "nearly", _("Nearly the same name")
    EMAIL = "email", _("Same email address")


@dataclass(frozen=True)
class Pair:
    """Two records of the list that may be one person."""

    first: Participant
    second: Participant
    likeness: Likeness


def likely_pairs(establishment: Establishment) -> list[Pair]:
    """The pairs to look at, the likeliest first. One question to the database, and no comparison of all with all."""
    people = list(
        Participant.objects.of(establishment)
        .current()
        .annotate(registrations=Count("assignments"))
        .order_by("folded", "pk")[:LOOKED_AT]
    )
    by_number = {person.pk: person for person in people}
    names = {person.pk: _plain(person.name) for person in people}
    found: dict[tuple[int, int], Likeness] = {}
    for likeness, pairs in (
        (Likeness.NAME, _sharing(names)),
        (Likeness.NEARLY, _nearly(names)),
        (Likeness.EMAIL, _sharing({person.pk: person.email.lower() for person in people})),
    ):
        for pair in pairs:
            found.setdefault(pair, likeness)
    order = list(Likeness)
    likeliest = sorted(found.items(), key=lambda one: (order.index(one[1]), by_number[one[0][0]].folded, one[0]))
    return [Pair(by_number[one], by_number[two], likeness) for (one, two), likeness in likeliest[:SHOWN]]


def _plain(name: str) -> str:
    """The words of a name in the order of the alphabet: « Roy, Benoît » is « Benoit Roy »."""
    return " ".join(sorted(re.findall(r"\w+", folded(name))))


def _sharing(values: dict[int, str]) -> Iterator[tuple[int, int]]:
    sharing = defaultdict(list)
    for number, value in values.items():
        if value:
            sharing[value].append(number)
    for numbers in sharing.values():
        if 1 < len(numbers) < SHARED_BY_MANY:
            yield from combinations(sorted(numbers), 2)


def _nearly(names: dict[int, str]) -> Iterator[tuple[int, int]]:
    """Names one letter apart: they meet under what is left of each when one letter is taken out of it."""
    meeting = defaultdict(set)
    for number, name in names.items():
        if len(name) >= LONG_ENOUGH:
            for left in (name, *(name[:place] + name[place + 1 :] for place in range(len(name)))):
                meeting[left].add(number)
    seen = set()
    for numbers in meeting.values():
        if 1 < len(numbers) < SHARED_BY_MANY:
            for one, two in combinations(sorted(numbers), 2):
                if (one, two) not in seen and _is_one_slip(names[one], names[two]):
                    seen.add((one, two))
                    yield one, two


def _is_one_slip(one: str, two: str) -> bool:
    """One letter added, left out, put for another, or two neighbours exchanged."""
    if one == two or abs(len(one) - len(two)) > 1:
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    rest_one, rest_two = one[start:], two[start:]
    return (
        rest_one[1:] == rest_two[1:]
        or rest_one == rest_two[1:]
        or rest_one[1:] == rest_two
        or (rest_one[:2] == rest_two[1::-1] and rest_one[2:] == rest_two[2:])
    )
