"""What a list of people comes to: who is ready, what is to be corrected, who is left out, and why."""

import time
from datetime import timedelta

import pytest

from pupitre.actions import lists, merging, people, seats
from pupitre.actions.people import Newcomer
from pupitre.models import PeopleList
from pupitre.queries.list_rows import Row, Standing, Verdict, Verdicts
from pupitre.queries.lists import verdicts
from pupitre.tables import PeopleTable, PersonRow
from tests.counting import questions
from tests.world import a_list, a_person, a_session, an_owner, lines_of, names_of, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session(owner):
    session = a_session(capacity=600)
    seats_bought(owner, session, 4)
    return session


def judged(owner, text, session=None) -> list[tuple[int, str, str]]:
    """The line, the standing and what is said of each row."""
    return [
        (each.row.line, each.standing.value, " ".join([each.says, *each.problems.values()]).strip())
        for each in verdicts(a_list(owner, text, session)).rows
    ]


def test_each_row_is_ready_to_correct_or_ignored_and_says_why(owner, session):
    seated = a_person(owner, "Luc", "Tremblay", email="luc@ecole.ca")
    seats.assign_several(session, owner.establishment, [seated], by=owner)
    a_person(owner, "Denise", "Roy", email="denise@ecole.ca")

    assert judged(
        owner,
        "Prénom,Nom,Courriel\n"
        "Amélie,Gagnon,amelie@ecole.ca\n"
        "Denise,Roy,denise@ecole.ca\n"
        "Chantal,Côté,chantal@ecole\n"
        ",,personne@ecole.ca\n"
        "AMELIE,GAGNON,\n"
        "Luc,Tremblay,luc@ecole.ca\n"
        "Jean,,jean@ecole.ca\n",
        session,
    ) == [
        (2, "ready", "nouvelle personne"),
        (3, "ready", "déjà dans la liste\xa0: Denise Roy"),
        (4, "wrong", "L’adresse courriel est incomplète."),
        (5, "wrong", "Le nom manque."),
        (6, "ignored", "comme la ligne 2"),
        (7, "ignored", "déjà dans cette session"),
        (8, "wrong", "Le nom de famille manque."),
    ]


def test_several_addresses_on_the_line_of_one_person_are_to_be_sorted_out(owner, session):
    assert judged(owner, "Amélie\tGagnon\tamelie@ecole.ca\tamelie@maison.ca", session) == [
        (1, "wrong", "Il y a plusieurs adresses courriel. Gardez celle de cette personne.")
    ]


def test_two_people_on_one_line_keep_their_own_addresses(owner, session):
    kept = a_list(owner, "Amélie Gagnon amelie@ecole.ca; Benoît Roy benoit@ecole.ca", session)

    assert [(each.row.name, each.row.email) for each in verdicts(kept).ready] == [
        ("Amélie Gagnon", "amelie@ecole.ca"),
        ("Benoît Roy", "benoit@ecole.ca"),
    ]


def test_those_beyond_the_free_seats_wait_for_one(owner, session):
    seats_bought(owner, session, 496)
    found = verdicts(a_list(owner, lines_of(501), session))

    assert (len(found.ready), len(found.without_seat)) == (500, 1)
    assert found.without_seat[0].row.line == 501
    assert found.without_seat[0].says == "aucune place libre"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("Elise, Cote, autre@ecole.ca", id="other accents and another address"),
        pytest.param("Côté, Élise, autre@ecole.ca", id="swapped names and another address"),
        pytest.param("Élyse, Côté, autre@ecole.ca", id="one letter off"),
        pytest.param("Élisabeth, Tessier, elise@ecole.ca", id="the same address under another name"),
    ],
)
def test_a_name_that_resembles_another_is_asked_about(owner, session, row):
    elise = a_person(owner, "Élise", "Côté", email="elise@ecole.ca")

    (asked,) = verdicts(a_list(owner, row, session)).rows

    assert asked.is_wrong
    assert [value for value, _label in asked.choices] == [elise.code, "another"]


@pytest.mark.parametrize(("answer", "says"), [("record", "déjà dans la liste\xa0: Élise Côté"), ("another", None)])
def test_the_answer_says_who_it_is(owner, session, answer, says):
    elise = a_person(owner, "Élise", "Côté", email="elise@ecole.ca")
    kept = a_list(owner, "Elise, Cote, autre@ecole.ca", session)

    lists.correct(kept, {1: {"answer": elise.code if answer == "record" else answer}})

    (answered,) = verdicts(PeopleList.objects.get()).rows
    assert answered.is_ready
    assert answered.says == (says or "nouvelle personne")


def test_an_answer_that_was_not_offered_is_no_answer(owner, session):
    a_person(owner, "Élise", "Côté", email="elise@ecole.ca")
    stranger = a_person(an_owner("Ailleurs"), "Élise", "Côté")
    kept = a_list(owner, "Elise, Cote, autre@ecole.ca", session)

    lists.correct(kept, {1: {"answer": stranger.code}})

    assert verdicts(PeopleList.objects.get()).rows[0].is_wrong


def test_a_record_that_was_merged_is_never_offered_the_one_that_was_kept_is(owner, session):
    kept = a_person(owner, "Élise", "Côté", email="elise@ecole.ca")
    former = a_person(owner, "Lise", "Cotey", email="vieux@ecole.ca")
    merging.merge(kept, former, Newcomer("Élise", "Côté", "elise@ecole.ca"), by=owner)

    (by_name,) = verdicts(a_list(owner, "Lise, Cotey, vieux@ecole.ca", session)).rows
    (by_letter,) = verdicts(a_list(owner, "Lise, Coteyy, autre@ecole.ca", session)).rows
    (by_address,) = verdicts(a_list(owner, "Anne, Boily, vieux@ecole.ca", session)).rows

    assert (by_name.is_ready, by_name.person.pk) == (True, kept.pk)
    assert by_name.says == "déjà dans la liste\xa0: Élise Côté"
    for asked in (by_letter, by_address):
        assert [value for value, _label in asked.choices] == [kept.code, "another"]


