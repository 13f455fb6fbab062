"""What can be done with the people who act for an establishment: change what they may do, remove them, succeed one.

An establishment always keeps an owner. Whoever could take the last one away locks the establishment first and counts
afterwards: two owners who remove each other at the same moment leave one.
"""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.actions.people import NotAnOwner
from pupitre.mail import letters
from pupitre.models import Establishment, Invitation, Membership, Right, Role, User
from pupitre.refusals import Refused


class LastOwner(Refused):
    code = "last_owner"
    message = _("An establishment always has an owner. Name another one first.")


class NotAMember(Refused):
    code = "not_a_member"
    message = _("This person no longer acts for the establishment.")


class AlreadyOwner(Refused):
    code = "already_owner"
    message = _("This person is already an owner of the establishment.")


class ProfileClosed(Refused):
    code = "profile_closed"
    message = _("This profile is closed: it can no longer act for an establishment.")


@transaction.atomic
def change_role(membership: Membership, role: Role, *, by: User) -> Membership:
    """Say what a member may do from now on, and tell them. Refuses to leave the establishment without an owner."""
    held = _held(membership, by=by)
    former = held.role
    if former == role:
        return held
    if former == Role.OWNER:
        _keep_an_owner(held)
    give_role(held, role)
    if Right.MANAGE not in held.rights:
        _withdraw_invitations_of(held.user, held.establishment)
    facts = {"member": held.user_id, "role": role, "former_role": former}
    deed = journal.record("member.role_changed", by=by, establishment=held.establishment, facts=facts)
    if held.user_id != by.pk:
        letters.role_changed(held, deed)
    return held


@transaction.atomic
def remove(membership: Membership, *, by: User) -> None:
    """Put an end to what a member does for the establishment, and tell them. What they did stays in the journal."""
    held = _held(membership, by=by)
    _end(held, "member.removed", by=by)


@transaction.atomic
def leave(establishment: Establishment, *, by: User) -> None:
    """A member goes, by their own will. The last owner stays until there is another."""
    lock(establishment)
    held = Membership.objects.select_related("user", "establishment").filter(establishment=establishment, user=by)
    membership = held.first()
    if membership is not None:
        _end(membership, "member.left", by=by)


@transaction.atomic
def transfer(membership: Membership, *, by: User) -> Membership:
    """An owner gives their place to another member, and becomes a delegate. Both are told."""
    heir = _held(membership, by=by)
    if heir.role == Role.OWNER:
        raise AlreadyOwner
    if not heir.user.is_active:
        raise ProfileClosed
    give_role(heir, Role.OWNER)
    step_down(heir, former=by)
    return heir


def step_down(heir: Membership, *, former: User) -> None:
    """Make a delegate of the owner whom someone succeeds. The establishment is locked, and the heir owns it already."""
    place = Membership.objects.filter(establishment=heir.establishment, user=former, role=Role.OWNER)
    if not place.update(role=Role.DELEGATE):
        return
    facts = {"member": heir.user_id, "former": former.pk}
    _withdraw_invitations_of(former, heir.establishment)
    deed = journal.record("ownership.transferred", by=former, establishment=heir.establishment, facts=facts)
    letters.ownership_transferred(deed, former=former, heir=heir.user)


@transaction.atomic
def choose(membership: Membership) -> None:
    """From now on, this person acts for this one of their establishments."""
    Membership.objects.filter(pk=membership.pk).update(chosen_at=clock.now())


# --- what others build upon ----------------------------------------------------------------------------------------
def lock(establishment: Establishment) -> None:
    """Let one change at a time be made to who acts for it. Its key never changes: orders do not wait for us."""
    Establishment.objects.select_for_update(no_key=True).get(pk=establishment.pk)


def check_manages(user: User, establishment: Establishment) -> None:
    """Refuse whoever may not say who acts for an establishment. Asked under the lock: they may have just lost it."""
    held = Membership.objects.filter(user=user, establishment=establishment).first()
    if held is None or Right.MANAGE not in held.rights:
        raise NotAnOwner


def give_role(membership: Membership, role: Role) -> None:
    membership.role = role
    membership.save(update_fields=["role"])


def _held(membership: Membership, *, by: User) -> Membership:
    """The membership as it is now, under the lock, for someone who manages the establishment."""
    lock(membership.establishment)
    check_manages(by, membership.establishment)
    held = Membership.objects.select_related("user", "establishment").filter(pk=membership.pk).first()
    if held is None:
        raise NotAMember
    return held


def _keep_an_owner(leaving: Membership) -> None:
    """Refuse when no other owner remains who can sign in."""
    owners = Membership.objects.filter(establishment=leaving.establishment, role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=leaving.pk).exists():
        raise LastOwner


def _end(membership: Membership, verb: str, *, by: User) -> None:
    if membership.role == Role.OWNER:
        _keep_an_owner(membership)
    facts = {"member": membership.user_id, "role": membership.role}
    Membership.objects.filter(pk=membership.pk).delete()
    deed = journal.record(verb, by=by, establishment=membership.establishment, facts=facts)
    _withdraw_invitations_of(membership.user, membership.establishment)
    _withdraw_invitations_to(membership.user, membership.establishment)
    if membership.user_id != by.pk:
        letters.membership_ended(membership, deed)
    else:
        letters.member_left(membership, deed)


def _withdraw_invitations_of(former: User, establishment: Establishment) -> None:
    """The people whom a former owner invited do not come in after them, by a door that nobody watches."""
    sent = Invitation.objects.pending().filter(establishment=establishment, is_by_provider=False)
    sent.filter(invited_by=former).update(revoked_at=clock.now())


def _withdraw_invitations_to(former: User, establishment: Establishment) -> None:
    """Whoever went does not come back by an invitation that was still open, whoever sent it."""
    received = Invitation.objects.pending().filter(establishment=establishment, email=former.email.lower())
    received.update(revoked_at=clock.now())
