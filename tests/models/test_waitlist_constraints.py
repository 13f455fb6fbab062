"""What the database itself refuses of a waiting list."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from pupitre import clock
from pupitre.actions import payments, waitlist
from pupitre.models import CourseSession, Order, WaitlistEntry, WaitlistOffer
from tests.world import a_provider, a_session, an_order, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    a_provider()
    session = a_session(capacity=2)
    an_order(an_owner(), (session, 2))
    session.refresh_from_db()
    return session


@pytest.fixture
def entry(session):
    owner = an_owner()
    return waitlist.ask(session, owner.establishment, 2, together=True, by=owner)


@pytest.fixture
def offer(session, entry):
    held = Order.objects.get()
    payments.cancel(held, by=held.placed_by)
    waitlist.make_offers(session.pk)
    return WaitlistOffer.objects.get()


def is_refused(rows, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**fields)
    return True


def test_more_promised_than_is_taken(session):
    assert is_refused(CourseSession.objects.filter(pk=session.pk), promised=F("taken") + 1)


def test_two_entries_in_force_of_one_establishment(entry):
    again = {"establishment": entry.establishment, "session": entry.session, "asked_by": entry.asked_by}

    with pytest.raises(IntegrityError), transaction.atomic():
        WaitlistEntry.objects.create(quantity=1, remaining=1, **again)

    WaitlistEntry.objects.update(left_at=clock.now())
    assert WaitlistEntry.objects.create(quantity=1, remaining=1, **again).in_force


def test_an_entry_that_waits_for_nothing(entry):
    assert is_refused(WaitlistEntry.objects, quantity=0, remaining=0)


def test_more_to_be_offered_than_was_asked_for(entry):
    assert is_refused(WaitlistEntry.objects, together=False, remaining=3)


def test_a_part_of_a_group(entry):
    assert is_refused(WaitlistEntry.objects, remaining=1)


@pytest.mark.parametrize(
    "dates", [("left_at", "lapsed_at"), ("left_at", "fulfilled_at"), ("lapsed_at", "fulfilled_at")]
)
def test_an_entry_that_ends_twice(entry, dates):
    assert is_refused(WaitlistEntry.objects, remaining=0, **dict.fromkeys(dates, clock.now()))


def test_an_entry_served_that_still_waits(entry):
    assert is_refused(WaitlistEntry.objects, fulfilled_at=clock.now())


def test_an_offer_that_ends_before_it_is_made(offer):
    assert is_refused(WaitlistOffer.objects, expires_at=F("offered_at"))


def test_one_order_offered_twice(offer):
    with pytest.raises(IntegrityError), transaction.atomic():
        WaitlistOffer.objects.create(entry=offer.entry, order=offer.order, expires_at=offer.expires_at)
