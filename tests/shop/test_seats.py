"""Assigning a seat, handing over its code, correcting, replacing, releasing: the owner's pages."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from pupitre import clock
from pupitre.actions import attendance, people, seats
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, Attendance, Certificate, Letter, Participant, Seat
from tests.counting import questions
from tests.world import a_person, a_seat, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
SOMEONE = {"first_name": "Élise", "last_name": "Bouchard", "email": "elise@exemple.ca", "language": "fr-ca"}


@pytest.fixture
def session():
    return a_session()


def assignment_page(session) -> str:
    return reverse("shop:assignment", args=[session.code])


def from_the_list(*people, **more) -> dict:
    return {"way": "list", "people": [person.code for person in people]} | more


def a_new_person(**typed) -> dict:
    return {"way": "new"} | SOMEONE | typed


def held_by(owner, person=None, session=None) -> Seat:
    seat = a_seat(owner, session)
    seats.assign(seat, person or a_person(owner), by=owner)
    return Seat.objects.with_holders().get(pk=seat.pk)


def holder(seat: Seat) -> str:
    held = Seat.objects.with_holders().get(pk=seat.pk).assignment
    return held.participant.name if held else ""


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- assign ----------------------------------------------------------------------------------------------------------
def test_a_person_of_the_list_is_assigned_and_their_code_shown(client, owner, session):
    seat, benoit = a_seat(owner, session), a_person(owner, email="benoit@exemple.ca")

    response = client.post(assignment_page(session), from_the_list(benoit))

    assert response.url == seat.get_absolute_url()
    assert holder(seat) == "Benoît Roy"
    assert len(said(response)) == 1
    page = client.get(response.url)
    assert Assignment.objects.get().access_code in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"


def test_several_people_are_assigned_in_one_go(client, owner, session):
    seats_bought(owner, session, 3)

    response = client.post(assignment_page(session), from_the_list(a_person(owner), a_person(owner, "Luc")))

    assert response.url == reverse("shop:purchase", args=[session.code])
    assert Assignment.objects.count() == 2


def test_the_very_seat_that_was_asked_for_is_assigned(client, owner, session):
    _first, second = seats_bought(owner, session, 2)
    address = f"{assignment_page(session)}?place={second.code}"
    assert second.code in client.get(address).content.decode()

    client.post(address, from_the_list(a_person(owner), place=second.code))

    assert holder(second) == "Benoît Roy"


def test_a_new_person_is_added_to_the_list_and_assigned(client, owner, session):
    seat = a_seat(owner, session)

    client.post(assignment_page(session), a_new_person(email="  ELISE@Exemple.ca "))

    assert holder(seat) == "Élise Bouchard"
    assert Participant.objects.get().email == "elise@exemple.ca"


def test_a_person_without_an_address_is_assigned_too(client, owner, session):
    seat = a_seat(owner, session)

    response = client.post(assignment_page(session), a_new_person(email=""))

    assert response.url == seat.get_absolute_url()
    assert client.get(response.url).status_code == 200


def test_the_owner_registers_themself_in_one_click(client, owner, session):
    seats_bought(owner, session, 2)
    address = reverse("shop:own_registration", args=[session.code])

    response = client.post(address)
    assert response.url == Assignment.objects.get().seat.get_absolute_url()

    again = client.post(address)
    assert again.status_code == 422
    assert Assignment.objects.count() == 1


def test_the_own_registration_of_one_form_counts_once_for_each_session(client, owner, session):
    other, form = a_session(), str(uuid4())
    for each in (session, other):
        seats_bought(owner, each, 2)

    for each in (session, session, other):
        response = client.post(reverse("shop:own_registration", args=[each.code]), {"batch": form})
        assert response.status_code == 302

    assert sorted(Assignment.objects.values_list("session_id", flat=True)) == [session.pk, other.pk]


@pytest.mark.parametrize("choice", ["list", "new"])
def test_the_same_form_sent_twice_shows_the_first_result(client, owner, session, choice):
    seats_bought(owner, session, 3)
    sent = from_the_list(a_person(owner)) if choice == "list" else a_new_person()
    sent["batch"] = str(uuid4())

    first = client.post(assignment_page(session), sent)
    second = client.post(assignment_page(session), sent)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.url == second.url
    assert (Assignment.objects.count(), Participant.objects.count()) == (1, 1)


def test_another_choice_on_the_same_page_is_another_deed(client, owner, session):
    seats_bought(owner, session, 3)
    form = str(uuid4())

    client.post(assignment_page(session), from_the_list(a_person(owner), batch=form))
    client.post(assignment_page(session), from_the_list(a_person(owner, "Luc"), batch=form))

    assert Assignment.objects.count() == 2


def test_a_refusal_keeps_who_was_chosen(client, owner, session):
    a_seat(owner, session)
    benoit, luc = a_person(owner), a_person(owner, "Luc")

    response = client.post(assignment_page(session), from_the_list(benoit, luc))

    assert response.status_code == 422
    assert response.context["choice"].chosen == sorted([benoit.code, luc.code])
    assert response.content.decode().count(" checked") >= 2
    assert Assignment.objects.count() == 0


def test_someone_already_in_the_session_cannot_be_chosen(client, owner, session):
    first, _second = seats_bought(owner, session, 2)
    benoit = a_person(owner)
    seats.assign(first, benoit, by=owner)

    assert f'id="person-{benoit.code}" disabled' in client.get(assignment_page(session)).content.decode()
    assert client.post(assignment_page(session), from_the_list(benoit)).status_code == 422


def test_nobody_of_another_list_can_be_chosen(client, owner, session):
    a_seat(owner, session)
    stranger = a_person(an_owner("École du Boisé"))

    assert client.post(assignment_page(session), from_the_list(stranger)).status_code == 422
    assert stranger.name not in client.get(assignment_page(session)).content.decode()


def test_archived_people_are_not_offered(client, owner, session):
    a_seat(owner, session)
    gone = a_person(owner, "Ancienne", archived_at=clock.now())

    assert "Ancienne" not in client.get(assignment_page(session)).content.decode()
    assert client.post(assignment_page(session), from_the_list(gone)).status_code == 422


def test_an_address_known_under_another_name_is_asked_about_not_refused(client, owner, session):
    seats_bought(owner, session, 3)
    known = a_person(owner, "Marie", "Côté", email="famille@exemple.ca")
    typed = a_new_person(email="famille@exemple.ca")

    asked = client.post(assignment_page(session), typed)
    assert asked.status_code == 422
    assert "Marie Côté" in asked.content.decode()
    assert 'value="Élise"' in asked.content.decode()
    assert Assignment.objects.count() == 0

    client.post(assignment_page(session), typed | {"same_email": known.code})
    assert [assignment.participant for assignment in Assignment.objects.all()] == [known]

    client.post(assignment_page(session), typed | {"same_email": "another"})
    assert Participant.objects.filter(email="famille@exemple.ca").count() == 2


def test_the_same_name_and_address_is_the_same_person(client, owner, session):
    seat, elise = a_seat(owner, session), a_person(owner, "Élise", "Bouchard", email="elise@exemple.ca")

    client.post(assignment_page(session), a_new_person())

    assert Assignment.objects.get(seat=seat).participant == elise


def test_a_list_of_thousands_is_searched_and_keeps_who_is_chosen(client, owner, session):
    seats_bought(owner, session, 3)
    Participant.objects.bulk_create(
        Participant(establishment=owner.establishment, first_name=f"Prénom{n}", last_name=f"Nom{n:04}")
        for n in range(2000)
    )
    chosen, sought = a_person(owner, "Zoé", "Zola"), a_person(owner, "Ana", "Zorro")

    first_names = client.get(assignment_page(session)).context["choice"].shown
    found = client.post(assignment_page(session), {"way": "search", "q": "zorro", "people": [chosen.code]})

    assert len(first_names) == 50
    assert found.status_code == 200
    assert found.context["choice"].shown == [chosen, sought]
    assert f'id="person-{chosen.code}" checked' in found.content.decode()
    assert Assignment.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [
        {"first_name": "x" * 300},
        {"email": "elise@exemple.ca\nBcc: tous@exemple.ca"},
        {"email": "x" * 300 + "@exemple.ca"},
        {"first_name": "\x00"},
        {"first_name": "\u202e\u200b"},
        {"language": "tlh"},
        {"last_name": ""},
    ],
)
def test_what_cannot_be_a_person_is_refused_and_kept(client, owner, session, typed):
    a_seat(owner, session)

    response = client.post(assignment_page(session), a_new_person(**typed))

    assert response.status_code == 422
    assert response.context["newcomer"]["last_name"].value() == typed.get("last_name", "Bouchard")
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("محمد الأمين", "محمد الأمين"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Jean\r\nBcc: tous@exemple.ca", "Jean Bcc: tous@exemple.ca"),
        ("\u202eeugaB", "eugaB"),
        ("O’Néill-Đặng", "O’Néill-Đặng"),
    ],
)
def test_any_name_is_taken_on_one_line_and_written_never_run(client, owner, session, typed, kept):
    seat = a_seat(owner, session)

    client.post(assignment_page(session), a_new_person(first_name=typed))
    html = client.get(seat.get_absolute_url()).content.decode()

    assert Participant.objects.get().first_name == kept
    assert "<script>alert" not in html


@pytest.mark.parametrize("people", [["\x00"], ["'; DROP TABLE"], ["x" * 5000], []])
def test_a_choice_made_by_hand_is_refused(client, owner, session, people):
    a_seat(owner, session)

    for way, expected in (("list", 422), ("search", 200)):
        response = client.post(assignment_page(session), {"way": way, "people": people, "batch": "x", "place": "\x00"})
        assert response.status_code == expected


def test_when_the_session_has_started_the_provider_can_be_asked(client, owner, session):
    a_seat(owner, session)
    benoit = a_person(owner)

    with clock.stopped_at(session.starts_at):
        page = client.get(assignment_page(session))
        refused = client.post(assignment_page(session), from_the_list(benoit))

    assert "Formations du Fleuve" in page.content.decode()
    assert 'name="way" value="list"' not in page.content.decode()
    assert refused.status_code == 422
    assert Assignment.objects.count() == 0


def test_assigning_asks_as_many_questions_for_one_as_for_three(client, owner, session):
    seats_bought(owner, session, 8)
    asked_for = {"page": [], "deed": []}
    for number in (1, 3):
        people = [a_person(owner, f"P{number}{index}") for index in range(number)]
        with questions() as asked:
            client.get(assignment_page(session))
        asked_for["page"].append(len(asked))
        with questions() as asked:
            client.post(assignment_page(session), from_the_list(*people, batch=str(uuid4())))
        asked_for["deed"].append(len(asked))

    assert asked_for["page"][0] == asked_for["page"][1] <= 12
    assert asked_for["deed"][0] == asked_for["deed"][1] <= 13, asked


# --- one seat --------------------------------------------------------------------------------------------------------
PAGES = ["seat", "correction", "replacement", "release", "confirmation"]


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_of_a_seat_are_shut_for_strangers(client, owner, name):
    address = reverse(f"shop:{name}", args=[held_by(an_owner("École du Boisé")).code])

    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).url == f"/connexion/?next={address}"


@pytest.mark.parametrize("name", [*PAGES, "resending"])
def test_a_seat_that_does_not_exist_is_not_found(client, owner, name):
    for code in ("AAAA", "x" * 300):
        assert client.post(reverse(f"shop:{name}", args=[code])).status_code in (404, 405)


def test_the_code_is_large_copied_and_spelled(client, owner):
    seat = held_by(owner)

    html = client.get(seat.get_absolute_url()).content.decode()

    assert f'<code class="ticket__code" translate="no">{seat.assignment.access_code}</code>' in html
    assert ", ".join(seat.assignment.access_code.replace("-", "")) in html


def test_the_confirmation_is_handed_over_as_a_document(client, owner):
    seat = held_by(owner, a_person(owner, "Zoé", 'L’Écuyer/.."\r\n'))

    response = client.get(reverse("shop:confirmation", args=[seat.code]))

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["Cache-Control"] == "private, no-store"


def test_the_letter_is_sent_again_after_a_pause(client, owner):
    seat = held_by(owner)
    address = reverse("shop:resending", args=[seat.code])

    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 422
    with clock.stopped_at(clock.now() + timedelta(minutes=6)):
        assert client.post(address).url == seat.get_absolute_url()
    assert Letter.objects.filter(kind="registration_confirmed").count() == 2


def test_a_letter_that_came_back_is_the_first_thing_to_repair(client, owner):
    seat = held_by(owner)
    Letter.objects.filter(assignment=seat.assignment).update(state=Letter.State.BOUNCED)

    html = client.get(seat.get_absolute_url()).content.decode()

    assert seat.assignment.participant.email in html
    assert reverse("shop:correction", args=[seat.code]) in html


def test_a_correction_keeps_the_code(client, owner):
    seat = held_by(owner)
    code = seat.assignment.access_code
    address = reverse("shop:correction", args=[seat.code])
    assert 'value="Benoît"' in client.get(address).content.decode()

    refused = client.post(address, SOMEONE | {"first_name": "", "email": "pas une adresse"})
    assert refused.status_code == 422
    assert 'value="pas une adresse"' in refused.content.decode()

    client.post(address, SOMEONE)
    assert holder(seat) == "Élise Bouchard"
    assert code in client.get(seat.get_absolute_url()).content.decode()


def test_the_history_of_a_seat_tells_what_was_corrected_after_the_session(client, owner):
    session = a_session()
    [seat] = seats_bought(owner, session, 1)
    held = seats.assign(seat, a_person(owner), by=owner)
    with clock.stopped_at(session.ends_at):
        for answer in (Attendance.ABSENT, None, Attendance.PRESENT):
            attendance.note(session, {held.pk: answer}, by=owner)
        attendance.reissue(Certificate.objects.get(), "Benoît Roi", by=owner)

        page = client.get(seat.get_absolute_url()).content.decode()

    for told in (
        "Absence notée le",
        "Présence remise à noter le",
        "Présence notée le",
        "Attestation émise de nouveau le",
    ):
        assert page.count(told) == 1


def test_the_page_of_a_seat_tells_its_history(client, owner):
    seat = held_by(owner)
    seats.replace(seat, a_person(owner, "Luc", "Bélanger"), by=owner)

    story = client.get(seat.get_absolute_url()).context["story"]

    assert [(told.deed.verb, told.deed.participant.name) for told in story] == [
        ("seat.assigned", "Luc Bélanger"),
        ("seat.released", "Benoît Roy"),
        ("seat.assigned", "Benoît Roy"),
    ]


def test_a_correction_made_from_another_seat_of_its_holder_is_told_too(client, owner):
    seat, other = held_by(owner), a_seat(owner)
    benoit = seat.assignment.participant
    seats.assign(other, benoit, by=owner)
    people.correct(benoit, Newcomer("Benoit", "Roy", benoit.email), by=owner, seat=other)

    story = client.get(seat.get_absolute_url()).context["story"]

    assert [told.deed.verb for told in story] == ["participant.corrected", "seat.assigned"]


# --- replace, release ------------------------------------------------------------------------------------------------
def test_a_known_person_replaces_another_in_three_pages_and_four_clicks(client, owner):
    seat, luc = held_by(owner), a_person(owner, "Luc", "Bélanger")
    address = reverse("shop:replacement", args=[seat.code])
    former = seat.assignment

    first = client.get(address)
    assert "Benoît Roy" in first.content.decode()
    check = client.post(address, from_the_list(luc, leaving=former.uuid))
    html = check.content.decode()
    assert check.status_code == 200
    assert (former.access_code in html, "Luc Bélanger" in html, holder(seat)) == (True, True, "Benoît Roy")

    done = client.post(
        address,
        dict(check.context["kept"]) | {"confirmed": "1", "leaving": former.uuid, "batch": check.context["batch"]},
    )

    assert done.url == seat.get_absolute_url()
    assert holder(seat) == "Luc Bélanger"
    assert former.access_code not in client.get(done.url).content.decode()


def test_a_new_person_replaces_another(client, owner):
    seat = held_by(owner)
    address = reverse("shop:replacement", args=[seat.code])

    check = client.post(address, a_new_person())
    assert dict(check.context["kept"]) == {"way": "new"} | SOMEONE
    assert Participant.objects.count() == 1

    client.post(address, dict(check.context["kept"]) | {"confirmed": "1"})
    assert holder(seat) == "Élise Bouchard"


def test_the_same_replacement_sent_twice_shows_the_first_result(client, owner):
    seat, luc = held_by(owner), a_person(owner, "Luc")
    sent = from_the_list(luc, confirmed="1", batch=str(uuid4()), leaving=seat.assignment.uuid)

    results = [client.post(reverse("shop:replacement", args=[seat.code]), sent).url for _time in range(2)]

    assert results == [seat.get_absolute_url()] * 2
    assert Assignment.objects.count() == 2


def test_a_replacement_by_someone_already_seated_is_refused(client, owner, session):
    seat, other = seats_bought(owner, session, 2)
    benoit, luc = a_person(owner), a_person(owner, "Luc")
    seats.assign(seat, benoit, by=owner)
    seats.assign(other, luc, by=owner)
    address = reverse("shop:replacement", args=[seat.code])

    for sent in (from_the_list(luc, confirmed="1"), from_the_list(benoit, confirmed="1"), from_the_list(luc, benoit)):
        assert client.post(address, sent).status_code == 422
    assert holder(seat) == "Benoît Roy"


def test_a_colleague_who_was_faster_is_noticed(client, owner):
    seat, luc, ana = held_by(owner), a_person(owner, "Luc"), a_person(owner, "Ana")
    shown = seat.assignment
    seats.replace(seat, luc, by=owner)

    replaced = client.post(
        reverse("shop:replacement", args=[seat.code]), from_the_list(ana, confirmed="1", leaving=shown.uuid)
    )
    released = client.post(reverse("shop:release", args=[seat.code]), {"leaving": shown.uuid})

    assert (replaced.status_code, released.status_code) == (422, 422)
    assert "Luc Roy" in replaced.content.decode()
    assert holder(seat) == "Luc Roy"


def test_the_deadline_passes_while_the_page_is_open(client, owner, session):
    seat, luc = held_by(owner, session=session), a_person(owner, "Luc")
    replacement, release = (reverse(f"shop:{name}", args=[seat.code]) for name in ("replacement", "release"))
    assert client.get(replacement).status_code == 200

    with clock.stopped_at(session.replacements_close_at):
        answers = [
            client.post(replacement, from_the_list(luc, confirmed="1")),
            client.post(replacement, from_the_list(luc)),
            client.get(replacement),
            client.post(release),
            client.get(release),
        ]
        page = client.get(seat.get_absolute_url())

    assert [answer.status_code for answer in answers] == [409] * 5
    for answer in answers:
        assert "info@exemple.ca" in answer.content.decode()
        assert '<form method="post" class="row">' not in answer.content.decode()
    assert replacement not in page.content.decode()
    assert holder(seat) == "Benoît Roy"


def test_a_released_seat_is_available_again_and_can_be_assigned(client, owner, session):
    seat = held_by(owner, session=session)
    address = reverse("shop:release", args=[seat.code])
    asked = client.get(address)
    assert seat.assignment.access_code in asked.content.decode()
    assert holder(seat) == "Benoît Roy"

    done = client.post(address, {"leaving": seat.assignment.uuid})
    again = client.post(address, {"leaving": seat.assignment.uuid})

    assert (done.url, again.url) == (seat.get_absolute_url(), seat.get_absolute_url())
    html = client.get(seat.get_absolute_url()).content.decode()
    assert f"{assignment_page(session)}?place={seat.code}" in html
    assert "Benoît Roy" in html
    assert Letter.objects.filter(kind="seat_taken_away").count() == 1


def test_the_page_of_a_seat_asks_as_many_questions_whatever_happened(client, owner):
    seat = held_by(owner)
    asked_for = []
    for _time in range(2):
        with questions() as asked:
            client.get(seat.get_absolute_url())
        asked_for.append(len(asked))
        seats.replace(seat, a_person(owner, "Luc"), by=owner)
        seats.replace(seat, a_person(owner, "Ana"), by=owner)

    assert asked_for[0] == asked_for[1], asked
    assert asked_for[0] <= 13
