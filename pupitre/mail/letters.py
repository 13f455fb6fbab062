"""The letters we write: one function per letter, named after the news it brings.

A letter is a row, written in the transaction of the change that causes it; the worker posts it afterwards. A person
without an address gets none: the owner hands over the code and the PDF.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pupitre import clock
from pupitre.models import (
    Assignment,
    CourseSession,
    CreditNote,
    Dispute,
    Establishment,
    Job,
    Letter,
    Membership,
    Order,
    Payment,
    PaymentLink,
    Provider,
    ProviderEvent,
    Refund,
    StrayPayment,
    User,
)


def order_paid(order: Order) -> None:
    """To the buyer: the payment is confirmed, seats are to be assigned."""
    _write([_to_user("order_paid", order.reference, order.placed_by, order=order, establishment=order.establishment)])


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
    _write([_to_user("refunded", str(credit_note.pk), order.placed_by, **about)])


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
    _write([_to_holder("seat_taken_away", former) for former in formers])


def session_moved(assignments: Iterable[Assignment], session: CourseSession) -> None:
    """To each holder: the session has another date; the calendar entry moves."""
    _write([_to_holder("session_moved", assignment, number=session.revision) for assignment in assignments])


def seats_still_free(establishment: Establishment, session: CourseSession, days: int) -> None:
    """To everyone who can assign for the establishment, once: seats of a coming session have nobody in them yet."""
    members = Membership.objects.filter(establishment=establishment, user__is_active=True).select_related("user")
    reminders = [
        _to_user(
            "seats_still_free",
            f"{session.code}:{days}:{establishment.pk}:{member.user_id}",
            member.user,
            session=session,
            establishment=establishment,
        )
        for member in members
    ]
    keys = [letter.key for letter in reminders]
    written = set(Letter.objects.filter(key__in=keys).values_list("key", flat=True))
    _write([letter for letter in reminders if letter.key not in written])


def account_news(kind: str, email: str, *, user: User | None, key: str, language: str) -> None:
    """To the holder of an address: verify it, choose a new password, or learn that a profile already uses it."""
    _write([Letter(kind=kind, key=f"{kind}:{key}", to_email=email, language=language, user=user)])


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


def _letters_so_far(assignments: Iterable[Assignment]) -> dict[int, int]:
    """How many confirmations each registration already had."""
    numbers: dict[int, int] = {}
    written = Letter.objects.filter(kind="registration_confirmed", assignment__in=assignments)
    for pk in written.values_list("assignment_id", flat=True):
        numbers[pk] = numbers.get(pk, 0) + 1
    return numbers


def _write(letters: list[Letter]) -> None:
    written = Letter.objects.bulk_create([letter for letter in letters if letter.to_email], batch_size=500)
    Job.objects.ask_many(
        [Job(kind="letter.post", key=f"letter.post:{letter.pk}", facts={"letter": letter.pk}) for letter in written]
    )
