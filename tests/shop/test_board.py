"""The seat board: what is looked for, and what is done at once with the seats that are ticked."""

import io
import random
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from pupitre import clock
from pupitre.actions import moves, seats
from pupitre.actions.people import archive
from pupitre.models import Letter, Membership, Role, Seat, User
from pupitre.queries.lots import Part, Wanted
from pupitre.queries.purchases import purchases_of
from tests.counting import questions
from tests.shop.test_purchases import counts, rows, the_page
from tests.world import a_course, a_person, a_seat, a_session, an_order, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def a_delegate(owner, role=Role.DELEGATE, **facts) -> User:
    user = User.objects.create_user(f"{role}@exemple.ca", **{"first_name": "Marc", "last_name": "Aubin"} | facts)
    Membership.objects.create(user=user, establishment=owner.establishment, role=role)
    return user


def an_hour_ago():
    return clock.stopped_at(clock.now() - timedelta(hours=1))


def held(owner, session=None, **facts) -> Seat:
    """A seat whose holder was told an hour ago."""
    seat = a_seat(owner, session)
    with an_hour_ago():
        seats.assign(seat, a_person(owner, **facts), by=owner)
    return seat


def people(response) -> list[str]:
    return [name for name, _seats in rows(response)]


def states(response) -> dict[str, int]:
    return {str(state["label"]): state["count"] for state in response.context["states"]}


