"""What orders know of the waiting list: who waits for places that come back, and what became of an offer.

The entries of a session change under the lock of that session, so that what one reads of its queue stays true until
the transaction ends. The queue itself is in `waitlist`, which makes orders.
"""

from collections.abc import Iterable
from uuid import uuid4

from pupitre import clock
from pupitre.mail import letters
from pupitre.models import CourseSession, Job, Order, WaitlistEntry, WaitlistOffer


def awaited(sessions: Iterable[int]) -> set[int]:
    """Those of these sessions whose places someone waits for. They are locked, in their order: whoever asks to wait, or
    stops waiting, does so before or after.
    """
    sessions = sorted(sessions)
    list(CourseSession.objects.for_change().filter(pk__in=sessions).order_by("pk").values_list("pk"))
    return set(WaitlistEntry.objects.waiting().filter(session__in=sessions).values_list("session_id", flat=True))


def ask_for(session: int) -> None:
    """Have the places kept for the queue of a session offered, as soon as this transaction is committed."""
    Job.objects.ask("waitlist.offer", f"{session}:{uuid4().hex}", session=session)


def note_paid(order: Order) -> None:
    """The offer that this order is was taken. Who has bought all that they waited for waits no more."""
    if (offer := order.open_offer) is None:
        return
    entry = _closed(offer)
    if entry.in_force and not entry.remaining and not entry.offers.filter(closed_at=None).exists():
        entry.fulfilled_at = clock.now()
        entry.save(update_fields=["fulfilled_at"])


def let_pass(order: Order, *, was_declined: bool) -> None:
    """The offer that this order is was not taken: who let it pass leaves the queue, is told so, and may ask again."""
    if (offer := order.open_offer) is None:
        return
    entry = _closed(offer)
    if entry.in_force:
        entry.lapsed_at = clock.now()
        entry.save(update_fields=["lapsed_at"])
    if not was_declined:
        letters.offer_lapsed(order)


def _closed(offer: WaitlistOffer) -> WaitlistEntry:
    """The entry of an offer that is over now. Its session is locked."""
    CourseSession.objects.for_change().get(waitlist_entries=offer.entry_id)
    entry = WaitlistEntry.objects.get(pk=offer.entry_id)
    offer.closed_at = clock.now()
    offer.save(update_fields=["closed_at"])
    return entry
