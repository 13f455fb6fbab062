"""Offers, returns and the public at the same moment: a place is never sold twice, and never lost."""

from collections import Counter

import pytest

from pupitre.actions import orders, payments, waitlist
from pupitre.models import CourseSession, Order, WaitlistEntry, WaitlistOffer
from pupitre.queries import books
from tests.crowd import all_at_once, refusals
from tests.world import a_cart, a_session, an_attempt, an_order, an_owner, net_of, says

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider")]


def a_full_session(*quantities):
    """A session whose every seat is held by unpaid orders of so many seats each."""
    session = a_session(capacity=sum(quantities))
    held = [an_order(an_owner(), (session, quantity)) for quantity in quantities]
    session.refresh_from_db()
    return session, held


def waits(session, quantity=1, *, together=False):
    owner = an_owner()
    return waitlist.ask(session, owner.establishment, quantity, together=together, by=owner)


def taking_back(order):
    return lambda: payments.cancel(order, by=order.placed_by)


def buying(session, quantity):
    """Someone with a cart filled while there were seats, who presses the button now."""
    owner = an_owner()
    CourseSession.objects.filter(pk=session.pk).update(capacity=1000)
    cart = a_cart(owner, (CourseSession.objects.select_related("course").get(pk=session.pk), quantity))
    CourseSession.objects.filter(pk=session.pk).update(capacity=session.capacity)
    establishment, net = owner.establishment, net_of(cart)
    return lambda: orders.place(cart, establishment, by=owner, language="fr-ca", agreed_net_cents=net)


def offering(session):
    return lambda: waitlist.make_offers(session.pk)


def settled(session):
    """The session once the worker has done what was left to do."""
    waitlist.make_offers(session.pk)
    session.refresh_from_db()
    return session


def offered():
    return Counter(offer.order.seat_count for offer in WaitlistOffer.objects.filter(closed_at=None))


@pytest.mark.parametrize("round_", range(3))
def test_a_place_that_comes_back_while_the_public_wants_it_goes_to_the_queue(round_):
    session, held = a_full_session(1, 1, 1)
    for _ in range(3):
        waits(session)
    public = [buying(session, 1) for _ in range(4)]

    outcomes = all_at_once([*map(taking_back, held), *public, offering(session), offering(session)])

    assert len(refusals(outcomes)) == 4
    assert set(refusals(outcomes)) <= {"session_full", "seats_gone"}
    assert (settled(session).taken, session.promised) == (3, 0)
    assert offered() == {1: 3}
    assert books.disagreements() == []


@pytest.mark.parametrize("round_", range(3))
def test_a_group_and_the_public_want_the_same_free_places(round_):
    """Two are on sale, one comes back: the group of three gets them all, or one of the buyers does."""
    session, held = a_full_session(1, 2, 5)
    group = waits(session, 3, together=True)
    payments.cancel(held[1], by=held[1].placed_by)
    assert settled(session).seats_left == 2
    public = [buying(session, 1) for _ in range(2)]

    outcomes = all_at_once([taking_back(held[0]), *public, offering(session)])

    sold = 2 - len(refusals(outcomes))
    settled(session)
    assert sum(offered().values()) == (1 if sold == 0 else 0)
    assert session.taken == 5 + sold + 3 * sum(offered().values())
    assert session.promised == 0
    group.refresh_from_db()
    assert group.in_force
    assert books.disagreements() == []


@pytest.mark.parametrize("round_", range(3))
def test_two_returns_and_three_workers_at_once_offer_each_place_once(round_):
    session, held = a_full_session(2, 2)
    entries = [waits(session, 3), waits(session, 2)]

    all_at_once([*map(taking_back, held), *[offering(session)] * 3])

    assert (settled(session).taken, session.promised) == (4, 0)
    given = {entry.pk: entry.quantity - entry.remaining for entry in WaitlistEntry.objects.all()}
    assert given == {entries[0].pk: 3, entries[1].pk: 1}
    assert books.disagreements() == []


@pytest.mark.parametrize("round_", range(3))
def test_asking_to_wait_while_the_last_order_is_taken_back(round_):
    """Either the place is on sale and asking is refused, or the place is kept for who asks: it is never forgotten."""
    session, (held,) = a_full_session(1)
    owner = an_owner()
    establishment = owner.establishment

    outcomes = all_at_once(
        [
            taking_back(held),
            lambda: waitlist.ask(session, establishment, 1, together=False, by=owner),
        ]
    )

    settled(session)
    if refusals(outcomes):
        assert refusals(outcomes) == ["enough_seats_left"]
        assert (session.taken, offered()) == (0, {})
    else:
        assert (session.taken, offered()) == (1, {1: 1})
    assert books.disagreements() == []


@pytest.mark.parametrize("round_", range(3))
def test_leaving_while_an_offer_is_made(round_):
    session, (held,) = a_full_session(1)
    entry = waits(session)
    second = waits(session)
    payments.cancel(held, by=held.placed_by)

    all_at_once(
        [lambda: waitlist.leave(session, entry.establishment, by=entry.asked_by), offering(session), offering(session)]
    )

    assert (settled(session).taken, session.promised) == (1, 0)
    (offer,) = WaitlistOffer.objects.all()
    assert offer.entry in (entry, second)
    assert books.disagreements() == []


@pytest.mark.parametrize("round_", range(3))
def test_an_offer_paid_and_declined_at_the_same_moment(round_):
    session, (held,) = a_full_session(1)
    entry, second = waits(session), waits(session)
    payments.cancel(held, by=held.placed_by)
    settled(session)
    order = Order.objects.get(offer__entry=entry)
    payment = an_attempt(order, status="closed")

    all_at_once(
        [
            lambda: payments.apply(payment, says(payment)),
            lambda: payments.cancel(order, by=order.placed_by),
            offering(session),
        ]
    )

    order.refresh_from_db()
    assert (settled(session).taken, session.promised) == (1, 0)
    assert WaitlistOffer.objects.filter(entry=second).exists() != order.is_paid
    assert books.disagreements() == []


def test_one_wish_sent_five_times_is_one_entry():
    session, _held = a_full_session(1)
    owner = an_owner()
    establishment = owner.establishment

    outcomes = all_at_once([lambda: waitlist.ask(session, establishment, 1, together=False, by=owner)] * 5)

    assert set(outcomes) == {WaitlistEntry.objects.get()}


def test_the_two_offers_of_one_entry_paid_at_once_serve_it():
    session, held = a_full_session(1, 1)
    entry = waits(session, 2)
    for order in held:
        payments.cancel(order, by=order.placed_by)
        settled(session)
    due = [an_attempt(offer.order) for offer in WaitlistOffer.objects.select_related("order")]
    assert len(due) == 2

    all_at_once([lambda payment=payment: payments.apply(payment, says(payment)) for payment in due])

    entry.refresh_from_db()
    assert entry.fulfilled_at is not None
    assert books.disagreements() == []