def kept(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


# --- the sum ---------------------------------------------------------------------------------------------------------
def test_the_sum_of_the_establishment_and_of_each_session_is_shown(client, owner):
    session = a_session()
    first, *_others = seats_bought(owner, session, 3)
    seats.assign(first, a_person(owner), by=owner)
    a_seat(owner)

    html = client.get(reverse("shop:purchases")).content.decode()

    assert "4 places achetées" in html
    assert "3 places achetées" in html
    assert "2 libres" in html
    assert "3 places achetées" in client.get(reverse("shop:purchase", args=[session.code])).content.decode()


def test_the_sum_stays_whole_whatever_is_looked_for(client, owner):
    held(owner, first_name="Ana")
    held(owner, first_name="Luc")

    response = the_page(client, q="Ana")

    assert response.context["bought"].balance.bought == 2
    assert people(response) == ["Ana Roy"]


# --- what is looked for ----------------------------------------------------------------------------------------------
def test_the_purchases_of_every_buyer_are_there_and_each_can_be_shown_alone(client, owner):
    delegate = a_delegate(owner)
    a_seat(owner)
    a_seat(delegate)

    everyone = the_page(client)
    alone = the_page(client, acheteur=delegate.pk)

    assert len(rows(everyone)) == 2
    assert "Achetée par Marc Aubin" in everyone.content.decode()
    assert len(rows(alone)) == 1
    assert alone.context["sessions"][0].rows[0].seat.line.order.placed_by == delegate


@pytest.mark.parametrize("typed", ["PU-", "pu-", "DEMO-"])
def test_what_begins_every_order_number_finds_nothing_by_itself(client, owner, typed):
    a_seat(owner)

    assert rows(the_page(client, q=typed)) == []


def test_an_order_is_found_by_its_number(client, owner):
    seat = a_seat(owner)
    a_seat(owner)
    order = seat.line.order

    for typed in (order.number, order.number.lower(), order.reference):
        assert len(rows(the_page(client, q=typed))) == 1


def test_seats_are_found_by_state(client, owner):
    free, released, told, lost = seats_bought(owner, a_session(), 4)
    for seat, name in ((released, "Ana"), (told, "Luc"), (lost, "Zoé")):
        seats.assign(seat, a_person(owner, name), by=owner)
    seats.release(released, by=owner)
    Letter.objects.filter(assignment__seat=told).update(state="sent")
    Letter.objects.filter(assignment__seat=lost).update(state="bounced")

    response = the_page(client)

    assert states(response) == {"À assigner": 1, "Libérée": 1, "Courriel envoyé": 1, "Courriel non livré": 1}
    assert people(the_page(client, statut="bounced")) == ["Zoé Roy"]
    assert people(the_page(client, statut="sent")) == ["Luc Roy"]
    assert [row.seat for group in the_page(client, statut="free").context["sessions"] for row in group.rows] == [free]
    assert len(rows(the_page(client, statut="released"))) == 1


def test_locked_goes_across_the_states(client, owner):
    session = a_session()
    seat = held(owner, session)

    with clock.stopped_at(session.replacements_close_at):
        response = the_page(client, statut="locked")
        assert states(response) == {"Courriel en cours d’envoi": 1, "Verrouillée": 1}
        assert [row.seat for group in response.context["sessions"] for row in group.rows] == [seat]
    assert rows(the_page(client, statut="locked")) == []


def test_a_state_of_the_past_opens_the_past(client, owner):
    seat = held(owner)
    seat.session.starts_at, seat.session.ends_at = clock.now() - timedelta(2), clock.now() - timedelta(1)
    seat.session.save()

    assert people(the_page(client, statut="completed")) == ["Benoît Roy"]


def test_seats_are_found_by_course_session_and_department(client, owner):
    course = a_course()
    first, second, other = a_session(course), a_session(course), a_session()
    held(owner, first, first_name="Ana", department="Soins")
    held(owner, second, first_name="Luc", department="Cuisine")
    held(owner, other, first_name="Zoé", department="Soins")

    assert people(the_page(client, cours=course.slug)) == ["Ana Roy", "Luc Roy"]
    assert people(the_page(client, cours=second.code)) == ["Luc Roy"]
    assert people(the_page(client, service="Soins")) == ["Ana Roy", "Zoé Roy"]
    assert people(the_page(client, service="Soins", cours=course.slug, q="ana")) == ["Ana Roy"]
    assert people(the_page(client, service="Soins", cours=second.code)) == []


def test_everything_looked_for_is_kept_by_tabs_pages_and_states(client, owner):
    session = a_session(capacity=60)
    seats_bought(owner, session, 30)
    team = [a_person(owner, f"P{number:02}", department="Soins") for number in range(30)]
    seats.assign_several(session, owner.establishment, team, by=owner)
    asked = {"q": "roy", "service": "Soins", "cours": session.code, "acheteur": str(owner.pk)}

    response = the_page(client, statut="queued", **asked)
    html = response.content.decode()

    expected = {name: [value] for name, value in asked.items()}
    upcoming = next(tab for tab in response.context["tabs"] if tab["is_current"])
    assert kept(upcoming["url"]) == expected | {"etat": ["a-venir"], "statut": ["queued"]}
    assert {name: [str(value)] for name, value in response.context["kept"].items()} == kept(upcoming["url"])
    past = response.context["tabs"][2]
    assert kept(past["url"]) == expected | {"etat": ["passees"]}, "a state that hides everything is left behind"
    assert "page=2" in html
    assert len(rows(the_page(client, page=2, statut="queued", **asked))) == 5
    assert "Effacer les filtres" in html
    assert "Effacer les filtres" not in the_page(client).content.decode()


@pytest.mark.parametrize(
    "filters",
    [
        {"statut": "n’importe"},
        {"statut": "\x00"},
        {"acheteur": "9" * 30},
        {"acheteur": "x"},
        {"cours": "' OR 1=1"},
        {"cours": "x" * 5000},
        {"service": "<script>"},
    ],
)
def test_a_filter_that_makes_no_sense_is_left_out(client, owner, filters):
    a_seat(owner)

    response = the_page(client, **filters)

    assert (response.status_code, len(rows(response))) == (200, 1)


def test_nothing_that_answers_offers_to_clear_the_filters(client, owner):
    held(owner)

    html = the_page(client, q="n’existe pas").content.decode()

    assert "Effacer les filtres" in html
    assert counts(the_page(client, q="n’existe pas")) == dict.fromkeys(counts(the_page(client)), 0)


def test_many_free_seats_share_a_row_by_state(client, owner):
    session = a_session()
    bought = seats_bought(owner, session, 9)
    for seat in bought[:4]:
        seats.assign(seat, a_person(owner), by=owner)
        seats.release(seat, by=owner)

    assert sorted(rows(the_page(client))) == [("", 4), ("", 5)]


def test_the_filtered_page_asks_no_more_questions(client, owner):
    delegate = a_delegate(owner)
    for number in range(3):
        held(delegate if number else owner, department=f"Service {number}")
    with questions() as asked:
        the_page(client, q="roy", acheteur=delegate.pk, statut="queued")

    assert len(asked) <= 10, asked


def test_someone_who_only_assigns_sees_neither_money_nor_what_is_to_be_paid(client, owner):
    seat = held(owner)
    an_order(owner, (a_session(), 1))
    client.force_login(a_delegate(owner, Role.ASSIGNER))

    pages = (
        client.get(reverse("shop:purchases")).content.decode() + client.get(seat.get_absolute_url()).content.decode()
    )

    assert "Benoît Roy" in pages
    for address in (reverse("shop:documents"), "/commande/"):
        assert address not in pages


# --- what is done with the seats that are ticked ---------------------------------------------------------------------
def selected(client, deed, *chosen, address=None, **filters):
    sent = {"deed": deed, "seat": [seat.code for seat in chosen], **filters}
    return client.post(address or reverse("shop:selection"), sent)


def the_message(client, response) -> str:
    return " ".join(str(message) for message in client.get(response.url).context["messages"])


def test_letters_are_sent_again_and_counted(client, owner):
    told, alone, recent = held(owner), held(owner, email=""), a_seat(owner)
    seats.assign(recent, a_person(owner), by=owner)

    response = selected(client, "email", told, alone, recent, a_seat(owner), etat="a-venir", q="x")

    assert response.url == f"{reverse('shop:purchases')}?q=x&etat=a-venir"
    said = the_message(client, response).replace("\xa0", " ")
    assert (
        said == "Courriels : 1 renvoyé, 1 sans adresse, 1 envoyé il y a moins de 5 minutes, 1 sans personne inscrite."
    )
    assert Letter.objects.filter(assignment__seat=told).count() == 2


def test_confirmations_come_in_one_document(client, owner):
    response = selected(client, "pdf", held(owner), held(owner))

    assert response.content.startswith(b"%PDF-")
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("deed", ["email", "pdf"])
def test_nothing_ticked_is_said_kindly(client, owner, deed):
    held(owner)

    assert the_message(client, selected(client, deed)).startswith("Cochez d’abord")
    assert Letter.objects.filter(kind="registration_confirmed").count() == 1


def test_only_free_seats_ticked_gives_no_document(client, owner):
    assert "il n’y a pas de confirmation" in the_message(client, selected(client, "pdf", a_seat(owner)))


def sheet(response) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(response.getvalue())).get_sheet_by_index(0).to_python()


