"""Who was there: the page of a session in the back office."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.actions import seats
from pupitre.models import Assignment, Certificate, Deed, Participant
from tests.counting import questions
from tests.office.pages import text
from tests.world import a_person, a_session, an_owner, seats_bought

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(owner, operator):
    """Three people of two establishments, registered in a session that began an hour ago."""
    start = clock.now() - timedelta(hours=1)
    other = an_owner("École du Boisé")
    with clock.stopped_at(start - timedelta(days=3)):
        session = a_session(starts_at=start)
        for buyer, names in ((owner, ("Ana", "Luc")), (other, ("Zoé",))):
            seats_bought(buyer, session, len(names))
            chosen = [a_person(buyer, name, "Roy") for name in names]
            seats.assign_several(session, buyer.establishment, chosen, by=buyer)
    return session


def page_of(session) -> str:
    return reverse("admin:attendance", args=[session.pk])


def answers(*said) -> dict[str, str]:
    held = Assignment.objects.order_by("participant__first_name")
    return {f"a{each.pk}": answer for each, answer in zip(held, said, strict=True)}


def noted() -> list[str | None]:
    return list(Assignment.objects.order_by("participant__first_name").values_list("attendance", flat=True))


def test_everyone_of_every_establishment_is_listed_and_noted_in_one_form(client, session):
    shown = text(client.get(page_of(session)))
    for expected in ("Ana Roy", "Luc Roy", "Zoé Roy", "École du Boisé", "Inscriptions : 3. Présences : 0."):
        assert expected in shown

    answer = client.post(page_of(session), answers("present", "absent", "present"), follow=True)

    assert "Inscriptions : 3. Présences : 2." in text(answer)
    assert noted() == ["present", "absent", "present"]
    assert Certificate.objects.count() == 2


def test_a_misspelt_certificate_is_issued_again_under_the_name_of_the_list(client, session):
    client.post(page_of(session), answers("present", "present", "present"))
    certificate = Certificate.objects.get(name="Ana Roy")
    Participant.objects.filter(first_name="Ana").update(first_name="Anaïs")
    page = reverse("admin:certificate_name", args=[certificate.pk])
    assert page in client.get(reverse("admin:pupitre_certificate_change", args=[certificate.pk])).content.decode()

    shown = text(client.get(page))
    answer = client.post(page, {"name": "Anaïs Roy"}, follow=True)

    assert "Ana Roy" in shown
    assert "Anaïs Roy" in text(answer)
    certificate.refresh_from_db()
    assert certificate.name == "Anaïs Roy"
    assert client.post(page, {"name": " "}).status_code == 422


def test_everyone_present_is_a_page_to_correct_and_changes_nothing_by_itself(client, session):
    html = client.get(page_of(session) + "?tous=1").content.decode()

    assert html.count("checked") == 3
    assert noted() == [None] * 3


def test_a_row_left_empty_stays_to_note_and_nonsense_is_refused(client, session):
    client.post(page_of(session), answers("present", "", ""))
    refused = client.post(page_of(session), answers("present", "peut-être", "absent"))

    assert refused.status_code == 422
    assert noted() == ["present", None, None]


def test_an_answer_can_be_taken_back_where_no_certificate_was_issued(client, session):
    client.post(page_of(session), answers("present", "absent", ""))

    assert client.get(page_of(session)).content.decode().count('value="none"') == 1
    assert client.post(page_of(session), answers("none", "absent", "")).status_code == 422
    client.post(page_of(session), answers("present", "none", ""))

    assert noted() == ["present", None, None]


def test_a_week_later_the_page_is_locked_until_asked_for_knowingly(client, session):
    with clock.stopped_at(session.ends_at + timedelta(days=7)):
        html = client.get(page_of(session)).content.decode()
        assert "?apres-coup=1" in html
        assert 'type="submit"' not in html.partition("office-form")[2]
        assert client.post(page_of(session), answers("present", "absent", "absent")).status_code == 409
        assert noted() == [None] * 3

        client.post(page_of(session) + "?apres-coup=1", answers("present", "absent", "absent"))

    assert noted() == ["present", "absent", "absent"]
    assert {deed.facts.get("late") for deed in Deed.objects.filter(verb="attendance.noted")} == {True}


def test_nothing_to_note_before_the_session(client, operator):
    session = a_session()

    assert "une fois la session commencée" in text(client.get(page_of(session)))
    assert client.post(page_of(session)).status_code in (200, 302)
    assert (
        page_of(session)
        not in client.get(reverse("admin:pupitre_coursesession_change", args=[session.pk])).content.decode()
    )


def test_the_session_leads_to_it_and_only_staff_get_there(client, session, owner):
    change = reverse("admin:pupitre_coursesession_change", args=[session.pk])
    assert page_of(session) in client.get(change).content.decode()

    client.force_login(owner)
    assert client.get(page_of(session)).status_code in (302, 403)


def test_the_page_asks_as_many_questions_whatever_the_room(client, session, owner):
    with questions() as asked:
        client.get(page_of(session))
    before = len(asked)
    Assignment.objects.exclude(participant__first_name="Ana").update(
        released_at=clock.now(), assigned_at=clock.now() - timedelta(days=1)
    )
    with questions() as asked:
        client.get(page_of(session))
    assert len(asked) == before
