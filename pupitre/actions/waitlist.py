"""What can be done with the waiting list of a session: ask for places, change one's mind, be offered what comes back.

Places are kept from the public only while offers are being made. What comes back while someone waits is promised to the
queue; the worker then makes offers, in the order of asking, to the first that fits: all of its places for a group that
stays together, as many as there are for the others. A group may be completed from what is on sale. What fits nobody
goes on sale at once, and a group that waits for more is served when enough places are free together.

An offer is an order that awaits its payment, at the prices of the day. The entries of a session change under its lock.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.actions import carts, orders, pricing
from pupitre.actions.carts import SessionClosed
from pupitre.mail import letters
from pupitre.models import (
    Cart,
    CartLine,
    CourseSession,
    Establishment,
    Job,
    Membership,
    Provider,
    Right,
    User,
    WaitlistEntry,
    WaitlistOffer,
)
from pupitre.models.orders import HOLD_MARGIN
from pupitre.queries.catalogue import courses_for
from pupitre.refusals import Refused

log = logging.getLogger(__name__)

SHORTEST_OFFER = timedelta(minutes=30)  # as long as a payment page lives
AN_HOUR = timedelta(hours=1)
REMINDED_BEFORE_END = timedelta(hours=2)
WORTH_REMINDING = timedelta(hours=6)  # of an offer given at least that long


class EnoughSeatsLeft(Refused):
    code = "enough_seats_left"
    message = _("There are enough seats left in this session: you can buy them now, without waiting.")


class SeatsLeftChanged(Refused):
    code = "seats_left_changed"
    message = _("The number of seats left has changed since this page was shown. Check it, then try again.")


class LargerThanSession(Refused):
    code = "larger_than_session"
    message = _("This session has {n} seats in all. Lower the number.")


class AlreadyWaiting(Refused):
    code = "already_waiting"
    message = _("Your establishment already waits for this session. Change the number of seats on your waiting list.")


class OfferToAnswer(Refused):
    code = "offer_to_answer"
    message = _("What your establishment waited for is held for it: reserve it or decline it first.")


class NoLongerWaiting(Refused):
    code = "no_longer_waiting"
    message = _("Your establishment no longer waits for seats in this session.")


@transaction.atomic
def ask(
    session: CourseSession,
    establishment: Establishment,
    quantity: int,
    *,
    together: bool,
    by: User,
    cart: Cart | None = None,
    taking: int = 0,
) -> WaitlistEntry:
    """Wait for so many places of a session, all together or as they come; `taking` are the seats left that the buyer
    takes meanwhile. The session leaves the cart that is given: it holds what can be bought.

    The same wish twice is one entry. Refuses a session that is closed, more than its capacity, what could be bought
    now, what no payment service takes at once, another number than the one still waited for, and any while all of that
    is offered.
    """
    if cart is not None:  # before the session: locks are taken in one order
        for line in cart.lines.filter(session=session):
            carts.remove(cart, line)
    session = _locked(session.pk)
    if not session.is_on_sale:
        raise SessionClosed
    together = together and quantity > 1
    entry = _in_force(session, establishment)
    if entry and (entry.remaining, entry.together) == (quantity, together):
        return entry
    if entry:
        raise AlreadyWaiting if entry.remaining else OfferToAnswer
    if quantity + taking > session.capacity:
        raise LargerThanSession(n=session.capacity)
    if quantity + taking <= session.seats_left:
        raise EnoughSeatsLeft
    _check_could_be_paid(session, establishment, quantity)
    entry = WaitlistEntry.objects.create(
        establishment=establishment,
        session=session,
        asked_by=by,
        quantity=quantity,
        remaining=quantity,
        together=together,
        asked_at=clock.now(),
    )
    _record("waitlist.joined", entry, by=by, quantity=quantity)
    letters.waitlist_joined(entry)
    return entry


@transaction.atomic
def take_and_wait(
    cart: Cart, session: CourseSession, establishment: Establishment, quantity: int, *, taking: int, by: User
) -> WaitlistEntry:
    """Put the seats that are left in the cart, and wait for the others as they come. `taking` is how many were left
    when the buyer was asked: refuses when there are others now.
    """
    if not 0 < taking < quantity or session.seats_left != taking:
        raise SeatsLeftChanged
    carts.put(cart, session, taking)
    return ask(session, establishment, quantity - taking, together=False, by=by, taking=taking)


@transaction.atomic
def change(session: CourseSession, establishment: Establishment, quantity: int, *, by: User) -> WaitlistEntry:
    """Wait for another number of places. A lower one keeps its turn; a higher one goes to the end of the queue."""
    session = _locked(session.pk)
    entry = _in_force(session, establishment)
    if entry is None or not entry.remaining:
        raise NoLongerWaiting
    if quantity == entry.remaining:
        return entry
    if quantity > session.capacity:
        raise LargerThanSession(n=session.capacity)
    if quantity <= session.seats_left:
        raise EnoughSeatsLeft
    _check_could_be_paid(session, establishment, quantity)
    if quantity > entry.remaining:
        entry.asked_at = clock.now()
    entry.quantity += quantity - entry.remaining
    entry.remaining = quantity
    entry.save(update_fields=["quantity", "remaining", "asked_at"])
    _record("waitlist.changed", entry, by=by, quantity=quantity)
    return entry


@transaction.atomic
def leave(session: CourseSession, establishment: Establishment, *, by: User) -> None:
    """Wait no more. What is offered already can still be paid."""
    session = _locked(session.pk)
    if entry := _in_force(session, establishment):
        _end(entry)
        _record("waitlist.left", entry, by=by)


def make_offers(session: int) -> None:
    """Offer the places kept for the queue of a session, an offer in each transaction; then put the rest on sale."""
    while _offer_to_next(session):
        pass


def remind(offer: WaitlistOffer) -> None:
    """Write to those who may still pay an offer that is about to end."""
    if offer.is_open:
        letters.offer_ending(offer.order)


def offer_end(session: CourseSession, now: datetime) -> datetime:
    """Until when an offer made now is held: a day, or half of the time left before sales close, so that the next in
    line has a turn; but an hour if there is one.
    """
    left = session.sells_until - now
    longest = max(left / 2, min(left, AN_HOUR))
    return now + min(timedelta(hours=max(settings.OFFER_HOURS, 1)), longest)


@transaction.atomic
def _offer_to_next(pk: int) -> bool:
    """Make one offer, if anything is kept for the queue and fits someone; otherwise put it on sale."""
    session = _locked(pk)
    if not session.promised:
        return False
    now = clock.deciding_now()
    if session.is_on_sale and session.sells_until - now >= SHORTEST_OFFER:
        for entry in _that_fit(session):
            if _offer(entry, session, now):
                return True
    kept = CourseSession.objects.filter(pk=pk, promised=session.promised)
    kept.update(taken=F("taken") - F("promised"), promised=0)
    return False


def _that_fit(session: CourseSession) -> list[WaitlistEntry]:
    """Those who wait and could be offered places now, the first to ask first."""
    free = session.promised + session.seats_left
    fitting = WaitlistEntry.objects.waiting().filter(Q(together=False) | Q(remaining__lte=free), session=session)
    return list(fitting.select_related("establishment", "asked_by"))


def _offer(entry: WaitlistEntry, session: CourseSession, now: datetime) -> bool:
    """Hold places for an entry as an order to pay. False when nobody can buy for it, or nobody could pay it."""
    buyers = Membership.objects.who_may(Right.BUY).filter(establishment=entry.establishment_id)
    people = [membership.user for membership in buyers.select_related("user").order_by("pk")]
    if not people:
        _end(entry)
        return False
    buyer = entry.asked_by if entry.asked_by in people else people[0]
    quantity = entry.remaining if entry.together else min(entry.remaining, session.promised)
    seller = Provider.current()
    due = pricing.quote([_wish(session, entry.establishment, quantity)], entry.establishment, seller)
    ends_at = offer_end(session, now)
    try:
        order = orders.write(
            None,
            entry.establishment,
            due,
            seller,
            by=buyer,
            language=buyer.language,
            hold_until=ends_at + HOLD_MARGIN,
        )
    except orders.OrderTooLarge:
        log.error("session %s: an offer of %s places is too large to be paid at once", session.code, quantity)
        return False
    _hold(session, quantity)
    offer = WaitlistOffer.objects.create(entry=entry, order=order, offered_at=now, expires_at=ends_at)
    entry.remaining -= quantity
    entry.save(update_fields=["remaining"])
    _record("waitlist.offered", entry, by=None, order=order, quantity=quantity)
    letters.seats_offered(order)
    if ends_at - now >= WORTH_REMINDING:
        Job.objects.ask("waitlist.remind", str(offer.pk), due_at=ends_at - REMINDED_BEFORE_END, offer=offer.pk)
    return True


def _check_could_be_paid(session: CourseSession, establishment: Establishment, quantity: int) -> None:
    """Refuse to wait for what could not be offered at once, at today's prices: it would stay first in line for ever."""
    wish = _wish(session, establishment, quantity)
    if pricing.quote([wish], establishment, Provider.current()).total_cents > orders.MOST_CENTS:
        raise orders.OrderTooLarge


