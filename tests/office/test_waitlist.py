"""The provider sees who waits: how many for each session, and the queue itself."""

import pytest
from django.urls import reverse

from pupitre.actions import waitlist
from tests.counting import questions
from tests.world import a_session, an_order, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(provider):
    session = a_session(capacity=1)
    an_order(an_owner(), (session, 1))
    session.refresh_from_db()
    return session


def waits(session, establishment):
    owner = an_owner(establishment)
    return waitlist.ask(session, owner.establishment, 1, together=False, by=owner)


def queue(session):
    return f"{reverse('admin:pupitre_waitlistentry_changelist')}?session={session.pk}"


def test_the_list_of_sessions_says_how_many_wait_and_leads_to_them(client, operator, full):
    waits(full, "Clinique du Parc")
    waits(full, "Bistro du Coin")

    page = client.get(reverse("admin:pupitre_coursesession_changelist")).content.decode()

    assert f'<a href="{queue(full)}&amp;standing=waiting">2</a>' in page


def test_the_queue_of_a_session_is_in_the_order_of_asking(client, operator, full):
    waits(full, "Clinique du Parc")
    waits(full, "Bistro du Coin")
    other = a_session(capacity=1)
    an_order(an_owner(), (other, 1))
    other.refresh_from_db()
    waits(other, "Garderie des Pins")

    page = client.get(queue(full)).content.decode()

    assert page.index("Clinique du Parc") < page.index("Bistro du Coin")
    assert "Garderie des Pins" not in page


def test_the_page_of_a_session_leads_to_its_queue(client, operator, full):
    waits(full, "Clinique du Parc")

    page = client.get(reverse("admin:pupitre_coursesession_change", args=[full.pk])).content.decode()

    assert f'<a href="{queue(full)}&amp;standing=waiting">1</a>' in page


def test_nobody_is_moved_in_the_queue_by_hand(client, operator, full):
    entry = waits(full, "Clinique du Parc")
    address = reverse("admin:pupitre_waitlistentry_change", args=[entry.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"quantity": 3}).status_code == 403


def test_who_no_longer_waits_is_found_apart(client, operator, full):
    left = waits(full, "Clinique du Parc")
    waits(full, "Bistro du Coin")
    waitlist.leave(full, left.establishment, by=left.asked_by)

    ended = client.get(f"{queue(full)}&standing=ended").content.decode()
    waiting = client.get(f"{queue(full)}&standing=waiting").content.decode()

    assert ("Clinique du Parc" in ended, "Bistro du Coin" in ended) == (True, False)
    assert ("Clinique du Parc" in waiting, "Bistro du Coin" in waiting) == (False, True)


def test_a_queue_of_three_asks_no_more_than_a_queue_of_one(client, operator, full):
    waits(full, "Clinique du Parc")
    client.get(queue(full))
    with questions() as one:
        client.get(queue(full))
    for name in ("Bistro du Coin", "Garderie des Pins"):
        waits(full, name)

    with questions() as three:
        client.get(queue(full))

    assert len(one) == len(three)
