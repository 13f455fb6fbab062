"""The letters we write: one function per letter, named after the news it brings.

A letter is a row, written in the transaction of the change that causes it; the worker posts it afterwards. A person
without an address gets none: the owner hands over the code and the PDF.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from pupitre import clock
from pupitre.models import (
    Assignment,
    ClaimLink,
    CreditNote,
    Deed,
    Dispute,
    Establishment,
    Invitation,
    Job,
    Letter,
    Membership,
    Order,
    Payment,
    PaymentLink,
    Provider,
    ProviderEvent,
    Refund,
    Right,
    Role,
    SeatClaim,
    StrayPayment,
    User,
    WaitlistEntry,
)


def order_paid(order: Order) -> None:
    """To the buyer: the payment is confirmed, seats are to be assigned, or have moved."""
    _write([_to_user("order_paid", order.reference, _buyer_of(order), order=order, establishment=order.establishment)])


def seats_stay(payment: Payment) -> None:
    """To the buyer: what was paid to move seats goes back, since they could no longer move."""
    order = payment.order
    about = {"order": order, "establishment": order.establishment}
    _write([_to_user("seats_stay", str(payment.uuid), _buyer_of(order), **about)])


def payment_requested(link: PaymentLink) -> None:
    """To whoever pays the bills: an order to pay, and the link that shows its bill."""
    _write([_to_payer("payment_requested", link)])


def payment_received(link: PaymentLink) -> None:
    """To whoever paid through a link: the receipt, and nothing of the seats."""
    _write([_to_payer("payment_received", link)])


def refunded(credit_note: CreditNote) -> None:
    """To the buyer: money goes back, with the credit note that says what for."""
    order = credit_note.order
    about = {"order": order, "establishment": order.establishment, "credit_note": credit_note}
    _write([_to_user("refunded", str(credit_note.pk), _buyer_of(order), **about)])


def _buyer_of(order: Order) -> User:
    """Who placed the order. When they no longer see the money of the establishment, its first owner hears of it."""
    who_may_see = Membership.objects.who_may(Right.SEE_MONEY).filter(establishment=order.establishment_id)
    concerned = who_may_see.filter(Q(user=order.placed_by_id) | Q(role=Role.OWNER)).select_related("user")
    users = [member.user for member in concerned.order_by("pk")]
    return order.placed_by if order.placed_by in users or not users else users[0]


def refund_failed(refund: Refund) -> None:
    """To the provider: money that was to go back has not, and is owed again."""
    _write([_to_provider("refund_failed", str(refund.uuid), refund.payment.order)])


def refund_found(refund: Refund) -> None:
    """To the provider: someone gave money back at the payment service’s own site."""
    _write([_to_provider("refund_found", str(refund.uuid), refund.payment.order)])


def payment_to_review(payment: Payment) -> None:
    """To the provider: another amount came in than what was asked for, and someone must decide."""
    _write([_to_provider("payment_to_review", str(payment.uuid), payment.order)])


def stray_payment(stray: StrayPayment) -> None:
    """To the provider: a payment service holds money that no order explains."""
    _write([_to_provider("stray_payment", str(stray.pk))])


def dispute_opened(dispute: Dispute) -> None:
    """To the provider: a buyer contests a payment, and there is a date to answer."""
    _write([_to_provider("dispute_opened", _since(dispute), dispute.payment.order)])


def dispute_closed(dispute: Dispute) -> None:
    """To the provider: a dispute was won, or lost."""
    _write([_to_provider("dispute_closed", _since(dispute), dispute.payment.order)])


def notice_of_another_mode(event: ProviderEvent) -> None:
    """To the provider, once a day: a payment service mixes test money and real money up."""
    letter = _to_provider("notice_of_another_mode", f"{event.means}:{event.received_at:%Y-%m-%d}")
    if not Letter.objects.filter(key=letter.key).exists():
        _write([letter])


def _since(dispute: Dispute) -> str:
    """A dispute may be opened again, and be told of again."""
    return f"{dispute.pk}:{clock.now():%Y%m%d%H%M%S}"


def registrations_confirmed(assignments: Iterable[Assignment], *, again: bool = False) -> None:
    """To each holder: a seat is theirs, with the code, the PDF and the calendar entry."""
    numbers = _letters_so_far(assignments) if again else {}
    _write(
        [
            _to_holder("registration_confirmed", assignment, number=numbers.get(assignment.pk, 0))
            for assignment in assignments
        ]
    )


def seats_assigned(assignments: Sequence[Assignment], by: User) -> None:
    """To the one who assigned several seats at once: how many, and who must be given their code by hand."""
    first = assignments[0]
    about = {"assignment": first, "session_id": first.session_id, "establishment_id": first.seat.establishment_id}
    _write([_to_user("seats_assigned", str(first.batch), by, **about)])


def seats_taken_away(formers: Iterable[Assignment]) -> None:
    """To each former holder: the seat went back to the establishment, and the code no longer works."""
    _write([_to_holder("seat_taken_away", former, number=former.revision) for former in formers])


def withdraw(kind: str, assignment: Assignment) -> bool:
    """Keep back the latest letter of a kind about a registration. Says whether it was stopped, or never written.

    The work of posting it is locked first: a worker that is not posting yet waits, and then finds nothing to post.
    """
    letter = Letter.objects.filter(kind=kind, assignment=assignment).order_by("pk").last()
    if letter is None or letter.state == Letter.State.WITHDRAWN:
        return True
    job = Job.objects.select_for_update().filter(key=f"letter.post:{letter.pk}").first()
    if job is None or job.done_at or (job.leased_until and job.leased_until > clock.now()):
        return False
    queued = Letter.objects.filter(pk=letter.pk, state=Letter.State.QUEUED)
    return bool(queued.update(state=Letter.State.WITHDRAWN, last_error=""))


def session_moved(assignments: Iterable[Assignment]) -> None:
    """To each holder: the session has another date; the calendar entry moves."""
    _write([_to_holder("session_moved", each, number=each.calendar_sequence) for each in assignments])


def registrations_moved(assignments: Iterable[Assignment]) -> None:
    """To each holder: their seat is in another session now; the code stays, the calendar entry moves."""
    _write([_to_holder("registration_moved", assignment, number=assignment.revision) for assignment in assignments])


def certificates_ready(assignments: Iterable[Assignment]) -> None:
    """To each person who was present: the certificate, enclosed. Told again when it was withdrawn by mistake."""
    numbers = _letters_so_far(assignments, "certificate_ready")
    _write([_to_holder("certificate_ready", each, number=numbers.get(each.pk, 0)) for each in assignments])


def seats_still_free(establishment: Establishment, day: date, *, is_last_call: bool) -> None:
    """To those who can assign for the establishment and want reminders: seats of coming sessions are still free.

    At the last call, the owners get another letter, whatever they chose.
    """
    can_assign = _members(establishment).who_may(Right.ASSIGN)
    _write(
        [
            _to_user(kind, f"{establishment.pk}:{day}:{member.user_id}", member.user, establishment=establishment)
            for member in can_assign
            if (kind := _reminder_for(member, is_last_call=is_last_call))
        ]
    )


def _reminder_for(member: Membership, *, is_last_call: bool) -> str:
    if is_last_call and Right.MANAGE in member.rights:
        return "last_call"
    return "seats_still_free" if member.gets_reminders else ""


def waitlist_joined(entry: WaitlistEntry) -> None:
    """To whoever asked: the establishment is on the waiting list of a session."""
    about = {"waitlist_entry": entry, "session_id": entry.session_id, "establishment_id": entry.establishment_id}
    _write([_to_user("waitlist_joined", str(entry.pk), entry.asked_by, **about)])


def seats_offered(order: Order) -> None:
    """To everyone who may buy for the establishment: places came back, and are held for them until a given time."""
    _write(_to_buyers("seats_offered", order))


def offer_ending(order: Order) -> None:
    """To the same, once: the places are not paid yet, and the offer is about to end."""
    reminders = _to_buyers("offer_ending", order)
    written = set(Letter.objects.filter(kind="offer_ending", order=order).values_list("key", flat=True))
    _write([letter for letter in reminders if letter.key not in written])


def offer_lapsed(order: Order) -> None:
    """To the same: the offer was not paid in time, and the establishment waits no more."""
    _write(_to_buyers("offer_lapsed", order))


def claims_refused(link: ClaimLink, claims: Iterable[SeatClaim]) -> None:
    """To each of those who asked for a seat and left an address: there is none for them."""
    _write(
        [
            Letter(
                kind="claim_refused",
                key=f"claim_refused:{claim.uuid}",
                to_email=claim.email,
                to_name=claim.name,
                language=claim.language,
                session=link.session,
                establishment=link.establishment,
            )
            for claim in claims
        ]
    )


def claims_waiting(link: ClaimLink, first: SeatClaim, readers: Iterable[User]) -> None:
    """To whoever made a link: people wait for an answer. One letter for all of them, named by the first."""
    about = {"claim_link": link, "session": link.session, "establishment": link.establishment}
    _write([_to_user("claims_waiting", f"{first.uuid}:{reader.pk}", reader, **about) for reader in readers])


def account_news(kind: str, email: str, *, user: User | None, key: str, language: str) -> None:
    """To the holder of an address: verify it, choose a new password, or learn that a profile already uses it."""
    _write([Letter(kind=kind, key=f"{kind}:{key}", to_email=email, language=language, user=user)])


def delegate_invited(invitation: Invitation, *, language: str) -> None:
    """To an address: an establishment invites its reader to act for it, and the link that says yes."""
    known = User.objects.filter(email=invitation.email).first()
    letter = Letter(
        kind="delegate_invited",
        key=f"delegate_invited:{invitation.uuid}:{invitation.sent_at:%Y%m%d%H%M%S}",
        to_email=invitation.email,
        to_name=known.name if known else "",
        language=known.language if known else language,
        user=known,
        establishment=invitation.establishment,
        invitation=invitation,
    )
    _write([letter])


def access_given(invitation: Invitation, newcomer: User) -> None:
    """To whoever accepted an invitation: what they can do from now on."""
    about = {"establishment": invitation.establishment, "invitation": invitation}
    _write([_to_user("access_given", str(invitation.uuid), newcomer, **about)])


def invitation_accepted(invitation: Invitation) -> None:
    """To whoever invited: someone acts for the establishment from now on. To its owners when the sender is gone."""
    readers = [invitation.invited_by]
    if not invitation.invited_by.is_active:
        readers = _owners_but(invitation.establishment, invitation.accepted_by)
    about = {"establishment": invitation.establishment, "invitation": invitation}
    _write([_to_user("invitation_accepted", f"{invitation.uuid}:{user.pk}", user, **about) for user in readers])


def member_left(membership: Membership, deed: Deed) -> None:
    """To the owners who remain: a member went, by their own will."""
    about = {"establishment": membership.establishment, "deed": deed}
    readers = _owners_but(membership.establishment, membership.user)
    _write([_to_user("member_left", f"{deed.pk}:{user.pk}", user, **about) for user in readers])


def role_changed(membership: Membership, deed: Deed) -> None:
    """To a member: an owner changed what they can do."""
    about = {"establishment": membership.establishment, "deed": deed}
    _write([_to_user("role_changed", str(deed.pk), membership.user, **about)])


def membership_ended(membership: Membership, deed: Deed) -> None:
    """To a former member: they no longer act for the establishment."""
    about = {"establishment": membership.establishment, "deed": deed}
    _write([_to_user("membership_ended", str(deed.pk), membership.user, **about)])


def ownership_transferred(deed: Deed, *, former: User, heir: User) -> None:
    """To both: an owner gave their place to someone else."""
    about = {"establishment": deed.establishment, "deed": deed}
    _write([_to_user("ownership_transferred", f"{deed.pk}:{user.pk}", user, **about) for user in (former, heir)])


def owner_nominated(invitation: Invitation, deed: Deed) -> None:
    """To everyone who acts for the establishment: the provider invites someone to own it, and not in silence."""
    about = {"establishment": invitation.establishment, "invitation": invitation, "deed": deed}
    told = [member.user for member in _members(invitation.establishment) if member.user.email != invitation.email]
    _write([_to_user("owner_nominated", f"{deed.pk}:{user.pk}", user, **about) for user in told])


def _owners_but(establishment: Establishment, someone: User | None) -> list[User]:
    owners = _members(establishment).who_may(Right.MANAGE).order_by("pk")
    return [member.user for member in owners if member.user != someone]


def _members(establishment: Establishment) -> Any:
    return Membership.objects.filter(establishment=establishment, user__is_active=True).select_related("user")


def _to_user(kind: str, key: str, user: User, **about: Any) -> Letter:
    return Letter(
        kind=kind,
        key=f"{kind}:{key}",
        to_email=user.email,
        to_name=user.name,
        language=user.language,
        user=user,
        **about,
    )


def _to_buyers(kind: str, order: Order) -> list[Letter]:
    members = Membership.objects.who_may(Right.BUY).filter(establishment=order.establishment_id).select_related("user")
    about = {"order": order, "establishment_id": order.establishment_id}
    return [_to_user(kind, f"{order.reference}:{member.user_id}", member.user, **about) for member in members]


def _to_payer(kind: str, link: PaymentLink) -> Letter:
    order = link.order
    return Letter(
        kind=kind,
        key=f"{kind}:{link.uuid}",
        to_email=link.email,
        language=order.language,
        payment_link=link,
        order=order,
        establishment_id=order.establishment_id,
    )


def _to_provider(kind: str, key: str, order: Order | None = None) -> Letter:
    provider = Provider.current()
    return Letter(
        kind=kind,
        key=f"{kind}:{key}",
        to_email=provider.email,
        to_name=provider.name,
        order=order,
        establishment_id=order.establishment_id if order else None,
    )


def _to_holder(kind: str, assignment: Assignment, *, number: int = 0) -> Letter:
    person = assignment.participant
    return Letter(
        kind=kind,
        key=f"{kind}:{assignment.uuid}:{number}",
        to_email=person.email,
        to_name=person.name,
        language=person.language,
        assignment=assignment,
        session_id=assignment.session_id,
        establishment_id=assignment.seat.establishment_id,
    )


def _letters_so_far(assignments: Iterable[Assignment], kind: str = "registration_confirmed") -> dict[int, int]:
    """How many letters of a kind each registration already had."""
    numbers: dict[int, int] = {}
    written = Letter.objects.filter(kind=kind, assignment__in=assignments)
    for pk in written.values_list("assignment_id", flat=True):
        numbers[pk] = numbers.get(pk, 0) + 1
    return numbers


def _write(letters: list[Letter]) -> None:
    written = Letter.objects.bulk_create([letter for letter in letters if letter.to_email], batch_size=500)
    Job.objects.ask_many(
        [Job(kind="letter.post", key=f"letter.post:{letter.pk}", facts={"letter": letter.pk}) for letter in written]
    )
