"""The waiting lists: what an establishment waits for, what is offered to it, and whether offers and orders agree."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from pupitre import clock
from pupitre.models import CourseSession, Establishment, Job, Order, WaitlistEntry, WaitlistOffer

SHOWN_AFTER_END = timedelta(days=14)


@dataclass(frozen=True)
class Waiting:
    """What an establishment waits for: offers to pay, entries whose turn will come, and those that ended lately."""

    offers: list[WaitlistOffer]
    entries: list[WaitlistEntry]
    ended: list[WaitlistEntry]

    @property
    def is_empty(self) -> bool:
        return not (self.offers or self.entries)


def waiting_of(establishment: Establishment) -> Waiting:
    """In two questions, however many sessions are waited for."""
    now = clock.now()
    lately = now - SHOWN_AFTER_END
    entries = (
        WaitlistEntry.objects.of(establishment)
        .filter(Q(left_at=None, fulfilled_at=None), Q(lapsed_at=None) | Q(lapsed_at__gt=lately))
        .filter(session__starts_at__gt=lately)
        .select_related("session__course")
        .with_position()
        .order_by("session__starts_at", "pk")
    )
    shown = list(entries)
    coming = [entry for entry in shown if entry.in_force and entry.session.accepts_assignments]
    open_offers = (
        WaitlistOffer.objects.filter(entry__establishment=establishment, closed_at=None)
        .select_related("order", "entry__session__course")
        .annotate(seats=Coalesce(Sum("order__lines__quantity"), 0))
        .order_by("expires_at", "pk")
    )
    return Waiting(
        offers=list(open_offers),
        entries=[entry for entry in coming if entry.remaining],
        ended=[entry for entry in shown if entry not in coming],
    )


def disagreements() -> list[str]:
    """Every entry, offer or place kept that contradicts an order, or that nobody looks after."""
    return [*_offers_against_orders(), *_entries_against_offers(), *_places_kept_for_nothing()]


def _offers_against_orders() -> list[str]:
    offers = WaitlistOffer.objects.select_related("order")
    not_held = offers.filter(closed_at=None).exclude(order__status=Order.Status.AWAITING_PAYMENT)
    elsewhere = offers.exclude(
        order__establishment=F("entry__establishment"), order__lines__session=F("entry__session")
    )
    return [f"offer of order {o.order}: open, and its order holds no seats for it" for o in not_held] + [
        f"offer of order {o.order}: not what its establishment waits for" for o in elsewhere
    ]


def _entries_against_offers() -> list[str]:
    counted = WaitlistEntry.objects.annotate(offered=Coalesce(Sum("offers__order__lines__quantity"), 0))
    wrong = counted.exclude(quantity=F("remaining") + F("offered"))
    too_soon = WaitlistEntry.objects.filter(
        fulfilled_at__isnull=False, offers__isnull=False, offers__closed_at=None
    ).distinct()
    said = "waiting list entry {e.pk}: {e.offered} places offered, it says {counted}"
    return [said.format(e=e, counted=e.quantity - e.remaining) for e in wrong] + [
        f"waiting list entry {e.pk}: served, and an offer is still open" for e in too_soon
    ]


def _places_kept_for_nothing() -> list[str]:
    being_offered = Job.objects.unfinished().filter(kind="waitlist.offer").values_list("facts", flat=True)
    looked_after = {facts["session"] for facts in being_offered}
    return [
        f"session {session.code}: {session.promised} places kept, and no offer is on its way"
        for session in CourseSession.objects.filter(promised__gte=1)
        if session.pk not in looked_after
    ]