def _hold(session: CourseSession, quantity: int) -> None:
    """Move places from what is kept for the queue to an order; a group is completed from what is on sale."""
    kept = min(quantity, session.promised)
    more = quantity - kept
    room = CourseSession.objects.filter(pk=session.pk, promised__gte=kept, taken__lte=F("capacity") - more)
    moved = room.update(promised=F("promised") - kept, taken=F("taken") + more)
    assert moved, "the session is locked"


def _wish(session: CourseSession, establishment: Establishment, quantity: int) -> CartLine:
    """What is offered, at the price of this establishment, as a cart would ask for it."""
    wish = CartLine(session=session, quantity=quantity)
    wish.member_price_cents = courses_for(establishment).get(pk=session.course_id).member_price_cents
    return wish


def _locked(pk: int) -> CourseSession:
    return CourseSession.objects.for_change().select_related("course").get(pk=pk)


def _in_force(session: CourseSession, establishment: Establishment) -> WaitlistEntry | None:
    return WaitlistEntry.objects.in_force().filter(session=session, establishment=establishment).first()


def _end(entry: WaitlistEntry) -> None:
    entry.left_at = clock.now()
    entry.save(update_fields=["left_at"])


def _record(verb: str, entry: WaitlistEntry, *, by: User | None, **facts: object) -> None:
    order = facts.pop("order", None)
    journal.record(
        verb, by=by, establishment=entry.establishment, session_id=entry.session_id, order=order, facts=facts
    )
