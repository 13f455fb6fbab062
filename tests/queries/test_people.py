"""Whom to give a seat to, who may be on the list twice, and what the register says."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import attendance, groups, merging, people, seats
from pupitre.models import Attendance, Participant
from pupitre.queries.duplicates import likely_pairs
from pupitre.queries.people import departments, people_to_suggest
from pupitre.queries.people import groups as groups_of
from pupitre.queries.register import Register
from tests.counting import questions
from tests.world import a_course, a_person, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def an_old_course(**facts):
    return a_course(published_at=clock.now() - timedelta(days=900), **facts)


def took(owner, course, *people, days_ago, attendance_noted=Attendance.PRESENT):
    """A session of a course, so many days ago, that these people took part in, or did not."""
    then = clock.now() - timedelta(days=days_ago)
    with clock.stopped_at(then - timedelta(days=3)):
        session = a_session(course, starts_at=then)
        seats_bought(owner, session, len(people))
        made = seats.assign_several(session, owner.establishment, people, by=owner)
    if attendance_noted:
        with clock.stopped_at(session.ends_at):
            attendance.note(session, {each.pk: attendance_noted for each in made}, by=owner)
    return session


class TestSuggestions:
    def suggested(self, owner, session, **how) -> list[tuple[str, bool]]:
        found = people_to_suggest(owner.establishment, session, **how)
        return [(suggestion.person.first_name, suggestion.is_new) for suggestion in found]

    def test_first_those_whose_certificate_expires_then_those_who_never_came(self, owner):
        course = an_old_course(certificate_months=12)
        new, soon, fine, late, absent = (
            a_person(owner, name, "Roy") for name in ("Nouvelle", "Soon", "Fine", "Late", "Absente")
        )
        took(owner, course, late, days_ago=400)
        took(owner, course, soon, days_ago=300)
        took(owner, course, fine, days_ago=100)
        took(owner, course, absent, days_ago=90, attendance_noted=Attendance.ABSENT)

        assert self.suggested(owner, a_session(course)) == [
            ("Late", False),
            ("Soon", False),
            ("Absente", True),
            ("Nouvelle", True),
        ]
        assert self.suggested(owner, a_session(course), limit=1) == [("Late", False)]
        assert new in Participant.objects.current()

    def test_a_newer_certificate_or_one_that_never_expires_is_enough(self, owner):
        course = an_old_course(certificate_months=12)
        renewed = a_person(owner)
        took(owner, course, renewed, days_ago=400)
        took(owner, course, renewed, days_ago=20)
        forever = an_old_course()
        took(owner, forever, renewed, days_ago=400)

        assert self.suggested(owner, a_session(course)) == []
        assert self.suggested(owner, a_session(forever)) == []

    def test_nobody_who_already_has_a_seat_to_come_nor_anyone_archived(self, owner):
        course = an_old_course(certificate_months=12)
        seated, elsewhere, archived = a_person(owner), a_person(owner), a_person(owner)
        people.archive(archived, by=owner)
        session, other = a_session(course), a_session(course)
        for where, who in ((session, seated), (other, elsewhere)):
            seats_bought(owner, where, 1)
            seats.assign_several(where, owner.establishment, [who], by=owner)

        assert self.suggested(owner, session) == []

    def test_one_question_however_long_the_list(self, owner):
        course = an_old_course(certificate_months=12)
        session, asked_for = a_session(course), []
        for number in (1, 2):
            took(owner, course, *(a_person(owner) for _ in range(number)), days_ago=400)
            with questions() as asked:
                assert len(people_to_suggest(owner.establishment, session)) == 1 + 2 * (number - 1)
            asked_for.append(len(asked))
        assert asked_for == [1, 1]


class TestDuplicates:
    def pairs(self, owner) -> list[tuple[str, str, str]]:
        return [(pair.first.name, pair.second.name, pair.likeness) for pair in likely_pairs(owner.establishment)]

    def test_the_same_name_nearly_the_same_name_and_the_same_address(self, owner):
        a_person(owner, "Benoît", "Roy")
        a_person(owner, "BENOIT", "ROY")
        a_person(owner, "Catherine", "Nadeau")
        a_person(owner, "Katherine", "Nadeau")
        a_person(owner, "Réjean", "Cyr", email="famille@exemple.ca")
        a_person(owner, "Véronique", "Cyr", email="famille@exemple.ca")
        a_person(owner, "Xin Yi", "Chen")

        assert self.pairs(owner) == [
            ("Benoît Roy", "BENOIT ROY", "name"),
            ("Catherine Nadeau", "Katherine Nadeau", "nearly"),
            ("Réjean Cyr", "Véronique Cyr", "email"),
        ]

    @pytest.mark.parametrize(
        ("one", "two", "likeness"),
        [
            (("Jean-Philippe", "Gagnon"), ("Jean Philippe", "Gagnon"), "name"),
            (("Benoît", "Tremblay"), ("Tremblay", "Benoit"), "name"),
            (("Mélissa", "Tremblay"), ("Mélisa", "Tremblay"), "nearly"),
            (("Thierry", "Lavoie"), ("Thiérry", "Lavioe"), "nearly"),
            (("Zoé", "Roy"), ("Zoé", "Ray"), None),
            (("Ana", "Ly"), ("Ana", "Lu"), None),
            (("Luc", "Gagnon"), ("Marc", "Gagnon"), None),
        ],
    )
    def test_what_looks_alike_and_what_does_not(self, owner, one, two, likeness):
        a_person(owner, *one)
        a_person(owner, *two)

        assert [found for _first, _second, found in self.pairs(owner)] == ([likeness] if likeness else [])

    def test_a_mailbox_of_the_workplace_is_nobody_twice(self, owner):
        for number in range(8):
            a_person(owner, f"Personne {'abcdefgh'[number] * 3}", "Roy", email="accueil@exemple.ca")

        assert self.pairs(owner) == []

    def test_neither_the_archived_nor_the_people_of_others(self, owner):
        kept, other = a_person(owner), a_person(owner)
        a_person(an_owner("École du Boisé"))
        merging.merge(kept, other, people.Newcomer("Benoît", "Roy"), by=owner)

        assert self.pairs(owner) == []

    def test_two_people_told_apart_are_no_longer_shown(self, owner):
        father, son = a_person(owner, "Benoît", "Roy"), a_person(owner, "Benoît", "Roy")
        other_son = a_person(owner, "Benoît", "Roy")

        merging.tell_apart(son, father, by=owner)

        pairs = [(pair.first, pair.second) for pair in likely_pairs(owner.establishment)]
        assert pairs == [(father, other_son), (son, other_son)]

    def test_two_questions_however_long_the_list(self, owner):
        a_person(owner)
        merging.tell_apart(a_person(owner), a_person(owner), by=owner)
        with questions() as asked:
            likely_pairs(owner.establishment)
        assert len(asked) == 2


class TestRegister:
    def rows(self, register) -> list[tuple[str, str, str | None]]:
        return [(one.participant.name, one.session.course.title, one.attendance) for one in register.entries]

    def test_what_has_begun_by_person_then_by_date(self, owner):
        first_aid, food = an_old_course(), an_old_course(title_fr="Hygiène", training_hours="3.5")
        benoit, ana = a_person(owner), a_person(owner, "Ana", "Abel")
        took(owner, food, benoit, days_ago=2)
        took(owner, first_aid, benoit, ana, days_ago=5)
        took(owner, food, ana, days_ago=1, attendance_noted=None)
        coming = a_session(food)
        seats_bought(owner, coming, 1)
        seats.assign_several(coming, owner.establishment, [benoit], by=owner)

        register = Register(owner.establishment)

        assert self.rows(register) == [
            ("Ana Abel", "Secourisme en milieu de travail", "present"),
            ("Ana Abel", "Hygiène", None),
            ("Benoît Roy", "Secourisme en milieu de travail", "present"),
            ("Benoît Roy", "Hygiène", "present"),
        ]
        assert (register.people, register.registrations, float(register.hours)) == (2, 4, 17.5)

    def test_a_civil_year_is_that_of_the_shop(self, owner):
        course, benoit = an_old_course(), a_person(owner)
        eve = (clock.now() - timedelta(days=400)).replace(month=1, day=1, hour=4, minute=30)  # 23:30 the day before
        took(owner, course, benoit, days_ago=(clock.now() - eve) / timedelta(days=1))

        register = Register(owner.establishment)

        assert register.years == [eve.year - 1]
        assert Register(owner.establishment, eve.year - 1).registrations == 1
        assert Register(owner.establishment, eve.year).registrations == 0

    def test_one_person_or_those_who_answer_a_name(self, owner):
        course = an_old_course()
        benoit, ana = a_person(owner), a_person(owner, "Ana", "Abel")
        took(owner, course, benoit, ana, days_ago=5)

        assert Register(owner.establishment, person=ana).registrations == 1
        assert Register(owner.establishment, text="roy").registrations == 1
        assert Register(an_owner("École du Boisé").establishment).registrations == 0

    def test_as_many_questions_for_three_rows_as_for_one(self, owner):
        course, asked_for = an_old_course(), []
        for number in (1, 2):
            took(owner, course, *(a_person(owner) for _ in range(number)), days_ago=number)
            with questions() as asked:
                register = Register(owner.establishment)
                [(one.participant.name, one.session.course.title, one.valid_certificate) for one in register.entries]
                assert register.people == len(asked_for) + 1 or register.hours
            asked_for.append(len(asked))
        assert asked_for == [2, 2]


def test_departments_and_groups_are_counted(owner):
    benoit, marie = a_person(owner, department="Cuisine"), a_person(owner, "Marie", "Côté", department="Cuisine")
    a_person(owner, "Ana", "Abel")
    groups.add(groups.make(owner.establishment, "Équipe de nuit", by=owner), [benoit, marie], by=owner)
    people.archive(marie, by=owner)

    assert departments(owner.establishment) == [("Cuisine", 1)]
    assert [(group.name, group.size) for group in groups_of(owner.establishment)] == [("Équipe de nuit", 1)]
