"""What can be done with an invitation to act for an establishment: send it, take it back, follow it, accept it."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, codes, journal
from pupitre.actions import members, throttles
from pupitre.mail import letters
from pupitre.models import Establishment, Invitation, Membership, Right, Role, User
from pupitre.models.invitations import VALID_FOR
from pupitre.refusals import Refused

WRONG_WORDS = 30  # that one address may follow in a while: words are too long to be guessed, this spares the database
A_WHILE = timedelta(minutes=15)
LETTERS = 30  # that one establishment may have sent in an hour: we write to people who asked us nothing
AN_HOUR = timedelta(hours=1)


class InvitationUnknown(Refused):
    code = "invitation_unknown"
    message = _("This invitation does not exist. Check that you copied all of the link.")


class InvitationRevoked(Refused):
    code = "invitation_revoked"
    message = _("This invitation was cancelled. Ask the person who sent it to you for a new one.")


class InvitationExpired(Refused):
    code = "invitation_expired"
    message = _("This invitation has expired. Ask the person who sent it to you for a new one.")


class InvitationAccepted(Refused):
    code = "invitation_accepted"
    message = _("This invitation was already accepted. Sign in, or ask the person who sent it to you for a new one.")


class ForSomeoneElse(Refused):
    code = "for_someone_else"
    message = _("This invitation was sent to another address: {email}.")


class AlreadyAMember(Refused):
    code = "already_a_member"
    message = _("This person already acts for the establishment: {email}. Change their role instead.")


class AlreadyInvited(Refused):
    code = "already_invited"
    message = _("This address is already invited: {email}. Send the invitation again, or cancel it first.")


class SentAMomentAgo(Refused):
    code = "sent_a_moment_ago"
    message = _("This invitation was sent a moment ago. Wait 5 minutes before you send it again.")


class AddressKnown(Refused):
    code = "address_known"
    message = _("A profile already uses this address. Sign in to accept the invitation.")


@transaction.atomic
def invite(
    establishment: Establishment, email: str, role: Role, *, by: User, language: str = "fr-ca", succeeds: bool = False
) -> Invitation:
    """Ask whoever reads this address to act for the establishment; an owner may offer their own place. Refuses an
    address that is invited already or belongs to a member, and too many letters.
    """
    members.lock(establishment)
    members.check_manages(by, establishment)
    email = email.strip().lower()
    if Membership.objects.filter(establishment=establishment, user__email=email).exists():
        raise AlreadyAMember(email=email)
    heir_of = by if succeeds else None
    invitation = _written(establishment, email, role, by=by, succeeds=heir_of)
    facts = {"invitation": invitation.pk, "role": role, "succeeds": succeeds}
    journal.record("member.invited", by=by, establishment=establishment, facts=facts)
    letters.delegate_invited(invitation, language=language)
    return invitation


@transaction.atomic
def nominate_owner(establishment: Establishment, email: str, *, reason: str, by: User, language: str) -> Invitation:
    """The provider finds an owner for an establishment that lost its own. Everyone who acts for it is told, and nothing
    changes before the invitation is accepted.
    """
    members.lock(establishment)
    email = email.strip().lower()
    held = Membership.objects.select_related("user").filter(establishment=establishment, user__email=email).first()
    if held is not None and held.role == Role.OWNER and held.user.is_active:
        raise members.AlreadyOwner
    if User.objects.filter(email=email, is_active=False).exists():
        raise members.ProfileClosed
    invitation = _written(establishment, email, Role.OWNER, by=by, is_by_provider=True)
    facts = {"invitation": invitation.pk, "reason": reason}
    deed = journal.record("owner.nominated", by=by, establishment=establishment, facts=facts)
    letters.delegate_invited(invitation, language=language)
    letters.owner_nominated(invitation, deed)
    return invitation


@transaction.atomic
def send_again(invitation: Invitation, *, by: User, language: str = "fr-ca") -> Invitation:
    """Post an invitation once more, for as many days as a new one. Its link stays the same."""
    sent = _pending(invitation, by=by)
    if not sent.can_be_sent_again:
        raise SentAMomentAgo
    _count_a_letter(sent.establishment)
    sent.sent_at, sent.expires_at = clock.now(), clock.now() + VALID_FOR
    sent.save(update_fields=["sent_at", "expires_at"])
    journal.record("member.invited_again", by=by, establishment=sent.establishment, facts={"invitation": sent.pk})
    letters.delegate_invited(sent, language=language)
    return sent


@transaction.atomic
def revoke(invitation: Invitation, *, by: User) -> None:
    """Take an invitation back: its link says so from now on. One of the provider’s can be refused in the same way."""
    sent = _pending(invitation, by=by)
    sent.revoked_at = clock.now()
    sent.save(update_fields=["revoked_at"])
    journal.record("invitation.revoked", by=by, establishment=sent.establishment, facts={"invitation": sent.pk})


def follow(word: str, *, address: str) -> Invitation:
    """The invitation that this word opens, whatever became of it. Refuses one that is not known, and too many tries."""
    throttles.refuse_if_exhausted("invitation", address, limit=WRONG_WORDS)
    known = Invitation.objects.select_related("establishment", "invited_by")
    invitation = known.filter(fingerprint=codes.invitation_word_fingerprint(word)).first()
    if invitation is None:
        throttles.note("invitation", address, window=A_WHILE)
        raise InvitationUnknown
    return invitation


def check_open(invitation: Invitation) -> None:
    """Refuse an invitation that was taken back or accepted, or that waited too long; and one whose sender may not say
    any more who acts for the establishment.
    """
    if invitation.revoked_at is not None:
        raise InvitationRevoked
    if invitation.accepted_at is not None:
        raise InvitationAccepted
    if not invitation.is_by_provider and not _can_still_invite(invitation):
        raise InvitationRevoked
    if invitation.has_expired:
        raise InvitationExpired


@transaction.atomic
def accept(invitation: Invitation, *, by: User) -> Membership:
    """The person invited acts for the establishment from now on, in the role they were given. Only the holder of the
    address can; accepting twice does it once.
    """
    members.lock(invitation.establishment)
    asked = Invitation.objects.select_related("establishment", "succeeds", "invited_by").get(pk=invitation.pk)
    held = Membership.objects.filter(establishment=asked.establishment, user=by).first()
    if asked.accepted_by_id == by.pk and held is not None:
        return held
    if by.email != asked.email:
        raise ForSomeoneElse(email=masked(asked.email))
    check_open(asked)
    if not by.is_active:
        raise members.ProfileClosed
    return _joined(asked, held, by=by)


@transaction.atomic
def accept_with_new_profile(
    invitation: Invitation, *, password_hash: str, first_name: str, last_name: str, language: str
) -> Membership:
    """Open a profile for the address that was invited, and accept. The link was sent there and nowhere else, so the
    address is verified; no establishment is opened.
    """
    try:
        with transaction.atomic():
            user = User.objects.create(
                email=invitation.email,
                password=password_hash,
                first_name=first_name,
                last_name=last_name,
                language=language,
            )
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    except IntegrityError:
        raise AddressKnown from None
    return accept(invitation, by=user)


def masked(email: str) -> str:
    """An address that its holder recognizes, and that others do not learn: `m•••@exemple.ca`."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"


