"""Groups and departments of the list, several people at a time."""

import pytest

from pupitre.actions import groups, people, seats
from pupitre.models import Deed, Participant, PeopleGroup
from tests.world import a_person, a_seat, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


def test_people_join_and_leave_a_group(owner):
    benoit, marie = a_person(owner), a_person(owner, "Marie", "Côté")
    team = groups.make(owner.establishment, "Équipe de nuit", by=owner)

    assert groups.add(team, [benoit], by=owner) == [benoit]
    assert groups.add(team, [benoit, marie], by=owner) == [marie]
    assert groups.remove(team, [benoit], by=owner) == [benoit]
    assert groups.remove(team, [benoit], by=owner) == []

    assert list(team.people.all()) == [marie]
    assert [deed.verb for deed in Deed.objects.filter(verb__startswith="group.")] == [
        *("group.created", "group.joined", "group.joined", "group.left"),
    ]


def test_a_name_is_used_once_whatever_its_capitals_and_accents(owner):
    groups.make(owner.establishment, "Équipe de nuit", by=owner)
    other = groups.make(owner.establishment, "Cuisine", by=owner)

    with pytest.raises(groups.GroupNameTaken):
        groups.make(owner.establishment, "EQUIPE DE NUIT", by=owner)
    with pytest.raises(groups.GroupNameTaken):
        groups.rename(other, "équipe de nuit", by=owner)

    groups.make(an_owner("École du Boisé").establishment, "Équipe de nuit", by=owner)
    groups.rename(PeopleGroup.objects.get(name="Cuisine"), "CUISINE", by=owner)
    assert sorted(PeopleGroup.objects.values_list("name", flat=True)) == ["CUISINE", "Équipe de nuit", "Équipe de nuit"]


def test_a_group_done_away_with_leaves_its_people_on_the_list(owner):
    team = groups.make(owner.establishment, "Équipe de nuit", by=owner)
    groups.add(team, [a_person(owner)], by=owner)

    groups.discard(team, by=owner)

    assert (PeopleGroup.objects.count(), Participant.objects.current().count()) == (0, 1)


def test_strangers_join_no_group(owner):
    team = groups.make(owner.establishment, "Équipe de nuit", by=owner)

    with pytest.raises(groups.NotOfThisEstablishment):
        groups.add(team, [a_person(an_owner("École du Boisé"))], by=owner)


def test_several_people_change_department_and_are_found_by_it(owner):
    benoit, marie = a_person(owner), a_person(owner, "Marie", "Côté", department="Cuisine")

    assert people.move_to_department([benoit, marie], "Cuisine", by=owner) == [benoit]

    assert set(Participant.objects.of(owner.establishment).matching("CUISINE")) == {benoit, marie}
    assert people.move_to_department([benoit], "", by=owner) == [benoit]


def test_people_are_found_by_the_name_of_their_group(owner):
    benoit = a_person(owner)
    a_person(owner, "Marie", "Côté")
    groups.add(groups.make(owner.establishment, "Équipe de nuit", by=owner), [benoit], by=owner)

    assert list(Participant.objects.of(owner.establishment).matching("equipe roy")) == [benoit]


def test_several_people_are_archived_or_none_of_them(owner):
    benoit, marie = a_person(owner), a_person(owner, "Marie", "Côté")
    seats.assign(a_seat(owner), marie, by=owner)

    with pytest.raises(people.HoldsASeat) as refusal:
        people.archive_all([benoit, marie], by=owner)
    assert "Marie Côté" in str(refusal.value)
    assert Participant.objects.current().count() == 2

    people.archive_all([benoit], by=owner)
    assert list(Participant.objects.current()) == [marie]
