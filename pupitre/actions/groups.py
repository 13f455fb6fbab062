"""What can be done with the groups of an establishment's list: make one, rename it, put people in, take them out."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from pupitre import journal
from pupitre.models import Establishment, Participant, PeopleGroup, User
from pupitre.refusals import Refused


class GroupNameTaken(Refused):
    code = "group_name_taken"
    message = _("A group already has this name: {name}. Choose another name.")


class NotOfThisEstablishment(Refused):
    code = "not_of_this_establishment"
    message = _("Choose people from the list.")


@transaction.atomic
def make(establishment: Establishment, name: str, *, by: User) -> PeopleGroup:
    """Make an empty group. Refuses a name that differs from another one by its capitals and accents only."""
    group = _named(PeopleGroup(establishment=establishment), name)
    journal.record("group.created", by=by, establishment=establishment, facts={"group": group.code})
    return group


@transaction.atomic
def rename(group: PeopleGroup, name: str, *, by: User) -> PeopleGroup:
    """Give a group another name; its people stay in it."""
    if group.name != name:
        _named(group, name)
        journal.record("group.renamed", by=by, establishment=group.establishment, facts={"group": group.code})
    return group


@transaction.atomic
def discard(group: PeopleGroup, *, by: User) -> None:
    """Do away with a group. Nobody leaves the list."""
    journal.record("group.deleted", by=by, establishment=group.establishment, facts={"group": group.code})
    group.delete()


@transaction.atomic
def add(group: PeopleGroup, people: Iterable[Participant], *, by: User) -> list[Participant]:
    """Put people of the list in a group. Gives those who were not in it."""
    chosen = list(people)
    if any(person.establishment_id != group.establishment_id for person in chosen):
        raise NotOfThisEstablishment
    known = set(group.people.values_list("pk", flat=True))
    added = [person for person in chosen if person.pk not in known]
    group.people.add(*added)
    _tell("group.joined", group, added, by=by)
    return added


@transaction.atomic
def remove(group: PeopleGroup, people: Iterable[Participant], *, by: User) -> list[Participant]:
    """Take people out of a group. Gives those who were in it."""
    known = set(group.people.values_list("pk", flat=True))
    removed = [person for person in people if person.pk in known]
    group.people.remove(*removed)
    _tell("group.left", group, removed, by=by)
    return removed


def _named(group: PeopleGroup, name: str) -> PeopleGroup:
    group.name = name
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        raise GroupNameTaken(name=name) from None
    return group


def _tell(verb: str, group: PeopleGroup, people: list[Participant], *, by: User) -> None:
    if people:
        facts = {"group": group.code, "people": [person.code for person in people]}
        journal.record(verb, by=by, establishment=group.establishment, facts=facts)
