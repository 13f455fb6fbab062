"""The links of an establishment: what each may still give, who took a seat through it, who waits for an answer."""

from collections import defaultdict
from collections.abc import Iterable

from pupitre.models import ClaimLink, CourseSession, Establishment, Order, SeatClaim
from pupitre.queries.purchases import free_seats


def seats_left(link: ClaimLink) -> int:
    """How many seats a link can still give: never more than it may, never more than there are."""
    allowed = link.places - link.taken
    return min(allowed, free_seats(link.establishment, link.session, link.order)) if allowed else 0


def links_of(establishment: Establishment, session: CourseSession):
    """The links that give seats of a session now, the oldest first. Those of one order are among them."""
    return ClaimLink.objects.of(establishment).in_force().filter(session=session).order_by("pk")


def links_by_session(order: Order, sessions: Iterable[CourseSession]) -> dict[int, list[ClaimLink]]:
    """For each session of an order, the links that give its seats, in one question."""
    of_it = ClaimLink.objects.of(order.establishment).in_force().filter(session__in=[each.pk for each in sessions])
    found: dict[int, list[ClaimLink]] = defaultdict(list)
    for link in of_it.order_by("pk"):
        if link.order_id in (None, order.pk):
            found[link.session_id].append(link)
    return found


def claims_of(link: ClaimLink):
    """What was asked for through a link, with the seats that were given."""
    return SeatClaim.objects.filter(link=link).select_related("assignment__participant", "assignment__seat")


def claims_waiting(link: ClaimLink) -> int:
    return SeatClaim.objects.filter(link=link).waiting().count()


def claims_holding(link: ClaimLink):
    """Those whose seat, taken through this link, is still theirs."""
    return SeatClaim.objects.filter(link=link).holding()


def claims_to_take_back(link: ClaimLink):
    """Of these, the ones whose seat is still in the session of the link: a seat that moved since stays theirs."""
    return claims_holding(link).filter(assignment__session=link.session)
