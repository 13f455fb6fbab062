"""Many people at once, from the page: paste or send, look, correct, assign, hand over the codes."""

import gzip
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from pupitre import clock
from pupitre.actions import moves, seats
from pupitre.actions.lists import MOST_UNUSED
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, Attendance, Participant, PeopleList, Seat
from pupitre.tables import write_workbook
from pupitre.tables.reading import LARGEST_FILE
from tests.counting import questions
from tests.world import a_course, a_person, a_session, an_owner, lines_of, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

TEXT = "Prénom,Nom,Courriel\nAmélie,Gagnon,amelie@ecole.ca\nChantal,Côté,chantal@ecole\nBenoît,Roy,"


@pytest.fixture
def session(owner):
    session = a_session(capacity=600)
    seats_bought(owner, session, 4)
    return session


def gives(client, session, text=TEXT, **sent):
    address = reverse("shop:list_paste", args=[session.code]) if session else reverse("shop:roster_paste")
    return client.post(address, {"text": text} | sent)


def preview(client, session, text=TEXT) -> str:
    """The address of the preview of a list that was given."""
    response = gives(client, session, text)
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def presses(client, address, **typed):
    """The button that assigns, as the page shows it."""
    return client.post(address, {"agreed": client.get(address).context["found"].agreed} | typed)


def seated(session) -> list[str]:
    in_force = Assignment.objects.in_force().filter(session=session)
    return sorted(assignment.participant.name for assignment in in_force)


# --- give a list ------------------------------------------------------------------------------------------------------
def test_a_list_is_given_looked_at_and_used(client, owner, session):
    address = preview(client, session)

    shown = client.get(address).content.decode()
    for words in ("2 prêtes", "1 à corriger", "Personne n’a encore été avisé.", "Assigner les 2 personnes prêtes"):
        assert words in shown
    assert 'href="#email-2"' in shown
    assert 'id="email-2"' in shown
    assert Assignment.objects.count() == 0

    used = client.get(presses(client, address)["Location"]).content.decode()
    assert seated(session) == ["Amélie Gagnon", "Benoît Roy"]
    for assignment in Assignment.objects.all():
        assert assignment.access_code in used
    assert "Il reste 1 ligne de la liste." in used


@pytest.mark.parametrize("name", ["liste.csv", "liste.xlsx"])
def test_a_file_does_as_well(client, owner, session, name):
    content = TEXT.encode()
    if name.endswith("xlsx"):
        content = write_workbook("Liste", TEXT.split("\n")[0].split(","), [["Amélie", "Gagnon", "amelie@ecole.ca"]])

    response = gives(client, session, "", file=SimpleUploadedFile(name, content))

    assert "Amélie Gagnon" in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param({}, "Collez une liste ou choisissez un fichier.", id="nothing"),
        pytest.param({"text": " \n "}, "Collez une liste ou choisissez un fichier.", id="spaces"),
        pytest.param(
            {"text": "Amélie, Gagnon, a@ecole.ca", "file": SimpleUploadedFile("a.csv", b"x")},
            "mais pas les deux",
            id="both",
        ),
        pytest.param({"file": SimpleUploadedFile("a.csv", b"")}, "Ce fichier est vide.", id="an empty file"),
    ],
)
def test_what_cannot_be_read_is_refused_kindly_and_what_was_pasted_is_kept(client, owner, session, sent, said):
    response = client.post(reverse("shop:list_paste", args=[session.code]), sent)

    assert response.status_code == 422
    assert said in response.content.decode()
    assert sent.get("text", "").strip() in response.content.decode()
    assert PeopleList.objects.count() == 0


def test_an_enormous_file_is_refused_unread(client, owner, session, monkeypatch):
    monkeypatch.setattr("pupitre.shop.forms.lists.read_file", None)
    large = SimpleUploadedFile("liste.csv", b"a" * (LARGEST_FILE + 1))

    response = gives(client, session, "", file=large)

    assert response.status_code == 422
    assert "5" in str(response.context["paste"].errors["file"])


def test_an_enormous_paste_is_refused_with_a_sentence(client, owner, session):
    response = gives(client, session, "Amélie, Gagnon, a@ecole.ca\n" * 190_000)

    assert response.status_code == 422
    assert list(response.context["paste"].errors) == ["text"]