def _written(
    establishment: Establishment,
    email: str,
    role: Role,
    *,
    by: User,
    succeeds: User | None = None,
    is_by_provider: bool = False,
) -> Invitation:
    """A new invitation. The establishment is locked; one that has expired gives way to it, and so does every other one
    when the provider invites.
    """
    now = clock.now()
    waiting = Invitation.objects.pending().filter(establishment=establishment, email=email).first()
    if waiting is not None:
        if waiting.is_open and not is_by_provider:
            raise AlreadyInvited(email=email)
        waiting.revoked_at = now
        waiting.save(update_fields=["revoked_at"])
    _count_a_letter(establishment)
    invitation = Invitation(
        establishment=establishment,
        email=email,
        role=role,
        invited_by=by,
        succeeds=succeeds,
        is_by_provider=is_by_provider,
        invited_at=now,
        sent_at=now,
        expires_at=now + VALID_FOR,
    )
    invitation.fingerprint = codes.invitation_word_fingerprint(invitation.word)
    invitation.save()
    return invitation


def _pending(invitation: Invitation, *, by: User) -> Invitation:
    """The invitation as it is now, under the lock, for someone who manages the establishment."""
    members.lock(invitation.establishment)
    members.check_manages(by, invitation.establishment)
    sent = Invitation.objects.select_related("establishment", "invited_by").get(pk=invitation.pk)
    if sent.revoked_at is not None:
        raise InvitationRevoked
    if sent.accepted_at is not None:
        raise InvitationAccepted
    return sent


def _joined(asked: Invitation, held: Membership | None, *, by: User) -> Membership:
    asked.accepted_at, asked.accepted_by = clock.now(), by
    asked.save(update_fields=["accepted_at", "accepted_by"])
    if held is None:
        held = Membership(establishment=asked.establishment, user=by, role=asked.role)
    elif held.role != Role.OWNER:
        held.role = asked.role
    held.chosen_at = clock.now()
    held.save()
    facts = {"member": by.pk, "role": held.role, "invitation": asked.pk}
    journal.record("member.joined", by=by, establishment=asked.establishment, facts=facts)
    letters.access_given(asked, by)
    if asked.succeeds is None:
        letters.invitation_accepted(asked)
    else:
        members.step_down(held, former=asked.succeeds)
    return held


def _can_still_invite(invitation: Invitation) -> bool:
    who_may = Membership.objects.who_may(Right.MANAGE)
    return who_may.filter(user=invitation.invited_by_id, establishment=invitation.establishment_id).exists()


def _count_a_letter(establishment: Establishment) -> None:
    throttles.refuse_if_exhausted("invitation-letter", str(establishment.pk), limit=LETTERS)
    throttles.note("invitation-letter", str(establishment.pk), window=AN_HOUR)
