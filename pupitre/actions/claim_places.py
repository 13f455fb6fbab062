"""How many seats a link may still give: its counter, which only moves by conditional updates, and why it gives none."""

from collections import Counter
from collections.abc import Sequence

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.models import Assignment, ClaimLink, Deed, SeatClaim, User
from pupitre.queries.claim_links import seats_left
from pupitre.refusals import Refused


class LinkClosed(Refused):
    """This link gives no seat: every sentence says whom to ask, and nothing about anyone else."""


class LinkRevoked(LinkClosed):
    code = "claim_link_revoked"
    message = _("This link has been withdrawn. To get a seat, ask your establishment.")


class LinkExpired(LinkClosed):
    code = "claim_link_expired"
    message = _("This link has expired. To get a seat, ask your establishment.")


class LinkFull(LinkClosed):
    code = "claim_link_full"
    message = _("All the seats of this link are taken. To get a seat, ask your establishment.")


class LinkTooLate(LinkClosed):
    code = "claim_link_too_late"
    message = _(
        "The session has started: its seats can no longer be taken. If you have questions, ask your establishment."
    )


class LinkOfCancelledSession(LinkClosed):
    code = "claim_link_of_cancelled_session"
    message = _("This session is cancelled. If you have questions, ask your establishment.")


def refusal(link: ClaimLink) -> LinkClosed | None:
    """Why a link gives no seat now, if so: on its page, and again when a seat is taken."""
    if link.revoked_at is not None:
        return LinkRevoked()
    if link.session.is_cancelled:
        return LinkOfCancelledSession()
    now = clock.deciding_now()
    if now >= link.session.starts_at:
        return LinkTooLate()
    if now >= link.closes_at:
        return LinkExpired()
    return None if seats_left(link) else LinkFull()


def take(link: ClaimLink, count: int) -> None:
    """Count so many seats as given, in the transaction that gives them: all of them, or none. A link that has expired
    can still give one to whoever asked in time. Seats locked by the caller.
    """
    given = ClaimLink.objects.filter(pk=link.pk, revoked_at=None, taken__lte=F("places") - count)
    if not given.update(taken=F("taken") + count):
        link.refresh_from_db(fields=["revoked_at"])
        raise LinkRevoked if link.revoked_at else LinkFull


def give_back(formers: Sequence[Assignment], *, by: User | None) -> None:
    """These registrations ended: the links they were taken through may give as many seats again. Seats locked by the
    caller.
    """
    claims = list(SeatClaim.objects.behind(formers).select_related("link", "assignment"))
    for link, count in sorted(Counter(claim.link_id for claim in claims).items()):
        ClaimLink.objects.filter(pk=link).update(taken=F("taken") - count)
    journal.record_all([_deed(claim, by=by) for claim in claims])


def take_again(restored: Assignment) -> None:
    """A registration that had ended is in force again: the link it was taken through counts it, and gives one seat more
    where another person took its place meanwhile. Seats locked by the caller.
    """
    claim = SeatClaim.objects.behind([restored]).first()
    if claim is None:
        return
    link = ClaimLink.objects.filter(pk=claim.link_id)
    if not link.filter(taken__lt=F("places")).update(taken=F("taken") + 1):
        link.update(taken=F("taken") + 1, places=F("places") + 1)


def _deed(claim: SeatClaim, *, by: User | None) -> Deed:
    return Deed(
        verb="claim.taken_back",
        by=by,
        at=clock.now(),
        establishment_id=claim.link.establishment_id,
        session_id=claim.link.session_id,
        participant_id=claim.assignment.participant_id if claim.assignment else None,
        facts={"link": claim.link.code},
    )
