"""What happened to one seat: the deeds of the journal, the letters it caused, and what can still be undone."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat

from pupitre import clock
from pupitre.models import Assignment, Deed, Establishment, Letter, Participant, Seat

LETTERS_SHOWN = 50
UNDOS_SHOWN = 3


@dataclass(frozen=True)
class Told:
    """One line of the history of a seat: a deed, and what its reference stands for."""

    deed: Deed
    replaced: Participant | None = None
    fields: list[str] = field(default_factory=list)


def history(seat: Seat) -> list[Told]:
    """What was done with a seat, the latest first: also corrections made elsewhere while its holder held it, and the
    moves of its session.
    """
    holdings = list(seat.assignments.all())
    people = {holding.participant_id: holding.participant for holding in holdings}
    corrected = Q(verb="participant.corrected", participant__in=people)
    moved = Q(verb="session.moved", session=seat.session_id, at__gte=seat.line.order.placed_at)
    deeds = (
        Deed.objects.filter(Q(seat=seat) | corrected | moved).select_related("participant", "by").order_by("-at", "-pk")
    )
    return [
        Told(deed, people.get(deed.facts.get("replaced", 0)), _names(deed.facts.get("fields", [])))
        for deed in deeds
        if deed.seat_id == seat.pk
        or deed.verb == "session.moved"
        or any(_held_then(holding, deed) for holding in holdings)
    ]


def _names(fields: list[str]) -> list[str]:
    """The names people read of the fields that were corrected."""
    known = {field.name: field for field in Participant._meta.fields}
    return [str(known[name].verbose_name) for name in fields if name in known]


def _held_then(holding: Assignment, deed: Deed) -> bool:
    ended_at = holding.released_at
    is_theirs = holding.participant_id == deed.participant_id
    return is_theirs and holding.assigned_at <= deed.at and (ended_at is None or deed.at <= ended_at)


def letters_about(seat: Seat):
    """The letters that the registrations of a seat caused, the latest first."""
    return Letter.objects.filter(assignment__seat=seat).order_by("-pk")[:LETTERS_SHOWN]


def undoable(establishment: Establishment, seat: Seat | None = None) -> list[Assignment]:
    """The registrations that ended in the last ten minutes and whose holders can be given their seats back.

    Of a seat, the last one only; with the `newcomer`'s name, when someone replaced them. What would be refused is left
    out: the seat moved, or its holder left the list or has another seat in the session.
    """
    now = clock.now()
    in_force = Assignment.objects.in_force()
    holding = in_force.filter(seat=OuterRef("seat"))
    stays = Exists(holding.filter(~Q(replaced=OuterRef("pk")) | Q(replaced=None) | Q(opened_at__isnull=False)))
    ended = (
        Assignment.objects.filter(
            ~stays,
            seat__establishment=establishment,
            undo_until__gt=now,
            seat__cancelled_at=None,
            session__cancelled_at=None,
            session__starts_at__gt=now,
        )
        .annotate(
            newcomer=Subquery(holding.values(name=_name("participant"))[:1]),
            is_seated=Exists(in_force.filter(session=OuterRef("session"), participant=OuterRef("participant"))),
        )
        .select_related("participant", "seat", "session__course")
        .order_by("-released_at", "-pk")
    )
    latest: dict[int, Assignment] = {}
    for assignment in ended.filter(seat=seat) if seat else ended:
        latest.setdefault(assignment.seat_id, assignment)
    return [last for last in latest.values() if _can_go_back(last)][:UNDOS_SHOWN]


def _can_go_back(former: Any) -> bool:
    is_there = former.session_id == former.seat.session_id
    return is_there and former.participant.archived_at is None and not former.is_seated


def _name(person: str) -> Concat:
    return Concat(f"{person}__first_name", Value(" "), f"{person}__last_name")