def test_the_odd_characters_of_an_old_program_do_no_harm(client, owner, session):
    response = gives(client, session, "Prénom;Nom;Courriel\r\nAm\0élie;Gagnon;a@ecole.ca\0\r\n")

    assert client.get(response["Location"]).context["found"].rows[0].row.name == "Amélie Gagnon"


@pytest.mark.parametrize("name", ["list_model", "roster_model"])
def test_the_model_is_a_workbook_whose_headings_are_read_back(client, owner, session, name):
    response = client.get(reverse(f"shop:{name}", args=[session.code] if name == "list_model" else []))

    assert response["Content-Disposition"].startswith("attachment")
    (headings,) = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert headings == ["Prénom", "Nom", "Adresse courriel", "Service", "Langue des communications"]


# --- the page where seats are assigned --------------------------------------------------------------------------------
def test_the_assignment_page_offers_to_paste_a_list(client, owner, session):
    a_person(owner)

    page = client.get(reverse("shop:assignment", args=[session.code])).content.decode()

    parts = [page.index(f'<h2 id="{part}">') for part in ("from-the-list", "paste-a-list", "new-person")]
    assert parts == sorted(parts)


def test_when_the_list_is_empty_a_new_person_and_the_paste_come_first(client, owner, session):
    page = client.get(reverse("shop:assignment", args=[session.code])).content.decode()

    assert "from-the-list" not in page
    assert page.index("Ajoutez une première personne.") < page.index('"new-person"') < page.index('"paste-a-list"')
    assert page.count("btn main") == 1


def test_more_people_than_seats_says_how_many_and_where_to_buy(client, owner, session):
    people = [a_person(owner, f"Prénom{number}") for number in range(5)]

    response = client.post(
        reverse("shop:assignment", args=[session.code]), {"way": "list", "people": [person.code for person in people]}
    )

    assert response.status_code == 422
    page = response.content.decode()
    assert "Vous avez choisi 5 personnes pour 4 places." in page
    assert f'<a class="btn" href="{session.course.get_absolute_url()}">Acheter d’autres places</a>' in page


# --- look and correct -------------------------------------------------------------------------------------------------
def test_a_row_is_corrected_in_place_then_checked_again(client, owner, session):
    address = preview(client, session)

    response = client.post(address, {"recheck": "1", "email-2": "Chantal@Ecole.ca", "first_name-2": "Chantale"})

    assert response["Location"] == address
    found = client.get(address).context["found"]
    assert [verdict.row.name for verdict in found.ready] == ["Amélie Gagnon", "Chantale Côté", "Benoît Roy"]
    assert found.ready[1].row.email == "chantal@ecole.ca"


def test_people_read_from_one_line_are_each_corrected_by_themselves(client, owner, session):
    address = preview(client, session, "To: Amélie Gagnon <a@x.ca>; Luc Côté <luc@x.ca>; benoit@x.ca; chantal@x.ca")
    shown = client.get(address).content.decode()
    assert [shown.count(f'name="first_name-{number}"') for number in (1, 2, 3, 4)] == [0, 0, 1, 1]

    client.post(address, {"recheck": "1", "first_name-3": "Benoît", "last_name-3": "Roy", "email-3": "benoit@x.ca"})

    rows = client.get(address).context["found"].rows
    assert [(verdict.row.line, verdict.row.name, verdict.row.email) for verdict in rows] == [
        (1, "Amélie Gagnon", "a@x.ca"),
        (1, "Luc Côté", "luc@x.ca"),
        (1, "Benoît Roy", "benoit@x.ca"),
        (1, "", "chantal@x.ca"),
    ]


def test_an_answer_holds_nothing_that_the_database_refuses(client, owner, session):
    a_person(owner, "Élise", "Côté", email="elise@ecole.ca")
    address = preview(client, session, "Elise, Cote, autre@ecole.ca")

    assert client.post(address, {"recheck": "1", "answer-1": "another\0"}).status_code == 302

    assert client.get(address).context["found"].rows[0].is_ready


