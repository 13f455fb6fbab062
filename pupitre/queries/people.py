"""An establishment's list, and what each person of it attends."""

from django.db.models import Count, Q

from pupitre import clock
from pupitre.models import Assignment, Establishment, Participant

REGISTRATIONS_SHOWN = 100


def on_the_list(establishment: Establishment, text: str = "", *, is_archive: bool = False):
    """The people of the list whose name or address answers, each with the number of coming sessions they attend."""
    coming = Q(
        assignments__released_at__isnull=True,
        assignments__session__starts_at__gt=clock.now(),
        assignments__session__cancelled_at__isnull=True,
    )
    return (
        Participant.objects.of(establishment)
        .filter(archived_at__isnull=not is_archive)
        .matching(text)
        .annotate(coming=Count("assignments", filter=coming))
        .order_by("folded", "pk")
    )


def registrations_of(person: Participant):
    """The seats a person holds or held, the latest session first."""
    held = Assignment.objects.filter(participant=person).select_related("session__course", "seat")
    return held.order_by("-session__starts_at", "-pk")[:REGISTRATIONS_SHOWN]