def test_an_export_holds_what_was_ticked_or_else_everything_that_answers(client, owner):
    session = a_session()
    first, second = held(owner, session, first_name="Ana", department="Soins"), held(owner, session, first_name="Luc")
    a_seat(owner, session)
    held(owner, first_name="Zoé")

    ticked = sheet(selected(client, "export", second))
    answering = sheet(selected(client, "export", cours=session.code, etat="a-venir"))

    assert [row[5] for row in ticked[1:]] == ["Luc Roy"]
    assert [row[5] for row in answering[1:]] == ["", "Ana Roy", "Luc Roy"]
    assert answering[0] == [
        "Cours",
        "Date",
        "Heure",
        "Lieu",
        "Statut",
        "Personne inscrite",
        "Adresse courriel",
        "Service",
        "Code d’accès",
        "Achetées par",
        "Commande",
    ]
    code = Seat.objects.with_holders().get(pk=first.pk).assignment.access_code
    assert answering[2][4:] == [
        "Courriel en cours d’envoi",
        "Ana Roy",
        Letter.objects.filter(assignment__seat=first).get().to_email,
        "Soins",
        code,
        "Luce Gagnon",
        first.line.order.number,
    ]


def test_an_export_is_read_and_sent_piece_by_piece(client, owner, monkeypatch):
    monkeypatch.setattr("pupitre.shop.views.selection.READ_AT_ONCE", 2)
    for name in ("Ana", "Luc", "Mia"):
        held(owner, first_name=name)

    response = selected(client, "export")

    assert response.streaming
    assert [row[5] for row in sheet(response)[1:]] == ["Ana Roy", "Luc Roy", "Mia Roy"]


def test_an_export_computes_nothing(client, owner):
    held(owner, first_name='=HYPERLINK("http://x.example","A")', last_name="+1")

    [_headings, row] = sheet(selected(client, "export"))

    assert row[5] == '=HYPERLINK("http://x.example","A") +1'