def test_what_is_typed_is_kept_when_another_page_is_turned_to(client, owner, session):
    address = preview(client, session, lines_of(60).replace("@ecole.ca", "@ecole"))
    assert '<button type="submit" class="btn" name="page" value="2"' in client.get(address).content.decode()

    turned = client.post(address, {"page": "2", "email-1": "corrigee@ecole.ca", "agreed": ""})

    assert turned["Location"] == f"{address}?page=2"
    shown = client.get(turned["Location"])
    assert shown.context["page_obj"].number == 2
    assert [verdict.row.email for verdict in shown.context["found"].ready] == ["corrigee@ecole.ca"]
    assert seated(session) == []


@pytest.mark.parametrize("page", ["x", "-1", "9" * 500, "2&agreed=1"])
def test_a_page_that_does_not_exist_shows_one_that_does(client, owner, session, page):
    address = preview(client, session)

    assert client.post(address, {"page": page}, follow=True).status_code == 200


def test_the_field_that_is_sent_by_a_key_checks_the_list_before_it_turns_the_page(client, owner, session):
    page = client.get(preview(client, session, lines_of(60).replace("@ecole.ca", "@ecole"))).content.decode()

    assert page.index('name="recheck"') < page.index('name="page"')


def test_assigning_with_a_row_just_corrected_shows_the_list_again_first(client, owner, session):
    address = preview(client, session)

    response = presses(client, address, **{"email-2": "chantal@ecole.ca"})

    assert seated(session) == []
    assert "Vos corrections sont enregistrées." in client.get(response["Location"]).content.decode()
    presses(client, address)
    assert len(seated(session)) == 3


def test_rows_sent_back_as_they_were_do_not_stop_the_assignment(client, owner, session):
    address = preview(client, session)

    presses(client, address, **{"first_name-2": "Chantal", "last_name-2": "Côté", "email-2": "chantal@ecole"})

    assert seated(session) == ["Amélie Gagnon", "Benoît Roy"]


def test_what_changed_meanwhile_is_said_and_nothing_is_done(client, owner, session):
    address = preview(client, session)
    agreed = client.get(address).context["found"].agreed
    others = [Newcomer("Luc", f"Lavoie {number}") for number in range(4)]
    seats.assign_several(session, owner.establishment, others, by=owner)

    response = client.post(address, {"agreed": agreed})

    assert response.status_code == 422
    page = response.content.decode()
    assert "Quelque chose a changé" in page
    assert "aucune place libre" in page
    assert f'href="{session.course.get_absolute_url()}">Acheter d’autres places' in page


def test_the_same_form_twice_shows_the_first_result(client, owner, session):
    address = preview(client, session)
    agreed = client.get(address).context["found"].agreed
    client.post(address, {"agreed": agreed})

    again = client.post(address, {"agreed": agreed})

    assert again["Location"] == address
    assert len(seated(session)) == 2
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"agreed": ""},
        {"agreed": "x" * 9000},
        {"agreed": "0", "email-999999": "a@b.ca", "answer-x": "1", "line-1": "2"},
    ],
)
def test_a_form_that_says_nothing_we_showed_does_nothing(client, owner, session, typed):
    address = preview(client, session)

    assert client.post(address, typed).status_code == 422
    assert Assignment.objects.count() == 0


def test_a_list_that_made_room_for_others_says_so(client, owner, session):
    first = preview(client, session)
    for _ in range(MOST_UNUSED):
        preview(client, session)

    page = client.get(first).content.decode()

    assert "ou dès que 20 autres ont été données" in page


def test_a_list_too_old_or_from_elsewhere_is_no_longer_kept(client, owner, session):
    with clock.stopped_at(clock.now() - timedelta(hours=25)):
        old = preview(client, session)
    stranger = an_owner("Ailleurs")
    theirs = PeopleList.objects.create(establishment=stranger.establishment, session=session, made_by=stranger)

    for address in (old, reverse("shop:people_list", args=[session.code, theirs.code])):
        response = client.get(address)
        assert response.status_code == 404
        assert "Cette liste n’est plus gardée" in response.content.decode()


def test_a_stranger_to_the_session_finds_nothing(client, owner, session):
    address = preview(client, session)
    client.force_login(an_owner("Ailleurs"))

    assert client.get(address).status_code == 404
    assert client.get(f"{address}codes.xlsx").status_code == 404
    assert client.get(f"{address}confirmations.pdf").status_code == 404
    assert client.get(reverse("shop:list_paste", args=[session.code])).status_code == 404


