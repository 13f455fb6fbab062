"""The participant: a code, « is this you? », then the course."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pupitre import clock
from pupitre.actions import seats
from pupitre.models import Assignment, Deed, Delivery, Letter
from pupitre.shop.addresses import client_address
from tests.world import a_person, a_seat, a_session, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
ACCESS = "/acces/"


@pytest.fixture
def owner():
    return an_owner("Clinique des Érables")


@pytest.fixture
def assignment(owner):
    return seats.assign(a_seat(owner), a_person(owner), by=owner)


def is_this_you(assignment) -> str:
    return reverse("shop:access_code", args=[assignment.access_code])


def course_of(assignment) -> str:
    return reverse("shop:my_course", args=[assignment.uuid])


def opened(client, assignment):
    """The course page, after the person said yes."""
    return client.post(is_this_you(assignment), {"name": assignment.participant.name}, follow=True)


def test_the_code_leads_to_the_course_in_two_clicks(client, assignment):
    typed = assignment.access_code.lower().replace("-", " ")

    first = client.post(ACCESS, {"code": typed})
    assert first.url == is_this_you(assignment)
    asked = client.get(first.url)
    assert "Benoît Roy" in asked.content.decode()
    assert "Clinique des Érables" in asked.content.decode()
    second = client.post(first.url, {"name": "Benoît J. Roy"})

    assert second.url == course_of(assignment)
    page = client.get(second.url)
    assert page.status_code == 200
    assert "Benoît J. Roy" in page.content.decode()
    assignment.refresh_from_db()
    assert assignment.certificate_name == "Benoît J. Roy"
    assert [deed.verb for deed in Deed.objects.filter(by=None, seat=assignment.seat)] == ["seat.opened"]


def test_following_a_link_changes_nothing(client, assignment):
    rows = (Deed.objects.count(), Letter.objects.count())

    for _scan in range(12):
        assert client.get(is_this_you(assignment)).status_code == 200
        assert client.head(is_this_you(assignment)).status_code == 200

    assert (Deed.objects.count(), Letter.objects.count()) == rows
    assert Assignment.objects.get().opened_at is None
    assert "opened" not in client.session


@pytest.mark.parametrize("path", ["access", "access_code", "my_course"])
def test_these_pages_are_neither_kept_nor_indexed_nor_told_to_others(client, assignment, path):
    opened(client, assignment)
    of = {"access": [], "access_code": [assignment.access_code], "my_course": [assignment.uuid]}[path]

    response = client.get(reverse(f"shop:{path}", args=of))

    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("typed", ["", "K7QF", "K7QF-3M2X-9TBD-4HWO", "' OR 1=1 --", "\x00", "ç" * 5000, "<script>"])
def test_what_is_not_a_code_is_refused_and_kept(client, typed):
    response = client.post(ACCESS, {"code": typed})

    assert response.status_code == 422
    assert response.context["form"]["code"].value() == typed
    assert "<script>" not in response.content.decode()


def test_a_link_with_a_typo_offers_the_field(client):
    response = client.get("/acces/K7QF-3M2X-OOPS/")

    assert response.status_code == 422
    assert 'value="K7QF-3M2X-OOPS"' in response.content.decode()


def test_a_code_replaced_meanwhile_says_so(client, owner, assignment):
    seats.release(assignment.seat, by=owner)

    for response in (
        client.get(is_this_you(assignment)),
        client.post(is_this_you(assignment), {"name": "Benoît Roy"}),
        client.post(ACCESS, {"code": assignment.access_code}),
    ):
        assert response.status_code == 422
        assert response.context["form"].errors["code"] == [str(seats.CodeReplaced())]


def test_fifty_guesses_are_stopped_at_ten(client, assignment):
    statuses = [client.post(ACCESS, {"code": f"K7QF{number}"}).status_code for number in range(50)]

    assert statuses == [422] * 10 + [429] * 40
    stopped = client.post(ACCESS, {"code": assignment.access_code})
    assert stopped.status_code == 429
    assert int(stopped["Retry-After"]) > 0
    elsewhere = client.post(ACCESS, {"code": assignment.access_code}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.url == is_this_you(assignment)


def test_a_name_is_needed_for_the_certificate(client, assignment):
    for name in ("", "x" * 300, "\x00"):
        response = client.post(is_this_you(assignment), {"name": name})
        assert response.status_code == 422
    assert Assignment.objects.get().opened_at is None


def test_a_name_for_the_certificate_is_written_never_run(client, assignment):
    html = client.post(is_this_you(assignment), {"name": "<script>alert(1)</script>"}, follow=True).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


# --- my course -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", ["my_course", "my_calendar", "my_confirmation"])
def test_a_browser_that_gave_no_code_is_asked_for_it(client, assignment, page):
    response = client.get(reverse(f"shop:{page}", args=[assignment.uuid]), follow=True)

    assert response.redirect_chain[-1][0] == ACCESS
    assert assignment.participant.name not in response.content.decode()


def test_the_course_says_when_where_and_what_to_bring(client, owner):
    session = a_session(to_bring_fr="Des vêtements confortables", instructor="Josée Tremblay")
    assignment = seats.assign(a_seat(owner, session), a_person(owner), by=owner)

    html = opened(client, assignment).content.decode()

    assert all(said in html for said in ("Centre communautaire", "Montréal", "Des vêtements", "Josée Tremblay"))
    assert assignment.access_code in html


@pytest.mark.parametrize(("minutes", "is_shown"), [(-16, False), (-15, True), (30, True), (8 * 60, False)])
def test_the_link_to_join_appears_fifteen_minutes_before(client, owner, minutes, is_shown):
    session = a_session(
        delivery=Delivery.ONLINE, online_url="https://salle.exemple.ca/42", city="", venue="", street=""
    )
    assignment = seats.assign(a_seat(owner, session), a_person(owner), by=owner)
    opened(client, assignment)

    with clock.stopped_at(session.starts_at + timedelta(minutes=minutes)):
        html = client.get(course_of(assignment)).content.decode()

    assert ("https://salle.exemple.ca/42" in html) == is_shown


def test_a_registration_released_meanwhile_ends_kindly(client, owner, assignment):
    opened(client, assignment)
    seats.release(assignment.seat, by=owner)

    response = client.get(course_of(assignment))

    assert response.status_code == 410
    assert str(seats.CodeReplaced()) in response.content.decode()
    for page in ("my_calendar", "my_confirmation"):
        assert client.get(reverse(f"shop:{page}", args=[assignment.uuid])).url == course_of(assignment)


@pytest.mark.parametrize(
    ("page", "kind", "begins"),
    [
        ("my_calendar", "text/calendar; charset=utf-8", b"BEGIN:VCALENDAR"),
        ("my_confirmation", "application/pdf", b"%PDF-"),
    ],
)
def test_the_calendar_and_the_confirmation_are_downloaded(client, assignment, page, kind, begins):
    opened(client, assignment)

    response = client.get(reverse(f"shop:{page}", args=[assignment.uuid]))

    assert response.content.startswith(begins)
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["Cache-Control"] == "private, no-store"


def test_a_cancelled_session_is_said_to_be(client, assignment):
    assignment.session.cancelled_at = clock.now()
    assignment.session.save()

    html = opened(client, assignment).content.decode()

    assert reverse("shop:my_calendar", args=[assignment.uuid]) not in html


def test_one_browser_remembers_several_courses_and_another_none(client, owner, assignment):
    other = seats.assign(a_seat(owner), a_person(owner, "Luc"), by=owner)
    opened(client, assignment)
    opened(client, other)

    assert [client.get(course_of(each)).status_code for each in (assignment, other)] == [200, 200]
    assert Client().get(course_of(assignment)).status_code == 302


def test_the_pages_speak_english_too(client, assignment):
    with translation.override("en"):
        address = is_this_you(assignment)
    assert address.startswith("/en/acces/")

    html = client.get(address).content.decode()

    assert "Is this you?" in html


# --- where a visitor comes from --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("proxies", "passed_on", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "10.6.6.6, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_the_address_is_the_one_our_own_proxies_saw(rf, settings, proxies, passed_on, address):
    settings.TRUSTED_PROXIES = proxies

    assert client_address(rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=passed_on)) == address