def test_the_seats_of_others_cannot_be_ticked(client, owner):
    theirs = held(an_owner("École du Boisé"))

    assert "0" in the_message(client, selected(client, "email", theirs))
    assert sheet(selected(client, "export", theirs))[1:] == []
    address = reverse("shop:session_selection", args=[theirs.session.code])
    assert selected(client, "export", address=address).status_code == 404


@pytest.mark.parametrize("codes", [["\x00"], ["x" * 9000], ["'; DROP TABLE"], [""] * 1500])
def test_codes_typed_by_hand_find_nothing(client, owner, codes):
    held(owner)

    response = client.post(reverse("shop:selection"), {"deed": "email", "seat": codes, "acheteur": "x"})

    assert response.status_code == 302


def test_a_selection_is_sent_never_opened(client, owner):
    assert client.get(reverse("shop:selection")).status_code == 405
    assert selected(client, "n’importe quoi", held(owner)).status_code == 302


def test_a_session_has_the_same_deeds(client, owner):
    session = a_session()
    seat, _free = held(owner, session), a_seat(owner, session)
    address = reverse("shop:session_selection", args=[session.code])

    assert len(sheet(selected(client, "export", address=address))) == 3
    assert selected(client, "email", seat, address=address).url == reverse("shop:purchase", args=[session.code])
    assert selected(client, "pdf", seat, address=address).content.startswith(b"%PDF-")


def test_exports_and_documents_ask_as_many_questions_for_one_as_for_three(client, owner):
    for deed in ("export", "pdf"):
        asked_for = []
        for number in (1, 3):
            chosen = [held(owner) for _time in range(number)]
            with questions() as asked:
                selected(client, deed, *chosen)
            asked_for.append(len(asked))
        assert asked_for[0] == asked_for[1], asked


# --- undo ------------------------------------------------------------------------------------------------------------
def undone(client, seat, ended):
    return client.post(reverse("shop:restoration", args=[seat.code]), {"ended": ended})


def test_a_release_is_undone_from_the_board_or_from_the_seat(client, owner):
    seat = held(owner)
    former = seats.release(seat, by=owner)

    for page in (reverse("shop:purchases"), seat.get_absolute_url()):
        html = client.get(page).content.decode()
        assert (reverse("shop:restoration", args=[seat.code]) in html, str(former.uuid) in html) == (True, True)

    response = undone(client, seat, former.uuid)
    assert response.url == seat.get_absolute_url()
    html = client.get(response.url).content.decode()
    assert former.access_code in html
    assert "de nouveau assignée" in html
    assert str(former.uuid) not in client.get(reverse("shop:purchases")).content.decode()


def test_an_undone_replacement_tells_both_names(client, owner):
    seat = held(owner)
    seats.replace(seat, a_person(owner, "Luc", "Zénon"), by=owner)

    html = client.get(reverse("shop:purchases")).content.decode()

    assert "Benoît Roy. La place est maintenant assignée à Luc Zénon." in html


def test_undo_is_no_longer_offered_when_it_would_be_refused(client, owner):
    seat = held(owner)
    former = seats.release(seat, by=owner)
    seats.assign(seat, a_person(owner, "Luc"), by=owner)

    assert client.get(reverse("shop:purchases")).context["undoable"] == []
    response = undone(client, seat, former.uuid)
    assert response.status_code == 422
    assert "assignée à une autre personne depuis" in response.content.decode()


def test_undo_is_not_offered_on_a_seat_that_moved_since(client, owner):
    course = a_course(allows_moves=True)
    session, other = a_session(course), a_session(course)
    seat = held(owner, session)
    seats.release(seat, by=owner)
    moves.move([Seat.objects.with_holders().get(pk=seat.pk)], other, agreed_total_cents=0, by=owner)

    assert client.get(reverse("shop:purchases")).context["undoable"] == []


def test_undo_is_not_offered_for_someone_who_left_the_list_nor_for_whoever_held_the_seat_before(client, owner):
    seat, luc = held(owner), a_person(owner, "Luc")
    seats.replace(seat, luc, by=owner)
    seats.release(seat, by=owner)
    archive(luc, by=owner)

    assert client.get(reverse("shop:purchases")).context["undoable"] == []


def test_undo_is_not_offered_to_someone_with_another_seat_in_the_session(client, owner):
    session = a_session()
    first, second = seats_bought(owner, session, 2)
    benoit = a_person(owner)
    seats.assign(first, benoit, by=owner)
    seats.release(first, by=owner)
    seats.assign(second, benoit, by=owner)

    assert client.get(reverse("shop:purchases")).context["undoable"] == []