def test_hostile_names_are_shown_as_they_are(client, owner, session):
    text = '<script>alert(1)</script>, Roy, a@ecole.ca\n"><img src=x onerror=alert(1)>, , b@ecole'

    page = client.get(preview(client, session, text)).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_five_hundred_people_stay_one_light_page_with_the_problems_first(client, owner, session):
    seats_bought(owner, session, 500)

    response = client.get(preview(client, session, f"{lines_of(499)}\nLuc, Côté, luc@ecole"))

    assert len(gzip.compress(response.content)) <= 10 * 1024
    assert response.context["page_obj"][0].row.last_name == "Côté"
    assert "Assigner les 499 personnes prêtes" in response.content.decode()


def test_a_page_full_of_rows_to_correct_stays_light(client, owner, session):
    rows = lines_of(300).replace("@ecole.ca", "@ecole")

    response = client.get(preview(client, session, rows))

    assert len(gzip.compress(response.content)) <= 10 * 1024


def test_the_preview_asks_as_much_for_one_row_as_for_three(client, owner, session):
    def cost(text):
        address = preview(client, session, text)
        client.get(address)
        with questions() as asked:
            client.get(address)
        return asked

    one, three = cost("Anne, Boily, anne@ecole.ca"), cost(TEXT)

    assert len(one) == len(three) <= 12, "\n".join(sql[:100] for sql in three.asked)


# --- what it gave -----------------------------------------------------------------------------------------------------
def test_the_codes_come_in_one_pdf_and_one_workbook_that_can_be_given_back(client, owner, session):
    address = preview(client, session)
    presses(client, address)

    assert client.get(f"{address}confirmations.pdf").content.startswith(b"%PDF")
    response = client.get(f"{address}codes.xlsx")
    assert response["Cache-Control"] == "private, no-store"
    headings, *rows = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert headings[0] == "Ligne"
    assert [(row[0], row[1], row[2], row[3]) for row in rows] == [
        (2, "Amélie", "Gagnon", "amelie@ecole.ca"),
        (4, "Benoît", "Roy", ""),
    ]
    amelie = Assignment.objects.get(participant__last_name="Gagnon")
    assert rows[0][6:] == [
        amelie.access_code,
        f"{settings.SITE_URL}/acces/{amelie.access_code}/",
        "Courriel en cours d’envoi",
    ]

    back = gives(client, session, "", file=SimpleUploadedFile("codes.xlsx", response.content))
    found = client.get(back["Location"]).context["found"]
    assert {verdict.says for verdict in found.rows} == {"déjà dans cette session"}


