"""Who may be on an establishment's list twice: the same name, nearly the same one, or the same address."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Count, TextChoices
from django.utils.translation import gettext_lazy as _

from pupitre.models import Establishment, Participant
from pupitre.resemblance import NearNames, name_key, spelled

SHOWN = 50
LOOKED_AT = 20_000  # records; beyond, a list is not kept by hand
SHARED_BY_MANY = 6  # so many records on one address are a mailbox of the workplace, not a person


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
    """The pairs to look at, the likeliest first, but for the people told apart. Two questions to the database, and no
    comparison of all with all.
    """
    people = list(
        Participant.objects.of(establishment)
        .current()
        .annotate(registrations=Count("assignments"))
        .order_by("folded", "pk")[:LOOKED_AT]
    )
    by_number = {person.pk: person for person in people}
    names = {person.pk: name_key(person.first_name, person.last_name) for person in people}
    near = NearNames((spelled(person.first_name, person.last_name), person.pk) for person in people)
    found: dict[tuple[int, int], Likeness] = {}
    for likeness, meetings in (
        (Likeness.NAME, _sharing(names)),
        (Likeness.NEARLY, near.meetings()),
        (Likeness.EMAIL, _sharing({person.pk: person.email.lower() for person in people})),
    ):
        for pair in _pairs(meetings):
            found.setdefault(pair, likeness)
    told_apart = Participant.namesakes.through.objects.filter(from_participant__establishment=establishment)
    for pair in told_apart.values_list("from_participant", "to_participant"):
        found.pop(pair, None)
    order = list(Likeness)
    likeliest = sorted(found.items(), key=lambda one: (order.index(one[1]), by_number[one[0][0]].folded, one[0]))
    return [Pair(by_number[one], by_number[two], likeness) for (one, two), likeness in likeliest[:SHOWN]]


def _sharing(values: dict[int, str]) -> Iterable[list[int]]:
    """Those who have the same value, unless it is empty."""
    sharing = defaultdict(list)
    for number, value in values.items():
        if value:
            sharing[value].append(number)
    return sharing.values()


def _pairs(meetings: Iterable[list[int]]) -> Iterator[tuple[int, int]]:
    for meeting in meetings:
        numbers = sorted(set(meeting))
        if 1 < len(numbers) < SHARED_BY_MANY:
            yield from combinations(numbers, 2)
