"""What the shop knows about a person who signs in, for them to keep: the law gives them a right to it."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from pupitre import clock
from pupitre.browsing import SIGNED_IN_WITH
from pupitre.models import Assignment, Browser, Deed, Invitation, Letter, Order, Participant, SeatClaim, User


def has_two_steps(user: User) -> bool:
    """Whether a password alone does not open this profile."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user=user, type__in=kinds).exists()


def everything_about(user: User) -> dict[str, Any]:
    """The profile, how and where it is signed in, what was done with it, and the records of this person on the lists of
    establishments, with the letters about them.

    Access codes and the names of other people are left out: a copy must not open a course, nor tell of others.
    """
    own_records = Participant.objects.filter(user=user).select_related("establishment")
    return _signing_in(user) | _acting(user) | _attending(user, own_records)


def _signing_in(user: User) -> dict[str, Any]:
    """The profile, and how and where it is signed in."""
    return {
        "profile": {
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "language": user.language,
            "since": user.date_joined,
            "last_sign_in": user.last_login,
        },
        "devices": [
            browser.get_decoded().get(SIGNED_IN_WITH, {})
            for browser in Browser.objects.filter(user=user, expire_date__gt=clock.now())
        ],
        "second_steps": [
            {
                "kind": step.type,
                "name": step.data.get("name", ""),
                "since": step.created_at,
                "last_used": step.last_used_at,
            }
            for step in Authenticator.objects.filter(user=user).order_by("pk")
        ],
    }


def _acting(user: User) -> dict[str, Any]:
    """The establishments this person acts for, and what they did there."""
    return {
        "establishments": [
            {"name": membership.establishment.name, "role": membership.role, "reminders": membership.gets_reminders}
            for membership in user.memberships.select_related("establishment").order_by("pk")
        ],
        "invitations_received": _invitations(Invitation.objects.filter(email__iexact=user.email)),
        "invitations_sent": _invitations(Invitation.objects.filter(invited_by=user)),
        "orders": list(
            Order.objects.filter(placed_by=user).values("reference", "status", "total_cents", "placed_at", "paid_at")
        ),
        "deeds": list(Deed.objects.filter(by=user).values("at", "verb", "facts")),
    }


def _attending(user: User, own_records: QuerySet[Participant]) -> dict[str, Any]:
    """Their records on the lists of establishments, the seats they had or asked for, and the letters they were sent."""
    registrations = Assignment.objects.filter(participant__in=own_records).select_related("session__course")
    return {
        "on_lists": [
            {
                "establishment": person.establishment.name,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "email": person.email,
                "department": person.department,
                "since": person.created_at,
            }
            for person in own_records
        ],
        "registrations": [
            {
                "course": registration.session.course.title,
                "session": registration.session.starts_at,
                "assigned_at": registration.assigned_at,
                "released_at": registration.released_at,
                "name_on_certificate": registration.certificate_name,
            }
            for registration in registrations
        ],
        "seats_asked_for": [
            {
                "course": claim.link.session.course.title,
                "session": claim.link.session.starts_at,
                "first_name": claim.first_name,
                "last_name": claim.last_name,
                "email": claim.email,
                "asked_at": claim.asked_at,
                "accepted_at": claim.accepted_at,
                "refused_at": claim.refused_at,
            }
            for claim in _claims_of(user, own_records)
        ],
        "letters": list(
            Letter.objects.filter(Q(user=user) | Q(user=None, assignment__participant__in=own_records))
            .order_by("pk")
            .values("kind", "to_email", "language", "state", "queued_at", "sent_at")
        ),
    }


def _invitations(found: QuerySet[Invitation]) -> list[dict[str, Any]]:
    """Without the address of the other side: it is theirs."""
    return [
        {
            "establishment": invitation.establishment.name,
            "role": invitation.role,
            "invited_at": invitation.invited_at,
            "expires_at": invitation.expires_at,
            "accepted_at": invitation.accepted_at,
            "revoked_at": invitation.revoked_at,
        }
        for invitation in found.select_related("establishment").order_by("pk")
    ]


def _claims_of(user: User, own_records: QuerySet[Participant]) -> QuerySet[SeatClaim]:
    """What this person asked for through a link: with their address, or for a seat that is theirs."""
    own = Q(email__iexact=user.email) | Q(assignment__participant__in=own_records)
    return SeatClaim.objects.filter(own).select_related("link__session__course").order_by("pk")
