"""The establishment’s list: people are known by being on it, not by an address."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from pupitre import clock
from pupitre.actions import merging, people, seats
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, Course, CourseSession, Deed, Letter, Membership, Participant, Role, User
from tests.counting import questions
from tests.world import PASSWORD, a_course, a_person, a_seat, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def test_a_new_user_owns_the_establishment_they_open():
    user = User.objects.create_user("Direction@Exemple.CA", PASSWORD)

    clinic = people.open_establishment(user, "Clinique des Érables")

    assert user.email == "direction@exemple.ca"
    assert user.establishment == clinic
    assert list(Membership.objects.values_list("user", "role")) == [(user.pk, Role.OWNER)]


def test_a_person_may_have_no_address_or_share_one(owner):
    alone = people.add(owner.establishment, Newcomer("Rose", "Roy"), by=owner)
    first = people.add(owner.establishment, Newcomer("Luc", "Roy", "famille@exemple.ca"), by=owner)
    second = people.add(owner.establishment, Newcomer("Ève", "Roy", "famille@exemple.ca"), by=owner)

    assert alone.email == ""
    assert list(Participant.objects.filter(email="famille@exemple.ca").order_by("pk")) == [first, second]


def test_oneself_is_put_on_the_list_once(owner):
    first = people.on_the_list(owner.establishment, owner)
    second = people.on_the_list(owner.establishment, owner)

    assert first == second
    assert (first.first_name, first.last_name, first.email) == ("Luce", "Gagnon", owner.email)


def test_a_user_without_a_name_is_called_by_their_address(owner):
    User.objects.filter(pk=owner.pk).update(first_name="", last_name="")
    owner.refresh_from_db()

    assert people.on_the_list(owner.establishment, owner).first_name == owner.email.partition("@")[0]


class TestCorrecting:
    def corrected(self, person, **changes):
        known = {field: getattr(person, field) for field in ("first_name", "last_name", "email", "language")}
        return Newcomer(**known | changes)

    def test_a_name_is_repaired_and_the_code_stays(self, owner):
        person = a_person(owner, "Benoit", "Roi")
        assignment = seats.assign(a_seat(owner), person, by=owner)
        code = assignment.access_code

        people.correct(person, self.corrected(person, first_name="Benoît", last_name="Roy"), by=owner)

        assignment = Assignment.objects.get()
        assert (assignment.participant.name, assignment.access_code) == ("Benoît Roy", code)
        assert Letter.objects.filter(kind="registration_confirmed").count() == 1
        deed = Deed.objects.get(verb="participant.corrected")
        assert deed.facts == {"fields": ["first_name", "last_name"]}

    def test_a_new_address_gets_every_coming_confirmation_again(self, owner):
        person = a_person(owner, email="benoit@exmeple.ca")
        first, second, past = a_session(), a_session(), a_session()
        for session in (first, second, past):
            seats.assign(a_seat(owner, session), person, by=owner)
        CourseSession.objects.filter(pk=past.pk).update(starts_at=clock.now() - timedelta(days=1))

        people.correct(person, self.corrected(person, email="benoit@exemple.ca"), by=owner)

        again = Letter.objects.filter(to_email="benoit@exemple.ca").order_by("session_id")
        assert [(letter.kind, letter.session) for letter in again] == [
            ("registration_confirmed", first),
            ("registration_confirmed", second),
        ]

    def test_twice_to_another_address_writes_twice(self, owner):
        person = a_person(owner)
        seats.assign(a_seat(owner), person, by=owner)

        people.correct(person, self.corrected(person, email="un@exemple.ca"), by=owner)
        people.correct(person, self.corrected(person, email="deux@exemple.ca"), by=owner)

        addresses = (
            Letter.objects.filter(kind="registration_confirmed").order_by("pk").values_list("to_email", flat=True)
        )
        assert list(addresses) == [person.email, "un@exemple.ca", "deux@exemple.ca"]

    def test_an_address_taken_away_writes_to_nobody(self, owner):
        person = a_person(owner)
        seats.assign(a_seat(owner), person, by=owner)

        people.correct(person, self.corrected(person, email=""), by=owner)

        assert Letter.objects.filter(kind="registration_confirmed").count() == 1

    def test_a_record_merged_meanwhile_is_left_alone(self, owner):
        kept, other = a_person(owner), a_person(owner, "Benoit")
        merging.merge(kept, other, self.corrected(kept), by=owner)

        with pytest.raises(people.WasMerged):
            people.correct(other, self.corrected(other, first_name="Luc"), by=owner)

    def test_nothing_changed_nothing_is_written(self, owner):
        person = a_person(owner)

        people.correct(person, self.corrected(person), by=owner)

        assert list(Deed.objects.filter(verb="participant.corrected")) == []


class TestArchiving:
    def test_a_person_leaves_the_list_and_comes_back(self, owner):
        person = a_person(owner)

        people.archive(person, by=owner)
        assert list(Participant.objects.current()) == []

        people.restore(person, by=owner)
        assert list(Participant.objects.current()) == [person]

    def test_not_while_they_hold_a_seat_in_a_coming_session(self, owner):
        person = a_person(owner, "Benoît", "Roy")
        seat = a_seat(owner)
        seats.assign(seat, person, by=owner)

        with pytest.raises(people.HoldsASeat) as refused:
            people.archive(person, by=owner)
        assert "Benoît Roy" in str(refused.value)

        seats.release(seat, by=owner)
        people.archive(person, by=owner)

    def test_a_past_session_is_no_obstacle(self, owner):
        person, session = a_person(owner), a_session()
        seats.assign(a_seat(owner, session), person, by=owner)
        CourseSession.objects.update(starts_at=clock.now() - timedelta(days=1))

        people.archive(person, by=owner)

        assert list(Participant.objects.current()) == []


def test_many_people_change_department_in_as_many_questions_as_one(owner):
    everyone = [a_person(owner, name) for name in ("Ana", "Luc", "Marie", "Noé")]
    asked_for = []
    for moved in (everyone[:1], everyone[1:]):
        with questions() as asked:
            people.move_to_department(moved, "Cuisine", by=owner)
        asked_for.append(len(asked))

    assert asked_for[0] == asked_for[1] <= 6
    assert list(Participant.objects.current().matching("cuisine")) == everyone
    assert Deed.objects.filter(verb="participant.corrected").count() == 4


@pytest.mark.parametrize("typed", ["l'ecuyer", "L’Écuyer", "lʼécuyer"])
@pytest.mark.parametrize("written", ["L’Écuyer", "L'Écuyer", "Lʼécuyer"])
def test_an_apostrophe_is_an_apostrophe(owner, written, typed):
    person = a_person(owner, "Hélène", written)

    assert list(Participant.objects.matching(typed)) == [person]


def test_lists_kept_before_are_folded_as_today(owner):
    person, session = a_person(owner, "Hélène", "L’Écuyer", email=""), a_session(a_course(title_fr="L’accueil"))
    Participant.objects.update(folded="l’ecuyer helene")
    Course.objects.update(folded="l’accueil")

    import_module("pupitre.migrations.0004_owners_desk").fold_again(apps, None)

    assert list(Participant.objects.known_as([person.known_as])) == [person]
    assert list(Course.objects.filter(folded__startswith="l'accueil")) == [session.course]


def test_finding_people_by_every_word_typed(owner):
    benoit = a_person(owner, "Benoît", "Roy", email="b.roy@exemple.ca")
    a_person(owner, "Benoît", "Gagnon", email="bg@exemple.ca")
    stranger = a_person(an_owner(), "Benoît", "Roy")

    mine = Participant.objects.of(owner.establishment)

    assert list(mine.matching("benoît roy")) == [benoit]
    assert list(mine.matching("b.roy@")) == [benoit]
    assert stranger not in mine


def test_a_long_list_is_seated_in_about_as_many_questions_as_a_short_one(owner):
    def cost(number):
        session = a_session(capacity=number)
        seats_bought(owner, session, number)
        establishment = owner.establishment
        crowd = [Newcomer(f"Personne {n}", "Roy", f"p{n}@exemple.ca") for n in range(number)]
        with questions() as asked:
            seats.assign_several(session, establishment, crowd, by=owner)
        return len(asked)

    # SQLite takes 999 values at a time: the rows are written by batches.
    batches = 0 if connection.vendor == "postgresql" else 20
    assert cost(3) <= 12
    assert cost(300) <= 12 + batches
