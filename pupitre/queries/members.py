"""Who acts for an establishment."""

from django.db.models import Case, QuerySet, Value, When

from pupitre.models import Establishment, Membership, Role


def members_of(establishment: Establishment) -> QuerySet[Membership]:
    """Its owners first, then the others, by name."""
    owners_first = Case(When(role=Role.OWNER, then=Value(0)), default=Value(1))
    members = Membership.objects.filter(establishment=establishment).select_related("user")
    return members.order_by(owners_first, "user__last_name", "user__first_name", "pk")


def who_can_succeed(establishment: Establishment) -> list[Membership]:
    """The members who could own it, and do not."""
    others = members_of(establishment).exclude(role=Role.OWNER).select_related("user", "establishment")
    return list(others.filter(user__is_active=True))