@pytest.mark.parametrize("ended", ["", "x", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_an_undo_of_nothing_is_refused_kindly(client, owner, ended):
    response = undone(client, held(owner), ended)

    assert response.status_code == 422
    assert "Il n’y a rien à annuler" in response.content.decode()


def test_the_seats_of_others_cannot_be_given_back_to_their_holders(client, owner):
    theirs = held(stranger := an_owner("École du Boisé"))
    former = seats.release(theirs, by=stranger)

    assert undone(client, theirs, former.uuid).status_code == 404


# --- the story of a seat ---------------------------------------------------------------------------------------------
def test_everything_that_happened_to_a_seat_is_told_in_words(client, owner):
    seat = held(owner)
    benoit = seat.assignments.get().participant
    client.post(
        reverse("shop:person", args=[benoit.code]),
        {"first_name": "Benoit", "last_name": "Roy", "email": "b.roy@exemple.ca", "language": "fr-ca"},
    )
    selected(client, "email", seat)
    seats.replace(seat, a_person(owner, "Luc", "Zénon"), by=owner)
    undone(client, seat, seat.assignments.get(participant=benoit).uuid)
    seats.open_course(seat.assignments.get(participant=benoit))

    response = client.get(seat.get_absolute_url())
    html = response.content.decode()

    verbs = [told.deed.verb for told in response.context["story"]]
    assert {"seat.assigned", "seat.released", "seat.restored", "seat.opened", "participant.corrected"} <= set(verbs)
    assert "Fiche corrigée" in html
    assert "(prénom, adresse courriel)" in html
    assert "Luce Gagnon" in html
    kinds = [(letter.kind, letter.state) for letter in response.context["letters"]]
    assert ("seat_taken_away", "withdrawn") in kinds
    assert "b.roy@" in html


def test_a_correction_made_before_or_after_is_not_of_this_seat(client, owner):
    seat = held(owner)
    seats.release(seat, by=owner)
    benoit = seat.assignments.get().participant
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        client.post(
            reverse("shop:person", args=[benoit.code]),
            {"first_name": "Benoit", "last_name": "Roy", "email": "", "language": "fr-ca"},
        )

    story = client.get(seat.get_absolute_url()).context["story"]

    assert [told.deed.verb for told in story] == ["seat.released", "seat.assigned"]


def test_the_page_of_a_seat_asks_as_many_questions_whatever_happened(client, owner):
    seat, asked_for = held(owner), []
    for number in (1, 3):
        for _time in range(number):
            seats.replace(Seat.objects.get(pk=seat.pk), a_person(owner), by=owner)
        with questions() as asked:
            client.get(seat.get_absolute_url())
        asked_for.append(len(asked))

    assert asked_for[0] == asked_for[1], asked


# --- rows and numbers ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(4))
def test_the_rows_of_all_pages_are_those_counted(owner, seed):
    """Whatever is looked for: no seat is on two pages, none is missing, and the numbers say so."""
    chance = random.Random(seed)
    delegate = a_delegate(owner)
    sessions = [a_session(capacity=60) for _number in range(4)]
    for session in sessions:
        bought = [seat for buyer in (owner, delegate) for seat in seats_bought(buyer, session, chance.randint(1, 12))]
        for seat in chance.sample(bought, len(bought) // 2):
            seats.assign(seat, a_person(owner, department=chance.choice(["", "Soins"])), by=owner)
            if chance.random() < 0.4:
                seats.release(seat, by=owner)
    sessions[0].cancelled_at = clock.now()
    sessions[0].save()
    wishes = [Wanted(), Wanted(text="roy"), Wanted(buyer=owner.pk), Wanted(department="Soins")]
    wishes += [Wanted(state=state, course=chance.choice(sessions).code) for state in ("free", "released", "queued")]

    for wanted in wishes:
        found = purchases_of(owner.establishment, wanted)
        for part in Part:
            first = found.page(part, 1)
            listed = [
                row
                for number in first.paginator.page_range
                for group in found.by_session(found.page(part, number), part)
                for row in group.rows
            ]
            assert len({row.seat.pk for row in listed}) == len(listed) == first.paginator.count
            assert sum(row.seats for row in listed) == found.seats_in(part) == found.seats(part).count()
