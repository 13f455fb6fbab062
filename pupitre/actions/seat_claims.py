"""Taking a seat through a link: someone asks, the establishment approves where it wants to, the seat is given.

Who is asking? Someone of the list, when the name and the address are both the same; without an address, when one person
of that name has none on the list either; anybody else is a new person. So nobody acts under the record of a colleague
whose name is all they know, and no record changes from here.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from pupitre import clock, journal
from pupitre.actions import claim_places, seats, throttles
from pupitre.actions.claim_links import domain_of
from pupitre.actions.people import Newcomer
from pupitre.mail import letters
from pupitre.models import Assignment, ClaimLink, Job, Membership, Participant, SeatClaim, User
from pupitre.models.people import Right, Role, known_as
from pupitre.queries.claim_links import seats_left
from pupitre.refusals import Refused

# A whole staff room may share one network address, and take its seats in the same quarter of an hour.
CLAIMS_PER_ADDRESS = 60
CLAIMS_PER_LINK = 300
A_WHILE = timedelta(minutes=15)
MOST_WAITING = 200
TOLD_AFTER = timedelta(minutes=10)  # those who ask meanwhile are told of in the same letter


class AnotherDomain(Refused):
    code = "another_domain"
    message = _("Enter an address that ends with @{domain}.")


class NameHasASeat(Refused):
    code = "name_has_a_seat"
    message = _(
        "A seat is already taken in this name. If it is yours, ask your establishment for the code. "
        "If two of you have the same name, add your email address."
    )


class TooManyWaiting(Refused):
    code = "too_many_claims_waiting"
    message = _("Too many requests are waiting for an answer. Ask your establishment.")


class NothingLeftToGive(Refused):
    code = "nothing_left_to_give"
    message = _("No seat is left for this link. Refuse the request, or make another link.")


class NotEnoughForAll(Refused):
    code = "not_enough_seats_for_all"
    message = ngettext_lazy(
        "{n} request is waiting, and seats left: {left}. Approve them one by one.",
        "{n} requests are waiting, and seats left: {left}. Approve them one by one.",
        "n",
    )


class AlreadyAnswered(Refused):
    code = "claim_already_answered"
    message = _("This request has already been answered.")


class AlreadyHasASeat(Refused):
    code = "already_has_a_seat"
    message = _("{name} already has a seat in this session: refuse this request.")


def ask(link: ClaimLink, person: Newcomer, *, address: str, batch: UUID | None = None) -> SeatClaim | None:
    """Take a seat through a link, or ask for it where each request is approved.

    None when this person has a seat already: the confirmation is sent again to the address on the list, and whoever
    asked learns no more than from a request that waits for its letter.
    """
    if link.email_domain and domain_of(person.email) != link.email_domain:
        raise AnotherDomain(domain=link.email_domain)
    _count_a_try(link, address)
    with transaction.atomic():
        seats.lock(link.establishment, link.session)
        link = _locked(link)
        if batch and (done := link.claims.filter(batch=batch).first()):
            return done
        if no := claim_places.refusal(link):
            raise no
        claim = SeatClaim(link=link, batch=batch or uuid4(), asked_at=clock.now(), **_typed(person))
        persons = _recognised(link, [claim])
        if seated := _registrations(link, persons):
            _remind(seated[0])
            return None
        if link.needs_approval:
            return _wait(link, claim)
        _give(link, [claim], persons, by=None)
        claim.save()
        return claim


def approve(link: ClaimLink, claims: Sequence[SeatClaim], *, by: User) -> list[SeatClaim]:
    """Give a seat to each of those who asked, in the order they did: all of them or none."""
    with transaction.atomic():
        seats.lock(link.establishment, link.session)
        link = _locked(link)
        chosen = SeatClaim.objects.select_for_update().waiting().filter(link=link, pk__in=[c.pk for c in claims])
        waiting = list(chosen.order_by("asked_at", "pk"))
        if not waiting:
            raise AlreadyAnswered
        left = seats_left(link)
        if not left:
            raise NothingLeftToGive
        if len(waiting) > left:
            raise NotEnoughForAll(n=len(waiting), left=left)
        persons = _recognised(link, waiting)
        if seated := _registrations(link, persons):
            raise AlreadyHasASeat(name=seated[0].participant.name)
        _give(link, waiting, persons, by=by)
        SeatClaim.objects.bulk_update(waiting, ["accepted_at", "decided_by", "assignment"], batch_size=500)
        return waiting


@transaction.atomic
def tell(link_pk: int) -> None:
    """One letter for all who wait, to whoever made the link; to the owners, when that person is gone. Due a little
    after the first of them asked.
    """
    link = _locked(ClaimLink.objects.get(pk=link_pk))
    waiting = list(link.claims.waiting().filter(told_at=None).order_by("pk"))
    if not waiting:
        return
    SeatClaim.objects.filter(pk__in=[claim.pk for claim in waiting]).update(told_at=clock.now())
    letters.claims_waiting(link, waiting[0], _readers(link))


def _count_a_try(link: ClaimLink, address: str) -> None:
    throttles.refuse_if_exhausted("claim", address, limit=CLAIMS_PER_ADDRESS)
    throttles.refuse_if_exhausted("claim-of-link", str(link.pk), limit=CLAIMS_PER_LINK)
    throttles.note("claim", address, window=A_WHILE)
    throttles.note("claim-of-link", str(link.pk), window=A_WHILE)


def _locked(link: ClaimLink) -> ClaimLink:
    known = ClaimLink.objects.select_related("establishment", "session__course", "order", "made_by")
    return known.select_for_update(of=("self",)).get(pk=link.pk)


def _typed(person: Newcomer) -> dict[str, str]:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "language": person.language,
        "folded": known_as(person.last_name, person.first_name, person.email),
    }


def _recognised(link: ClaimLink, claims: Sequence[SeatClaim]) -> list[Participant | Newcomer]:
    """Who each of them is: the person of the list they can only be, or else a new one."""
    current = Participant.objects.of(link.establishment).current()
    known = list(current.known_as(claim.folded for claim in claims).order_by("pk"))
    return [_one_of(known, claim) or _newcomer(claim) for claim in claims]


def _one_of(known: list[Participant], claim: SeatClaim) -> Participant | None:
    same = [
        person
        for person in known
        if person.known_as == claim.folded and person.email.casefold() == claim.email.casefold()
    ]
    # Several people of one name and without an address: nobody can tell which of them this is.
    return same[0] if len(same) == 1 or (same and claim.email) else None


def _newcomer(claim: SeatClaim) -> Newcomer:
    return Newcomer(claim.first_name, claim.last_name, claim.email, claim.language)


def _registrations(link: ClaimLink, persons: Sequence[Participant | Newcomer]) -> list[Assignment]:
    """The seats of this session that those of them who are on the list have already."""
    known = [person for person in persons if isinstance(person, Participant)]
    held = Assignment.objects.in_force().filter(session=link.session, participant__in=known)
    return list(held.select_related("participant", "seat").order_by("pk"))


def _remind(seated: Assignment) -> None:
    """Send the confirmation again, no oftener than anyone may; how often is not said."""
    if not seated.participant.email:
        raise NameHasASeat
    with suppress(seats.SentTooRecently):
        seats.resend(seated, by=None)


def _wait(link: ClaimLink, claim: SeatClaim) -> SeatClaim:
    """Ask the establishment. Whoever already waits, in another window, waits once."""
    waiting = link.claims.waiting()
    if same := waiting.filter(folded=claim.folded).first():
        return same
    if waiting.count() >= MOST_WAITING:
        raise TooManyWaiting
    is_first = not waiting.filter(told_at=None).exists()
    claim.save()
    journal.record(
        "claim.asked", by=None, establishment=link.establishment, session=link.session, facts={"link": link.code}
    )
    if is_first:
        due_at = claim.asked_at + TOLD_AFTER
        Job.objects.ask("claims.tell", f"{link.pk}:{claim.pk}", due_at=due_at, link=link.pk)
    return claim


def _give(link: ClaimLink, claims: list[SeatClaim], persons: list[Participant | Newcomer], *, by: User | None) -> None:
    """Seats for these people, counted by the link. Not stored yet: the requests, which their caller has locked."""
    claim_places.take(link, len(claims))
    made = seats.assign_several(link.session, link.establishment, persons, by=by, through=link)
    now = clock.now()
    for claim, assignment in zip(claims, made, strict=True):
        claim.accepted_at, claim.decided_by, claim.assignment = now, by, assignment


def _readers(link: ClaimLink) -> list[User]:
    """Whoever made the link, while they may still assign; then the owners."""
    members = Membership.objects.who_may(Right.ASSIGN).filter(establishment=link.establishment)
    able = members.select_related("user").order_by("pk")
    maker = [member.user for member in able if member.user_id == link.made_by_id]
    return maker or [member.user for member in able if member.role == Role.OWNER]
