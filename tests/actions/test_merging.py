"""The same person twice on the list: one record is kept, and nothing of their history is lost."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import attendance, groups, merging, people, seats
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, Attendance, Deed, Letter, Participant, Seat
from pupitre.queries import books
from tests.world import a_person, a_seat, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def as_it_is(person: Participant) -> Newcomer:
    return Newcomer(person.first_name, person.last_name, person.email, person.language, person.department)


def refused(kept, other, owner) -> str:
    with pytest.raises(merging.Refused) as refusal:
        merging.merge(kept, other, as_it_is(kept), by=owner)
    return refusal.value.code


def test_the_record_kept_takes_over_the_registrations_and_their_codes(owner):
    kept, other = a_person(owner, "Benoît", "Roy"), a_person(owner, "Benoit", "Roy", email="b@exemple.ca")
    first = seats.assign(a_seat(owner), kept, by=owner)
    second = seats.assign(a_seat(owner), other, by=owner)
    code = second.access_code

    merging.merge(kept, other, Newcomer("Benoît", "Roy", "b@exemple.ca", "en", "Cuisine"), by=owner)

    kept.refresh_from_db()
    other.refresh_from_db()
    assert list(Assignment.objects.filter(participant=kept)) == [first, second]
    assert seats.find_by_code(code, address="192.0.2.1").participant == kept
    assert (kept.email, kept.language, kept.department, kept.archived_at) == ("b@exemple.ca", "en", "Cuisine", None)
    assert (other.merged_into, other.archived_at is not None) == (kept, True)
    assert books.disagreements() == []


def test_what_was_done_under_the_other_name_still_names_it(owner):
    kept, other = a_person(owner), a_person(owner, "Benoit", "Roy")
    assignment = seats.assign(a_seat(owner), other, by=owner)
    deed = Deed.objects.get(verb="seat.assigned")

    merging.merge(kept, other, as_it_is(kept), by=owner)

    deed.refresh_from_db()
    assert deed.participant == other
    merged = Deed.objects.get(verb="participant.merged")
    assert (merged.participant, merged.facts) == (other, {"into": kept.code, "registrations": 1, "fields": []})
    assignment.refresh_from_db()
    assert assignment.participant == kept


def test_the_certificate_keeps_its_number_and_its_name(owner):
    session, other = a_session(), a_person(owner, "Benoit", "Roy")
    assignment = seats.assign(a_seat(owner, session), other, by=owner)
    with clock.stopped_at(session.ends_at):
        attendance.note(session, {assignment.pk: Attendance.PRESENT}, by=owner)
    kept, number = a_person(owner), assignment.certificate.number

    merging.merge(kept, other, as_it_is(kept), by=owner)

    certificate = Assignment.objects.get(participant=kept).valid_certificate
    assert (certificate.number, certificate.name) == (number, "Benoit Roy")


def test_two_seats_in_the_same_session_are_two_people_until_one_is_released(owner):
    session = a_session()
    kept, other = a_person(owner), a_person(owner, "Benoit", "Roy")
    seats_bought(owner, session, 2)
    made = seats.assign_several(session, owner.establishment, [kept, other], by=owner)

    assert refused(kept, other, owner) == "both_hold_a_seat"
    other.refresh_from_db()
    assert other.merged_into is None

    seats.release(Seat.objects.get(pk=made[1].seat_id), by=owner)
    merging.merge(kept, other, as_it_is(kept), by=owner)
    assert Assignment.objects.filter(participant=kept).count() == 2


def test_merging_twice_merges_once_and_the_other_way_round_not_at_all(owner):
    kept, other = a_person(owner), a_person(owner, "Benoit", "Roy")

    for _time in range(2):
        merging.merge(kept, other, as_it_is(kept), by=owner)

    assert Deed.objects.filter(verb="participant.merged").count() == 1
    assert refused(other, kept, owner) == "already_merged"
    assert refused(kept, kept, owner) == "not_two_records"
    assert refused(kept, a_person(an_owner("École du Boisé")), owner) == "not_two_records"


def test_a_chain_of_merges_leads_to_the_last_one_kept(owner):
    one, two, three = a_person(owner), a_person(owner), a_person(owner)

    merging.merge(two, one, as_it_is(two), by=owner)
    merging.merge(three, two, as_it_is(three), by=owner)

    assert set(three.merged.all()) == {one, two}


def test_a_record_that_was_merged_gets_no_seat_and_does_not_come_back(owner):
    kept, other = a_person(owner), a_person(owner, "Benoit", "Roy")
    stale = Participant.objects.get(pk=other.pk)
    merging.merge(kept, other, as_it_is(kept), by=owner)

    with pytest.raises(people.WasMerged):
        seats.assign(a_seat(owner), stale, by=owner)
    with pytest.raises(people.WasMerged):
        people.restore(stale, by=owner)


def test_the_account_and_the_groups_go_with_the_registrations(owner):
    oneself, kept = people.on_the_list(owner.establishment, owner), a_person(owner, "Luce", "Gagnon")
    team = groups.make(owner.establishment, "Équipe de nuit", by=owner)
    groups.add(team, [oneself], by=owner)

    merging.merge(kept, oneself, as_it_is(kept), by=owner)

    assert people.on_the_list(owner.establishment, owner) == kept
    assert list(team.people.all()) == [kept]


def test_a_confirmation_still_in_the_post_to_a_former_address_is_written_again(owner):
    kept, other = a_person(owner, email="bonne@exemple.ca"), a_person(owner, email="ancienne@exemple.ca")
    seats.assign(a_seat(owner), other, by=owner)
    posted = seats.assign(a_seat(owner), other, by=owner)
    Letter.objects.filter(assignment=posted).update(state=Letter.State.SENT)

    merging.merge(kept, other, as_it_is(kept), by=owner)

    confirmations = Letter.objects.filter(kind="registration_confirmed")
    assert [letter.to_email for letter in confirmations] == ["ancienne@exemple.ca"] * 2 + ["bonne@exemple.ca"]


def test_a_merge_undone_by_nobody_leaves_the_past_of_the_session_alone(owner):
    """A session gone by counts too: two seats used in it were used by two people."""
    session = a_session(starts_at=clock.now() + timedelta(hours=1))
    kept, other = a_person(owner), a_person(owner)
    seats_bought(owner, session, 2)
    seats.assign_several(session, owner.establishment, [kept, other], by=owner)

    with clock.stopped_at(session.ends_at + timedelta(days=30)):
        assert refused(kept, other, owner) == "both_hold_a_seat"


def test_two_people_are_told_apart_once_whatever_the_order(owner):
    father, son = a_person(owner), a_person(owner)

    merging.tell_apart(son, father, by=owner)
    merging.tell_apart(father, son, by=owner)

    assert list(father.namesakes.all()) == [son]
    assert list(son.namesakes.all()) == [father]
    deed = Deed.objects.get(verb="participant.told_apart")
    assert (deed.participant, deed.facts) == (son, {"from": father.code})


def test_who_was_told_apart_from_a_record_is_told_apart_from_the_one_that_took_it_over(owner):
    kept, other, son = a_person(owner), a_person(owner), a_person(owner)
    merging.tell_apart(other, son, by=owner)

    merging.merge(kept, other, as_it_is(kept), by=owner)

    assert list(son.namesakes.all()) == [kept]


def test_a_mistake_is_put_right_by_merging_what_was_told_apart(owner):
    kept, other = a_person(owner), a_person(owner)
    merging.tell_apart(kept, other, by=owner)

    merging.merge(kept, other, as_it_is(kept), by=owner)

    assert not kept.namesakes.exists()


def test_the_records_of_two_establishments_or_one_record_alone_are_not_told_apart(owner):
    person, stranger = a_person(owner), a_person(an_owner("École du Boisé"))

    for one, two in ((person, stranger), (person, person)):
        with pytest.raises(merging.NotTwoRecords):
            merging.tell_apart(one, two, by=owner)
    assert not Participant.namesakes.through.objects.exists()
