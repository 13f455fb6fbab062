"""The catalogue and the page of a course: what a visitor without an account sees and does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.models import CartLine
from tests.world import a_course, a_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def titles(response) -> list[str]:
    return [offer.course.title_fr for offer in response.context["page_obj"]]


def test_the_soonest_course_comes_first_and_one_without_a_date_comes_last(client):
    a_course(title_fr="Sans date")
    a_session(a_course(title_fr="Dans un mois"), starts_at=clock.now() + timedelta(days=30))
    a_session(a_course(title_fr="Demain"), starts_at=clock.now() + timedelta(days=1))

    response = client.get(reverse("shop:catalogue"))

    assert titles(response) == ["Demain", "Dans un mois", "Sans date"]


def test_what_is_not_published_is_not_found(client):
    hidden = a_course(published_at=None)

    assert titles(client.get(reverse("shop:catalogue"))) == []
    assert client.get(hidden.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("typed", ["hygiène", "HYGIENE", "  salubrite  hygiene ", "food"])
def test_words_are_found_without_accents_capitals_or_the_right_language(client, typed):
    a_course(title_fr="Secourisme")
    a_course(title_fr="Hygiène et salubrité", title_en="Food safety")

    assert titles(client.get(reverse("shop:catalogue"), {"q": typed})) == ["Hygiène et salubrité"]


def test_filters_keep_the_courses_that_have_such_a_session(client):
    a_session(a_course(title_fr="À Montréal"), city="Montréal")
    a_session(a_course(title_fr="À Gaspé"), city="Gaspé")
    a_session(a_course(title_fr="En ligne"), delivery="online", city="", venue="", province="")

    catalogue = reverse("shop:catalogue")
    assert titles(client.get(catalogue, {"lieu": "Gaspé"})) == ["À Gaspé"]
    assert titles(client.get(catalogue, {"mode": "online"})) == ["En ligne"]
    assert titles(client.get(catalogue, {"mode": "online", "lieu": "Gaspé"})) == []


@pytest.mark.parametrize(
    "filters", [{"mode": "'; DROP"}, {"mois": "2026-99"}, {"lieu": "x" * 300}, {"q": "<script>"}, {"page": "-1"}]
)
def test_a_filter_that_makes_no_sense_is_left_out(client, filters):
    a_session()

    response = client.get(reverse("shop:catalogue"), filters)

    assert response.status_code == 200
    assert b"<script>" not in response.content.replace(b"<script src", b"").replace(b"<script type", b"")


def test_a_full_session_cannot_be_chosen_and_a_past_one_is_not_shown(client):
    course = a_course()
    full = a_session(course, capacity=1, taken=1)
    past = a_session(course, starts_at=clock.now() - timedelta(days=1))

    response = client.get(course.get_absolute_url())

    assert [session.code for session in response.context["sessions"]] == [full.code]
    assert past.code not in response.content.decode()
    assert not response.context["has_room"]


def test_choosing_a_session_puts_it_in_the_cart(client):
    session = a_session()

    response = client.post(session.course.get_absolute_url(), {"session": session.code, "quantity": "3"})

    assert response.status_code == 302
    assert list(CartLine.objects.values_list("session", "quantity")) == [(session.pk, 3)]


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1000000000", "99999999999999999999", "trois", "", "21"])
def test_a_number_that_cannot_be_is_refused_and_kept_as_typed(client, typed):
    session = a_session(capacity=20)

    response = client.post(session.course.get_absolute_url(), {"session": session.code, "quantity": typed})

    assert response.status_code == 422
    assert response.context["form"]["quantity"].value() == typed
    assert response.context["form"]["session"].value() == session.code
    assert not CartLine.objects.exists()


def test_a_session_of_another_course_is_not_a_choice(client):
    session, other = a_session(), a_session()

    response = client.post(session.course.get_absolute_url(), {"session": other.code, "quantity": "1"})

    assert response.status_code == 422


def test_every_page_speaks_english_under_en(client):
    address = a_session().course.get_absolute_url()

    french = client.get(address).content.decode()
    english = client.get(f"/en{address}").content.decode()

    assert '<html lang="fr-CA"' in french
    assert '<html lang="en-CA"' in english
    assert "Workplace first aid" in english
    assert f'href="/en{address}"' in french
    assert f'href="{address}"' in english
