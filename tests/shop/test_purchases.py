"""« My purchases »: everything bought, what is left to do first."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.actions import seats
from pupitre.models import User
from tests.counting import questions
from tests.world import a_course, a_person, a_seat, a_session, an_order, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def the_page(client, **filters):
    return client.get(reverse("shop:purchases"), filters)


def rows(response) -> list[tuple[str, int]]:
    """Who sits where, top to bottom, and how many seats each row stands for."""
    return [
        (row.seat.assignment.participant.name if row.seat.assignment else "", row.seats)
        for group in response.context["sessions"]
        for row in group.rows
    ]


def counts(response) -> dict[str, int]:
    return {str(tab["label"]): tab["count"] for tab in response.context["tabs"]}


def test_a_stranger_is_asked_who_they_are(client):
    response = the_page(client)

    assert (response.status_code, response.url) == (302, "/connexion/?next=/mes-achats/")


def test_someone_who_buys_for_nobody_is_told_so(client):
    client.force_login(User.objects.create_user("formatrice@exemple.ca", is_staff=True))

    assert the_page(client).status_code == 403


def test_nothing_bought_leads_to_the_courses(client, owner):
    response = the_page(client)

    assert response.status_code == 200
    assert response.context["bought"].is_empty
    assert reverse("shop:catalogue") in response.content.decode()


def test_free_seats_come_first_then_the_holders_by_name(client, owner):
    session = a_session()
    first, second, _third = seats_bought(owner, session, 3)
    seats.assign(first, a_person(owner, "Luc", "Zénon"), by=owner)
    seats.assign(second, a_person(owner, "Ana", "Abel"), by=owner)

    assert rows(the_page(client)) == [("", 1), ("Ana Abel", 1), ("Luc Zénon", 1)]


def test_many_free_seats_of_a_session_share_a_row(client, owner):
    session = a_session()
    bought = seats_bought(owner, session, 12)
    seats.assign(bought[0], a_person(owner), by=owner)

    response = the_page(client)

    assert rows(response) == [("", 11), ("Benoît Roy", 1)]
    assert response.context["page_obj"].paginator.count == 2


def test_each_part_shows_and_counts_its_own(client, owner):
    coming, past, cancelled = a_session(), a_session(), a_session()
    seats_bought(owner, coming, 2)
    gone, _unused = seats_bought(owner, past, 2)
    seats.assign(gone, a_person(owner), by=owner)
    seats_bought(owner, cancelled, 1)
    past.starts_at, past.ends_at = clock.now() - timedelta(days=2), clock.now() - timedelta(days=1)
    past.save()
    cancelled.cancelled_at = clock.now()
    cancelled.save()

    assert list(counts(the_page(client)).values()) == [2, 2, 2, 1]
    assert rows(the_page(client)) == [("", 1), ("", 1)]
    assert rows(the_page(client, etat="a-assigner")) == [("", 1), ("", 1)]
    assert rows(the_page(client, etat="passees")) == [("", 1), ("Benoît Roy", 1)]
    assert rows(the_page(client, etat="annulees")) == [("", 1)]


def test_seats_are_found_by_course_person_and_order_number(client, owner):
    first_aid = a_seat(owner, a_session(a_course(title_fr="Secourisme en forêt")))
    cooking = a_seat(owner, a_session(a_course(title_fr="Hygiène en cuisine", title_en="Kitchen hygiene")))
    seats.assign(cooking, a_person(owner, "Élise", "Bouchard"), by=owner)

    def found(text):
        return [group.session.course.title_fr for group in the_page(client, q=text).context["sessions"]]

    assert found("forêt") == ["Secourisme en forêt"]
    assert found("Bouchard") == ["Hygiène en cuisine"]
    assert found("bouchard cuisine") == ["Hygiène en cuisine"]
    assert found("kitchen") == ["Hygiène en cuisine"]
    assert found(first_aid.line.order.number) == ["Secourisme en forêt"]
    assert found("n’existe pas") == []


@pytest.mark.parametrize(
    "filters",
    [{"q": "\x00"}, {"q": "x" * 5000}, {"q": "%_'\"<script>"}, {"etat": "n’importe"}, {"page": "-1"}, {"page": "x"}],
)
def test_an_address_typed_by_hand_never_breaks_the_page(client, owner, filters):
    a_seat(owner)

    assert the_page(client, **filters).status_code == 200


def test_a_name_is_written_never_run(client, owner):
    seats.assign(a_seat(owner), a_person(owner, "<script>alert(1)</script>", "أحمد"), by=owner)

    html = the_page(client).content.decode()

    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; أحمد" in html


def test_the_action_of_a_row_is_the_next_thing_to_do(client, owner):
    session = a_session()
    free, held = seats_bought(owner, session, 2)
    seats.assign(held, a_person(owner), by=owner)
    assign = f"{reverse('shop:assignment', args=[session.code])}?place={free.code}"
    replace = reverse("shop:replacement", args=[held.code])

    html = the_page(client).content.decode()
    assert assign in html
    assert replace in html

    with clock.stopped_at(session.replacements_close_at):
        html = the_page(client).content.decode()
    assert assign in html
    assert replace not in html
    assert reverse("shop:seat", args=[held.code]) in html


def test_the_seats_of_others_are_not_shown(client, owner):
    seat = a_seat(an_owner("École du Boisé"))

    assert rows(the_page(client)) == []
    assert client.get(reverse("shop:purchase", args=[seat.session.code])).status_code == 404


def test_a_page_holds_25_rows(client, owner):
    session = a_session(capacity=40)
    seats_bought(owner, session, 30)
    people = [a_person(owner, f"P{number:02}") for number in range(30)]
    seats.assign_several(session, owner.establishment, people, by=owner)

    first, second = the_page(client), the_page(client, page=2)

    assert (len(rows(first)), len(rows(second))) == (25, 5)


def test_the_page_asks_as_many_questions_for_one_row_as_for_three(client, owner):
    asked_for = []
    for _time in range(2):
        for seat in seats_bought(owner, a_session(), 1 if not asked_for else 2):
            seats.assign(seat, a_person(owner), by=owner)
        with questions() as asked:
            the_page(client)
        asked_for.append(len(asked))

    assert asked_for[0] == asked_for[1], asked
    assert asked_for[0] <= 10, asked


# --- the seats of one session ----------------------------------------------------------------------------------------
def test_the_page_of_a_session_shows_every_code(client, owner):
    session = a_session()
    seats_bought(owner, session, 3)
    made = seats.assign_several(session, owner.establishment, [a_person(owner), a_person(owner, "Luc")], by=owner)

    response = client.get(reverse("shop:purchase", args=[session.code]))
    html = response.content.decode()

    assert all(assignment.access_code in html for assignment in made)
    assert reverse("shop:assignment", args=[session.code]) in html
    assert response["Cache-Control"] == "private, no-store"


def test_the_page_of_a_session_asks_as_many_questions_for_one_as_for_three(client, owner):
    session = a_session()
    seats_bought(owner, session, 8)
    asked_for = []
    for number in (1, 3):
        people = [a_person(owner, f"P{number}{index}") for index in range(number)]
        seats.assign_several(session, owner.establishment, people, by=owner)
        with questions() as asked:
            client.get(reverse("shop:purchase", args=[session.code]))
        asked_for.append(len(asked))

    assert asked_for[0] == asked_for[1], asked


def test_all_the_confirmations_come_in_one_document(client, owner):
    session = a_session()
    seats_bought(owner, session, 4)
    address = reverse("shop:confirmations", args=[session.code])
    assert client.get(address).url == reverse("shop:purchase", args=[session.code])

    asked_for = []
    for number in (1, 3):
        people = [a_person(owner, f"P{number}{index}") for index in range(number)]
        seats.assign_several(session, owner.establishment, people, by=owner)
        with questions() as asked:
            response = client.get(address)
        asked_for.append(len(asked))

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["Cache-Control"] == "private, no-store"
    assert asked_for[0] == asked_for[1], asked


def test_an_order_that_was_not_paid_is_found_again(client):
    owner = an_owner()
    client.force_login(owner)
    order = an_order(owner, (a_session(), 2))

    page = client.get(reverse("shop:purchases")).content.decode()

    assert order.number in page
    assert f'href="{order.get_absolute_url()}"' in page
