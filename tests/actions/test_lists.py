"""Using a list of people: everyone the page showed as ready, all of them or none, once."""

from datetime import timedelta

import pytest
from django.db import connection

from pupitre import clock
from pupitre.actions import lists, merging, people, seats
from pupitre.actions.people import Newcomer
from pupitre.mail import delivery
from pupitre.models import Assignment, Deed, Job, Letter, Participant, PeopleList, Seat
from pupitre.queries.lists import verdicts
from pupitre.worker import tidy
from tests.counting import questions
from tests.world import a_list, a_person, a_session, an_owner, lines_of, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

TEXT = "Prénom,Nom,Courriel\nAmélie,Gagnon,amelie@ecole.ca\nBenoît,Roy,\nChantal,Côté,chantal@ecole"


@pytest.fixture
def session(owner):
    session = a_session(capacity=600)
    seats_bought(owner, session, 4)
    return session


def agreed_and_used(kept, owner, **how):
    return lists.use(kept, agreed=verdicts(kept).agreed, by=owner, **how)


def people_of(owner) -> list[str]:
    return [person.name for person in Participant.objects.of(owner.establishment)]


def holders(session) -> list[str]:
    in_force = Assignment.objects.in_force().filter(session=session)
    return sorted(assignment.participant.name for assignment in in_force)


def test_those_who_are_ready_are_seated_and_the_rest_is_kept_to_go_on_with(owner, session):
    kept = a_list(owner, TEXT, session)

    used = agreed_and_used(kept, owner)

    assert holders(session) == ["Amélie Gagnon", "Benoît Roy"]
    assert sorted(used.lines.values()) == [2, 3]
    assert [row["last_name"] for row in used.rest.rows] == ["Côté"]
    lists.correct(used.rest, {3: {"email": "chantal@ecole.ca"}})
    agreed_and_used(PeopleList.objects.get(pk=used.rest.pk), owner)
    assert holders(session) == ["Amélie Gagnon", "Benoît Roy", "Chantal Côté"]


def test_each_participant_is_written_to_and_the_owner_once(owner, session):
    agreed_and_used(a_list(owner, TEXT, session), owner)

    written = Letter.objects.filter(kind__in=["registration_confirmed", "seats_assigned"])
    assert [(letter.kind, letter.to_email) for letter in written] == [
        ("registration_confirmed", "amelie@ecole.ca"),
        ("seats_assigned", owner.email),
    ]
    summary = delivery.compose(written[1])
    assert "Places assignées\xa0: «\xa0Secourisme en milieu de travail\xa0»" in summary.subject
    assert "2 places sont assignées." in summary.body
    assert "Benoît Roy" in summary.body
    assert "/liste/" in summary.body
    assert "amelie" not in summary.body.lower(), "only those to whom the code is to be handed over are named"


def test_the_summary_is_withdrawn_when_everyone_has_left_since(owner, session):
    used = agreed_and_used(a_list(owner, TEXT, session), owner)
    for assignment in Assignment.objects.filter(batch=used.batch):
        seats.release(Seat.objects.get(pk=assignment.seat_id), by=owner)

    assert not delivery.is_still_true(Letter.objects.get(kind="seats_assigned"))


def test_a_used_list_names_nobody_and_the_same_list_again_changes_nothing(owner, session):
    kept = a_list(owner, TEXT, session)
    agreed = verdicts(kept).agreed
    lists.use(kept, agreed=agreed, by=owner)

    again = lists.use(kept, agreed=agreed, by=owner)

    assert again.rows == []
    assert Assignment.objects.count() == 2
    assert Letter.objects.filter(kind="seats_assigned").count() == 1


def test_what_the_page_did_not_show_is_not_done(owner, session):
    kept = a_list(owner, TEXT, session)
    agreed = verdicts(kept).agreed
    others = [Newcomer("Luc", f"Lavoie {number}") for number in range(3)]
    seats.assign_several(session, owner.establishment, others, by=owner)

    with pytest.raises(lists.ListChanged):
        lists.use(kept, agreed=agreed, by=owner)

    assert len(holders(session)) == 3
    assert len(people_of(owner)) == 3
    assert verdicts(kept).without_seat[0].row.last_name == "Roy"


@pytest.mark.parametrize("happens", ["cancelled", "started"])
def test_a_session_that_takes_nobody_any_more_refuses_the_list_and_adds_nobody(owner, session, happens):
    kept = a_list(owner, TEXT, session)
    if happens == "cancelled":
        session.cancelled_at = clock.now()
    else:
        session.starts_at = clock.now() - timedelta(minutes=1)
    session.save()

    with pytest.raises(seats.SessionCancelled if happens == "cancelled" else seats.SessionStarted):
        agreed_and_used(kept, owner)

    assert people_of(owner) == []
    assert not PeopleList.objects.get().is_used


