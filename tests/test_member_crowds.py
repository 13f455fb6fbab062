"""Several owners at once: whatever they do to one another, the establishment keeps one."""

import pytest

from pupitre.actions import invitations, members
from pupitre.models import Invitation, Letter, Membership, Role
from tests.crowd import all_at_once, refusals
from tests.world import a_member, an_owner

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider")]


@pytest.fixture
def owners():
    first = an_owner()
    return [first, a_member(first, Role.OWNER)]


@pytest.fixture
def establishment(owners):
    return owners[0].establishment


def of(user, establishment):
    return Membership.objects.select_related("establishment", "user").get(user=user, establishment=establishment)


def owners_left(establishment):
    return establishment.memberships.filter(role=Role.OWNER).count()


def test_two_owners_who_demote_each_other_leave_one(owners, establishment):
    first, second = owners
    held = {user: of(user, establishment) for user in owners}

    outcomes = all_at_once(
        [
            lambda: members.change_role(held[second], Role.DELEGATE, by=first),
            lambda: members.change_role(held[first], Role.DELEGATE, by=second),
        ]
    )

    assert refusals(outcomes) == ["not_an_owner"]
    assert owners_left(establishment) == 1


def test_owners_who_all_leave_at_once_leave_one(owners, establishment):
    everyone = [*owners, *(a_member(owners[0], Role.OWNER) for _ in range(3))]

    outcomes = all_at_once([lambda user=user: members.leave(establishment, by=user) for user in everyone])

    assert refusals(outcomes) == ["last_owner"]
    assert owners_left(establishment) == 1


def test_an_invitation_accepted_in_two_browsers_is_accepted_once(owners, establishment):
    invitation = invitations.invite(establishment, "adjointe@exemple.ca", Role.DELEGATE, by=owners[0])
    heir = an_owner("Garderie", email="adjointe@exemple.ca")

    outcomes = all_at_once([lambda: invitations.accept(invitation, by=heir)] * 4)

    assert refusals(outcomes) == []
    assert Membership.objects.filter(establishment=establishment, user=heir).count() == 1
    assert Letter.objects.filter(kind="access_given").count() == 1


def test_a_form_sent_twice_opens_one_profile(owners, establishment):
    invitation = invitations.invite(establishment, "adjointe@exemple.ca", Role.DELEGATE, by=owners[0])
    told = {"password_hash": "x", "first_name": "Ana", "last_name": "Roy", "language": "fr-ca"}

    outcomes = all_at_once([lambda: invitations.accept_with_new_profile(invitation, **told)] * 3)

    assert refusals(outcomes) == ["address_known", "address_known"]
    assert establishment.memberships.count() == 3


def test_an_address_invited_by_two_owners_at_once_gets_one_invitation(owners, establishment):
    outcomes = all_at_once(
        [
            lambda owner=owner: invitations.invite(establishment, "adjointe@exemple.ca", Role.DELEGATE, by=owner)
            for owner in owners
        ]
    )

    assert refusals(outcomes) == ["already_invited"]
    assert Invitation.objects.pending().count() == 1