def test_the_codes_are_still_told_once_attendance_is_noted(client, owner, session):
    address = preview(client, session)
    presses(client, address)
    Assignment.objects.update(attendance=Attendance.PRESENT, noted_at=clock.now())

    response = client.get(f"{address}codes.xlsx")

    _headings, *rows = CalamineWorkbook.from_filelike(BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert [row[-1] for row in rows] == ["Présent", "Présent"]


def test_someone_moved_since_is_shown_with_the_date_of_their_session(client, owner):
    course = a_course(allows_moves=True)
    session, other = a_session(course), a_session(course, starts_at=clock.now() + timedelta(days=40))
    seats_bought(owner, session, 2)
    address = preview(client, session, "Amélie,Gagnon,amelie@ecole.ca\nBenoît,Roy,benoit@ecole.ca")
    presses(client, address)
    benoit = Seat.objects.with_holders().get(assignments__participant__first_name="Benoît")
    moves.move([benoit], other, agreed_total_cents=0, by=owner)

    page = client.get(address).content.decode()

    amelie_row, benoit_row = (
        page[page.index(name) :].partition("</tr>")[0] for name in ("Amélie Gagnon", "Benoît Roy")
    )
    assert "Place déplacée au" in benoit_row
    assert "Place déplacée au" not in amelie_row


def test_the_result_asks_as_much_for_one_person_as_for_three(client, owner, session):
    def cost(text):
        address = preview(client, session, text)
        presses(client, address)
        client.get(address)
        with questions() as asked:
            assert client.get(address).status_code == 200
        return asked

    one = cost("Anne, Boily, anne@ecole.ca")
    three = cost("Mia, Caron, mia@ecole.ca\nLéo, Dion, leo@ecole.ca\nEva, Émond, eva@ecole.ca")

    assert len(one) == len(three) <= 16, "\n".join(sql[:100] for sql in three.asked)


def test_once_everyone_left_the_result_still_opens_and_the_pdf_says_there_is_none(client, owner, session):
    address = preview(client, session)
    presses(client, address)
    for assignment in Assignment.objects.all():
        seats.release(assignment.seat, by=owner)

    assert client.get(address).status_code == 200
    assert client.get(f"{address}confirmations.pdf")["Location"] == address


# --- the establishment's list -----------------------------------------------------------------------------------------
def test_people_are_put_on_the_list_and_records_corrected_when_ticked(client, owner):
    luc = a_person(owner, "Luc", "Tremblay", email="luc@vieux.ca")
    address = preview(client, None, "Prénom,Nom,Courriel\nLuc,Tremblay,luc@vieux.ca\nAnne,Boily,anne@ecole.ca")
    assert "1 prête" in client.get(address).content.decode()

    done = client.get(presses(client, address)["Location"]).content.decode()

    assert "1 personne ajoutée à la liste" in done
    assert [person.name for person in Participant.objects.all()] == ["Anne Boily", "Luc Tremblay"]
    luc.refresh_from_db()
    assert luc.email == "luc@vieux.ca"


@pytest.mark.parametrize("others", ["", "\nAnne, Boily, anne@ecole.ca"])
def test_an_address_that_a_record_would_get_is_said_to_be_written_to(client, owner, others):
    a_person(owner, "Luc", "Tremblay", email="")
    said = "les confirmations des sessions à venir y sont envoyées"

    assert said in client.get(preview(client, None, f"Luc, Tremblay, luc@ecole.ca{others}")).content.decode()
    only_a_department = "Prénom,Nom,Service\nLuc,Tremblay,Nuit"
    assert said not in client.get(preview(client, None, only_a_department)).content.decode()
    paste = client.get(reverse("shop:roster_paste")).content.decode()
    assert "Aucun courriel n’est envoyé aux personnes ajoutées" in paste


def test_a_list_that_only_corrects_records_has_its_button(client, owner):
    luc = a_person(owner, "Luc", "Tremblay", email="")
    address = preview(client, None, "Luc, Tremblay, luc@ecole.ca")
    assert "Corriger 1 fiche" in client.get(address).content.decode()

    client.post(address, {"agreed": client.get(address).context["found"].agreed, "with_changes": "1"})

    luc.refresh_from_db()
    assert luc.email == "luc@ecole.ca"


def test_five_thousand_people_are_shown_by_pages(client, owner):
    response = client.get(preview(client, None, lines_of(5000)))

    assert len(gzip.compress(response.content)) <= 10 * 1024
    assert len(response.context["page_obj"]) == 50
    assert "Ajouter les 5000 personnes prêtes" in response.content.decode().replace("\xa0", "")


def test_a_session_list_is_not_found_among_those_of_the_establishment(client, owner, session):
    code = preview(client, session).rstrip("/").rpartition("/")[2]

    assert client.get(reverse("shop:roster_list", args=[code])).status_code == 404


def test_once_the_session_has_started_no_list_is_asked_for_nor_used(client, owner):
    session = a_session(starts_at=clock.now() + timedelta(hours=2))
    seats_bought(owner, session, 4)
    address = preview(client, session)
    agreed = client.get(address).context["found"].agreed

    with clock.stopped_at(session.starts_at + timedelta(minutes=1)):
        pasting = client.get(reverse("shop:list_paste", args=[session.code])).content.decode()
        shown = client.get(address).content.decode()
        refused = client.post(address, {"agreed": agreed})

    for page in (pasting, shown):
        assert "La session est commencée." in page
    assert "<textarea" not in pasting
    assert "Amélie Gagnon" in shown
    assert "Assigner les 2 personnes prêtes" not in shown
    assert refused.status_code == 422
    assert seated(session) == []