def test_two_records_of_one_name_made_one_are_one_person(owner, session):
    kept, former = a_person(owner, "Élise", "Côté", email="elise@ecole.ca"), a_person(owner, "Élise", "Côté", email="")
    merging.merge(kept, former, Newcomer("Élise", "Côté", "elise@ecole.ca"), by=owner)

    (alone,) = verdicts(a_list(owner, "Élise, Côté", session)).rows
    (with_address,) = verdicts(a_list(owner, "Élise, Côté, elise@ecole.ca", session)).rows
    (elsewhere,) = verdicts(a_list(owner, "Élise, Côté, autre@ecole.ca", session)).rows

    assert [each.person.pk for each in (alone, with_address)] == [kept.pk, kept.pk]
    assert [value for value, _label in elsewhere.choices] == [kept.code, "another"]


def test_an_address_that_several_people_share_asks_nothing(owner, session):
    a_person(owner, "Denise", "Roy", email="info@ecole.ca")

    assert [standing for _line, standing, _says in judged(owner, "Luc, Lavoie, info@ecole.ca", session)] == ["wrong"]
    both = "Luc, Lavoie, info@ecole.ca\nAnne, Boily, info@ecole.ca"
    assert [standing for _line, standing, _says in judged(owner, both, session)] == ["ready", "ready"]


def test_two_people_of_the_list_one_letter_apart_are_two_people(owner, session):
    a_person(owner, "Marie", "Tremblay", email="marie@ecole.ca")

    both = "Marie, Tremblay, marie@ecole.ca\nMario, Tremblay, mario@ecole.ca"

    assert [standing for _line, standing, _says in judged(owner, both, session)] == ["ready", "ready"]


def test_the_same_name_with_two_addresses_in_one_list_is_asked_about(owner, session):
    text = "Benoît, Roy, b1@ecole.ca\nBenoit, Roy, b2@ecole.ca"

    first, second = verdicts(a_list(owner, text, session)).rows

    assert (first.is_ready, second.is_wrong) == (True, True)
    assert [value for value, _label in second.choices] == ["same", "another"]


def test_a_course_at_the_same_time_is_a_warning(owner, session):
    luc = a_person(owner, "Luc", "Tremblay", email="luc@ecole.ca")
    other = a_session(starts_at=session.starts_at + timedelta(hours=1))
    seats_bought(owner, other, 1)
    seats.assign_several(other, owner.establishment, [luc], by=owner)

    (luc_again,) = verdicts(a_list(owner, "Luc, Tremblay, luc@ecole.ca", session)).rows

    assert luc_again.is_ready
    assert luc_again.warning == "a un autre cours en même temps\xa0: Secourisme en milieu de travail"


def test_someone_of_the_archives_comes_back(owner, session):
    people.archive(a_person(owner, "Luc", "Tremblay", email="luc@ecole.ca"), by=owner)

    assert judged(owner, "Luc, Tremblay, luc@ecole.ca", session) == [
        (1, "ready", "dans les archives, de retour dans la liste\xa0: Luc Tremblay")
    ]


def test_for_the_establishment_list_whoever_is_on_it_is_ignored_and_what_would_change_is_said(owner):
    a_person(owner, "Luc", "Tremblay", email="")

    (luc,) = verdicts(a_list(owner, "Luc, Tremblay, luc@ecole.ca")).rows

    assert luc.standing.value == "ignored"
    assert luc.changes_in_words == ["adresse courriel\xa0: — → luc@ecole.ca"]


def test_hostile_names_are_typed_on_one_line_and_harm_nothing(owner, session):
    typed = [
        PersonRow(1, "=CMD()", "<script>alert(1)</script>", "a@ecole.ca", "", ""),
        PersonRow(2, "B\u202eob", "Roy\0", "b@ecole.ca", "", ""),
        PersonRow(3, "x" * 200, "Roy", "", "", ""),
    ]
    table = PeopleTable(tuple(typed), (), False, "")
    kept = lists.keep(table, owner.establishment, session=session, language="fr-ca", by=owner)

    found = verdicts(kept)

    assert found.rows[0].row.last_name == "<script>alert(1)</script>"
    assert found.rows[1].row.name == "Bob Roy"
    assert found.rows[2].is_wrong


def test_what_is_agreed_to_is_told_at_once_however_many_records_would_change():
    rows = (Row(n, "Luc", f"Roy {n}", number=n) for n in range(5000))
    found = Verdicts(tuple(Verdict(row, Standing.IGNORED, changes={"department": "Nuit"}) for row in rows), free=None)

    started = time.process_time()
    assert found.agreed

    assert time.process_time() - started < 1


@pytest.mark.parametrize("for_session", [True, False])
def test_the_number_of_questions_does_not_depend_on_the_number_of_people(owner, session, for_session):
    def cost(number):
        for first_name, last_name, email in names_of(number):
            a_person(owner, first_name, last_name, email=email)
        kept = a_list(owner, lines_of(number), session if for_session else None)
        with questions() as asked:
            verdicts(kept)
        return asked

    one, three, hundred = cost(1), cost(3), cost(100)

    assert len(one) == len(three) == len(hundred) <= 4, "\n".join(sql[:100] for sql in hundred.asked)