def test_a_list_with_nobody_ready_is_refused(owner, session):
    with pytest.raises(lists.NobodyReady):
        agreed_and_used(a_list(owner, "Chantal, Côté, chantal@ecole", session), owner)


def test_someone_of_the_list_is_seated_under_their_own_record(owner, session):
    amelie = a_person(owner, "Amélie", "Gagnon", email="amelie@ecole.ca")

    agreed_and_used(a_list(owner, "AMELIE, GAGNON, amelie@ecole.ca", session), owner)

    assert Assignment.objects.get().participant == amelie
    assert len(people_of(owner)) == 1


def test_someone_of_the_archives_is_back_on_the_list(owner, session):
    people.archive(a_person(owner, "Luc", "Tremblay", email="luc@ecole.ca"), by=owner)

    agreed_and_used(a_list(owner, "Luc, Tremblay, luc@ecole.ca", session), owner)

    assert Participant.objects.get().archived_at is None
    assert Deed.objects.filter(verb="participant.restored").count() == 1


def test_a_record_that_was_merged_leads_to_the_one_that_was_kept(owner, session):
    kept_record = a_person(owner, "Élise", "Côté", email="elise@ecole.ca")
    former = a_person(owner, "Lise", "Cotey", email="vieux@ecole.ca")
    merging.merge(kept_record, former, Newcomer("Élise", "Côté", "elise@ecole.ca"), by=owner)

    agreed_and_used(a_list(owner, "Lise, Cotey, vieux@ecole.ca", session), owner)

    assert Assignment.objects.get().participant == kept_record
    former.refresh_from_db()
    assert former.archived_at is not None


def test_new_people_are_put_on_the_list_in_the_language_of_the_page(owner):
    used = agreed_and_used(a_list(owner, TEXT, language="en"), owner)

    assert people_of(owner) == ["Amélie Gagnon", "Benoît Roy"]
    assert Participant.objects.first().language == "en"
    assert used.outcome["added"] == 2
    assert Letter.objects.count() == 0
    assert Deed.objects.filter(verb="participant.added").count() == 2


def test_a_record_merged_since_the_page_was_shown_is_not_brought_back(owner, session):
    kept_record, former = a_person(owner, "Élise", "Côté"), a_person(owner, "Lise", "Cotey", email="vieux@ecole.ca")
    kept = a_list(owner, "Lise, Cotey, vieux@ecole.ca", session)
    agreed = verdicts(kept).agreed
    merging.merge(kept_record, former, Newcomer("Élise", "Côté"), by=owner)

    with pytest.raises(lists.ListChanged):
        lists.use(kept, agreed=agreed, by=owner)


@pytest.mark.parametrize("with_changes", [True, False])
def test_records_are_corrected_only_when_asked_for(owner, session, with_changes):
    luc = a_person(owner, "Luc", "Tremblay", email="")
    seats.assign_several(session, owner.establishment, [luc], by=owner)
    kept = a_list(owner, "Luc, Tremblay, luc@ecole.ca\nAnne, Boily, anne@ecole.ca")

    agreed_and_used(kept, owner, with_changes=with_changes)

    luc.refresh_from_db()
    assert luc.email == ("luc@ecole.ca" if with_changes else "")
    assert ("luc@ecole.ca" in luc.folded) == with_changes
    told = list(Letter.objects.values_list("to_email", flat=True).filter(kind="registration_confirmed"))
    assert told == (["luc@ecole.ca"] if with_changes else [])


def test_a_list_nobody_used_is_deleted_after_a_day(owner, session):
    with clock.stopped_at(clock.now() - timedelta(hours=25)):
        a_list(owner, TEXT, session)
        used = agreed_and_used(a_list(owner, TEXT, session), owner)
    today = a_list(owner, TEXT, session)

    tidy()

    assert set(PeopleList.objects.all()) == {used, today}


def test_an_establishment_leaves_only_so_many_lists_unused(owner):
    kept = [a_list(owner, TEXT) for _ in range(lists.MOST_UNUSED + 2)]
    other = a_list(an_owner("Ailleurs"), TEXT)

    assert set(PeopleList.objects.all()) == {*kept[2:], other}


def test_using_a_list_asks_as_much_for_one_person_as_for_a_hundred():
    def cost(number):
        owner = an_owner()
        session = a_session(capacity=number)
        seats_bought(owner, session, number)
        kept = a_list(owner, lines_of(number), session)
        agreed = verdicts(kept).agreed
        with questions() as asked:
            lists.use(kept, agreed=agreed, by=owner)
        assert Assignment.objects.filter(session=session).count() == number
        return asked

    one, three, hundred = cost(1), cost(3), cost(100)

    # SQLite takes so many values in a statement: a hundred rows are written in two.
    shortened = "\n".join(sql[:100] for sql in hundred.asked)
    assert len(one) == len(three) <= len(hundred) <= 24, shortened
    assert connection.vendor == "sqlite" or len(hundred) == len(three), shortened
    assert Job.objects.filter(kind="letter.post").count() >= 104
