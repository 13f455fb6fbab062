"""What the shop knows about a person who signs in, for them to keep: the law gives them a right to it."""

from typing import Any

from allauth.mfa.models import Authenticator

from pupitre.models import Assignment, Deed, Letter, Order, Participant, User


def has_two_steps(user: User) -> bool:
    """Whether a password alone does not open this profile."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user=user, type__in=kinds).exists()


def everything_about(user: User) -> dict[str, Any]:
    """The profile, what was done with it, and the records of this person on the lists of establishments.

    Access codes and the names of other people are left out: a copy must not open a course, nor tell of others.
    """
    own_records = Participant.objects.filter(user=user).select_related("establishment")
    registrations = Assignment.objects.filter(participant__in=own_records).select_related("session__course")
    return {
        "profile": {
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "language": user.language,
            "since": user.date_joined,
            "last_sign_in": user.last_login,
        },
        "establishments": [
            {"name": membership.establishment.name, "role": membership.role, "reminders": membership.gets_reminders}
            for membership in user.memberships.select_related("establishment").order_by("pk")
        ],
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
        "orders": list(
            Order.objects.filter(placed_by=user).values("reference", "status", "total_cents", "placed_at", "paid_at")
        ),
        "letters": list(
            Letter.objects.filter(user=user).values("kind", "to_email", "language", "state", "queued_at", "sent_at")
        ),
        "deeds": list(Deed.objects.filter(by=user).values("at", "verb", "facts")),
    }
