"""What can be done with a link to take a seat: make it, follow it, revoke it.

Its owner posts it in the staff room. Whoever follows it takes one of the establishment's free seats of a session in
their own name, without an account; nothing else of the shop opens with it.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import clock, codes, formats, journal
from pupitre.actions import seats, throttles
from pupitre.mail import letters
from pupitre.models import Assignment, ClaimLink, CourseSession, Deed, Establishment, Order, Provider, SeatClaim, User
from pupitre.queries.claim_links import claims_to_take_back
from pupitre.queries.purchases import free_seats
from pupitre.refusals import Refused

WRONG_LINKS = 30  # that one address may follow in a while: words are too long to be guessed, this spares the database
A_WHILE = timedelta(minutes=15)
LINKS = 20  # that an establishment may make for a session in an hour
AN_HOUR = timedelta(hours=1)


class LinkUnknown(Refused):
    code = "claim_link_unknown"
    message = _("This link does not exist. Check that you copied all of it, or ask your establishment.")


class LimitRefused(Refused):
    """One of the limits of a link makes no sense: the field says which."""

    field = ""


class TooManyPlaces(LimitRefused):
    code = "too_many_places"
    field = "places"
    message = _("Enter a number from 1 to {left}: that is how many seats are free.")


class EndsInThePast(LimitRefused):
    code = "link_ends_in_the_past"
    field = "expires_on"
    message = _("This day has passed. Choose today or later.")


class EndsAfterTheStart(LimitRefused):
    code = "link_ends_after_the_start"
    field = "expires_on"
    message = _("The session starts on {day}: choose that day or an earlier one.")


class NotADomain(LimitRefused):
    code = "not_a_domain"
    field = "email_domain"
    message = _("Enter what follows the @ in the addresses of your establishment, such as example.ca.")


def make(
    session: CourseSession,
    establishment: Establishment,
    *,
    by: User,
    order: Order | None = None,
    places: int | None = None,
    expires_on: date | None = None,
    email_domain: str = "",
    needs_approval: bool = False,
    batch: UUID | None = None,
) -> ClaimLink:
    """A link that gives the free seats of a session, or those of one order: as many as there are, until the session
    starts, unless fewer or a day before are asked for.

    With an email domain, the code is sent to an address of that very domain, and shown nowhere else. A subdomain is
    another domain.
    """
    if batch and (made := ClaimLink.objects.of(establishment).filter(batch=batch).first()):
        return made
    _check_session(session)
    left = free_seats(establishment, session, order)
    if not left:
        raise seats.NoSeatLeft
    if places is not None and not 1 <= places <= left:
        raise TooManyPlaces(left=left)
    link = ClaimLink(
        batch=batch or uuid4(),
        establishment=establishment,
        session=session,
        order=order,
        places=places or left,
        expires_at=_end_of(expires_on, session),
        email_domain=_domain(email_domain),
        needs_approval=needs_approval,
        made_by=by,
        made_at=clock.now(),
    )
    link.fingerprint = codes.claim_word_fingerprint(link.word)
    who = f"{establishment.pk}:{session.pk}"
    throttles.refuse_if_exhausted("claim-links", who, limit=LINKS)
    throttles.note("claim-links", who, window=AN_HOUR)
    return _kept(link)


def _kept(link: ClaimLink) -> ClaimLink:
    """The link, saved; or the one that the same form, sent twice at the same moment, has made."""
    try:
        with transaction.atomic():
            link.save()
            journal.record(
                "claim_link.made",
                by=link.made_by,
                establishment=link.establishment,
                session=link.session,
                order=link.order,
                facts={"link": link.code, "places": link.places},
            )
    except IntegrityError:
        return ClaimLink.objects.of(link.establishment).get(batch=link.batch)
    return link


def follow(word: str, *, address: str) -> ClaimLink:
    """The link that this word opens, whether it still gives seats or not. Refuses one that is not known, and too many
    tries.

    It is looked up by a keyed hash: neither an answer nor the time it takes says how near a guess was.
    """
    throttles.refuse_if_exhausted("claim-link", address, limit=WRONG_LINKS)
    known = ClaimLink.objects.select_related("establishment", "session__course", "order")
    link = known.filter(fingerprint=codes.claim_word_fingerprint(word)).first()
    if link is None:
        throttles.note("claim-link", address, window=A_WHILE)
        raise LinkUnknown
    return link


@transaction.atomic
def revoke(link: ClaimLink, *, by: User, takes_seats_back: bool = False) -> int:
    """A link stops working, and whoever waits for an answer is told no. With `takes_seats_back`, those who took a seat
    through it lose it, until the deadline to replace them: all of them or none, except where the seat was moved to
    another session. Gives how many did.
    """
    seats.lock(link.establishment, link.session)
    if ClaimLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=clock.now()):
        journal.record(
            "claim_link.revoked",
            by=by,
            establishment=link.establishment,
            session=link.session,
            order=link.order,
            facts={"link": link.code},
        )
        refuse(link, list(link.claims.waiting()), by=by)
    return _take_seats_back(link, by=by) if takes_seats_back else 0


@transaction.atomic
def refuse(link: ClaimLink, claims: list[SeatClaim], *, by: User | None) -> list[SeatClaim]:
    """Say no to these requests, and tell those who left an address. One that was answered meanwhile stays as it is."""
    waiting = list(SeatClaim.objects.select_for_update().waiting().filter(link=link, pk__in=[c.pk for c in claims]))
    now = clock.now()
    for claim in waiting:
        claim.refused_at, claim.decided_by = now, by
    SeatClaim.objects.bulk_update(waiting, ["refused_at", "decided_by"], batch_size=500)
    journal.record_all([_refused(link, at=now, by=by) for _ in waiting])
    seated = _names_seated(link, waiting)
    letters.claims_refused(link, [claim for claim in waiting if claim.folded not in seated])
    return waiting


def _refused(link: ClaimLink, *, at: datetime, by: User | None) -> Deed:
    told = {"link": link.code}
    about = {"establishment": link.establishment, "session": link.session}
    return Deed(verb="claim.refused", at=at, by=by, facts=told, **about)


def _names_seated(link: ClaimLink, claims: list[SeatClaim]) -> set[str]:
    """Those of them who have a seat already, by another way: nobody tells them that there is none."""
    held = Assignment.objects.in_force().filter(session=link.session, seat__establishment=link.establishment)
    seated = {registration.participant.known_as for registration in held.select_related("participant")}
    return seated & {claim.folded for claim in claims}


def refuse_those_too_late() -> None:
    """Say no to those who still wait once the session has started or is cancelled: nobody can say yes any more."""
    is_over = Q(session__starts_at__lte=clock.now()) | Q(session__cancelled_at__isnull=False)
    waiting = SeatClaim.objects.waiting().filter(link=OuterRef("pk"))
    links = ClaimLink.objects.filter(is_over, Exists(waiting)).select_related("establishment", "session__course")
    for link in links.order_by("pk"):
        refuse(link, list(link.claims.waiting()), by=None)


def domain_of(email: str) -> str:
    """What follows the last @ of an address, as mail servers compare it: without capitals, accents in plain letters."""
    domain = email.rpartition("@")[2].strip().lower().rstrip(".")
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _take_seats_back(link: ClaimLink, *, by: User) -> int:
    held = Assignment.objects.filter(claim__in=claims_to_take_back(link))
    formers = list(held.select_related("participant", "seat", "session__course").order_by("pk"))
    if formers:
        seats.release_several(formers, by=by)
    return len(formers)


def _check_session(session: CourseSession) -> None:
    if session.is_cancelled:
        raise seats.SessionCancelled(provider=Provider.current().name)
    if clock.deciding_now() >= session.starts_at:
        raise seats.SessionStarted(provider=Provider.current().name)


def _end_of(day: date | None, session: CourseSession) -> datetime | None:
    """The end of that day where the session takes place, or its start if that comes first."""
    if day is None:
        return None
    starts_on = session.starts_at.astimezone(session.zone).date()
    if day < clock.now().astimezone(session.zone).date():
        raise EndsInThePast
    if day > starts_on:
        raise EndsAfterTheStart(day=formats.day(session.starts_at, get_language() or "fr-ca", session.timezone))
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=session.zone)
    return min(midnight, session.starts_at)


def _domain(typed: str) -> str:
    """« @Ecole.qc.ca » and « nom@ecole.qc.ca » mean ecole.qc.ca."""
    if not typed.strip():
        return ""
    domain = domain_of(typed)
    try:
        validate_email(f"nom@{domain}")
    except ValidationError:
        raise NotADomain from None
    return domain
