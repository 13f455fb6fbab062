"""What can be done with a payment: start it, settle it, close it.

The payment service is asked between transactions, never inside one. `settle` is the one function that return page,
webhook, later checks and expiry all call: it reads the service without any lock, then applies the truth in one
transaction on the order and the payment. Any number of callers, in any order, give the same result.

Locks are taken in one order: order, then payment, then refund.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock, gateways, journal
from pupitre.actions import bills, fees, orders, promotions, refunds, supplements, terms
from pupitre.actions.services import gateway_of
from pupitre.gateways import Gateway, Notice, Standing
from pupitre.mail import letters
from pupitre.models import Job, Order, Payment, PaymentLink, User
from pupitre.refusals import Refused

log = logging.getLogger(__name__)

CHECK_PAUSES = [timedelta(minutes=minutes) for minutes in (2, 5, 10, 20, 40)]

Status = Payment.Status
Disposition = Payment.Disposition
# The money is being taken, or the service thinks about it: whoever wants something else waits for the answer.
DECIDED_ELSEWHERE = (Status.CAPTURING, Status.PROCESSING)


class AlreadyPaid(Refused):
    code = "already_paid"
    message = _("This order is already paid.")


class PaymentUnderWay(Refused):
    code = "payment_under_way"
    message = _("We are waiting for the payment to be confirmed. Do not pay again: an email will tell you the result.")


class OtherMeansChosen(Refused):
    code = "other_means_chosen"
    message = _("Another way to pay this order was chosen in the meantime. Choose again how to pay.")


class TaxesChanged(Refused):
    code = "taxes_changed"
    message = _(
        "The taxes have changed since this order was placed: they follow the day of payment. Check the new total."
    )


class LinkWithdrawn(Refused):
    code = "payment_link_withdrawn"
    message = _("This payment link was withdrawn. Ask the person who sent it to you for a new one.")


class ServiceUnavailable(Refused):
    code = "payment_service_unavailable"
    message = _("The payment service is not answering. Nothing was charged. Try again in a few minutes.")


def start(order: Order, means: str, *, by: User | None, link: PaymentLink | None = None) -> str:
    """Open the way to pay an order by this means, and give the address of the payment page.

    One attempt can be paid at a time: an open one by other means, or by someone else, is closed first; a second click
    finds the first attempt. Refuses an order already paid or being confirmed, seats or a promo code that are gone, and
    a total whose taxes have changed. `link` is the one followed by whoever pays without an account.
    """
    try:
        payment = _attempt(order, means, by=by, link=link)
    except gateways.GatewayError as trouble:
        raise ServiceUnavailable from trouble
    try:
        return payment.url or _open_page(payment)
    except gateways.Unreachable as trouble:
        raise ServiceUnavailable from trouble
    except gateways.GatewayError as trouble:
        log.error("payment %s was refused by the service: %s", payment.uuid, trouble.code)
        close(payment)
        raise ServiceUnavailable from trouble


def settle(payment: Payment) -> Payment:
    """Ask the payment service how an attempt stands, and apply the truth: order, seats and letters with it, once."""
    payment = Payment.objects.get(pk=payment.pk)
    if not payment.provider_reference or payment.status == Status.SUCCEEDED:
        return payment  # nothing to ask about, or nothing that the answer could change
    gateway = gateway_of(payment)
    notice = gateway.read(payment.provider_reference)
    if notice.standing is Standing.APPROVED and (committed := _commit_seats(payment)):
        payment = committed
        notice = _capture(gateway, payment)
    return apply(payment, notice)


@transaction.atomic
def apply(payment: Payment, notice: Notice, *, asked_to_close: bool = False) -> Payment:
    """Write down what a payment service says of an attempt. Says nothing twice: a repeated notice changes nothing.

    `payment` is the attempt as it was known when the service was asked: it may have moved on since. `asked_to_close`:
    the attempt is closed because we asked, which gives way to money being taken or reviewed meanwhile.
    """
    known = payment
    order = locked(known.order_id)
    payment = Payment.objects.select_for_update().get(pk=known.pk)
    payment.order = order
    if payment.status == Status.SUCCEEDED:
        return payment
    if notice.live != (payment.mode == "live"):
        log.error("payment %s: a notice of another mode was refused", payment.uuid)
        return payment

    payment.failure_code = notice.failure_code or payment.failure_code
    payment.charge_reference = notice.charge_reference or payment.charge_reference
    if notice.standing is Standing.PAID:
        _receive(payment, order, notice)
    elif notice.standing is Standing.PROCESSING and (payment.is_live or not _has_live_attempt(order)):
        payment.status = Status.PROCESSING
    elif notice.standing is Standing.CLOSED and not (asked_to_close and payment.status in DECIDED_ELSEWHERE):
        payment.status = Status.CLOSED
    elif notice.standing is Standing.OPEN and _same_capture(known, payment):
        payment.status = Status.OPEN  # the capture was declined: the buyer can agree again, with another card
        payment.captures_declined += 1
    payment.save()
    return payment


def close(payment: Payment) -> Payment:
    """Make an attempt unpayable, and say how it stands afterwards: it may turn out to be paid."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        if payment.status == Status.CREATED:
            # Its page was never shown to anyone. Whoever is opening it finds this and closes it at the service.
            payment.status = Status.ABANDONED
            payment.save(update_fields=["status"])
            return payment
    if not payment.is_live:
        return payment
    if payment.status in DECIDED_ELSEWHERE:
        return settle(payment)
    payment = apply(payment, gateway_of(payment).close(payment.provider_reference), asked_to_close=True)
    return settle(payment) if payment.status == Status.CAPTURING else payment


def expire(order: Order) -> datetime | None:
    """Let the seats of an unpaid order go once nobody can pay it any more. Gives the time to look again, if any.

    Every open attempt is closed at the payment service first: while it cannot be reached, the seats stay held.
    """
    order.refresh_from_db()
    if order.is_awaiting_payment and order.hold_until > clock.now():
        return order.hold_until
    return _withdraw(order, Order.Status.EXPIRED, by=None)


def cancel(order: Order, *, by: User) -> None:
    """Take back an unpaid order, to change it. Refuses one that is paid, or being confirmed."""
    try:
        _withdraw(order, Order.Status.CANCELLED, by=by)
    except gateways.GatewayError as trouble:
        raise ServiceUnavailable from trouble
    order.refresh_from_db()
    if order.is_paid:
        raise AlreadyPaid
    if order.is_awaiting_payment:
        raise PaymentUnderWay


def check(payment: Payment) -> datetime | None:
    """Ask again about an attempt that nobody reported on. Gives the time of the next check, if any.

    One that turns out to be paid, reported or not, has its fees read: nobody waits for them.
    """
    payment = settle(payment)
    if payment.status == Status.SUCCEEDED:
        fees.ask(payment, "charge")
    if not payment.is_live:
        return None
    payment.checks += 1
    payment.save(update_fields=["checks"])
    pause = CHECK_PAUSES[payment.checks] if payment.checks < len(CHECK_PAUSES) else timedelta(hours=1)
    return clock.now() + pause


def _attempt(order: Order, means: str, *, by: User | None, link: PaymentLink | None) -> Payment:
    """The attempt to go on with: the one under way by this means, or a new one."""
    try:
        return _reopened(order, means, link) or _new_attempt(order, means, by=by, link=link)
    except IntegrityError:
        # Another click made an attempt between our look and our writing: look again.
        return _reopened(order, means, link) or _new_attempt(order, means, by=by, link=link)


def _reopened(order: Order, means: str, link: PaymentLink | None) -> Payment | None:
    """The attempt under way by this means and this person, if it can still be paid; any other one is closed at the
    service first.
    """
    for payment in order.payments.filter(status__in=Payment.LIVE_STATUSES):
        is_ours = payment.means == means and payment.link_id == (link.pk if link else None)
        if is_ours and payment.status == Status.CREATED:
            return payment
        payment = settle(payment) if is_ours else close(payment)
        if is_ours and payment.status == Status.OPEN:
            return payment
        if payment.status in DECIDED_ELSEWHERE:
            raise PaymentUnderWay
        if payment.is_live:
            close(payment)
    return None


def _new_attempt(order: Order, means: str, *, by: User | None, link: PaymentLink | None) -> Payment:
    """A new attempt, at the taxes of today. An order that has kept its seats as long as it may lets them go first."""
    if orders.refresh_taxes(order):
        raise TaxesChanged
    try:
        return _write_attempt(order, means, by=by, link=link)
    except orders.HoldLimitReached:
        _withdraw(order, Order.Status.EXPIRED, by=None)
        raise


@transaction.atomic
def _write_attempt(order: Order, means: str, *, by: User | None, link: PaymentLink | None) -> Payment:
    """A payment row with its key and its frozen request, committed before the service hears of it."""
    order = locked(order.pk)
    if order.is_paid:
        raise AlreadyPaid
    terms.check_agreed(order)
    if link is not None and not _still_pays(link, order):
        raise LinkWithdrawn
    attempts = list(order.payments.values_list("disposition", flat=True))
    if Disposition.REVIEW in attempts:
        raise PaymentUnderWay
    if order.is_awaiting_payment:
        supplements.check(order)
        orders.extend_hold(order)
    else:
        orders.retake_seats(order)
    payment = Payment(
        order=order,
        means=means,
        attempt=len(attempts) + 1,
        mode=order.mode,
        amount_cents=order.total_cents,
        link=link,
    )
    payment.request_body = gateways.connect(means).request(bills.bill_of(payment))
    payment.save()
    journal.record("payment.started", by=by, establishment=order.establishment, order=order, facts={"means": means})
    Job.objects.ask("payment.check", str(payment.uuid), due_at=clock.now() + CHECK_PAUSES[0], payment=payment.pk)
    return payment


def _still_pays(link: PaymentLink, order: Order) -> bool:
    """Whether a link still pays its order, now that the order is locked: its owner may have taken either back."""
    is_in_force = PaymentLink.objects.filter(pk=link.pk, revoked_at=None).exists()
    return is_in_force and order.status != Order.Status.CANCELLED


def _open_page(payment: Payment) -> str:
    """Ask the service for its payment page, and hand its address out only if the order can still be paid."""
    gateway = gateway_of(payment)
    # As the database gives it back: a second try under the same key must send the very same words in the same order.
    payment.refresh_from_db(fields=["request_body"])
    started = gateway.start(payment.request_body, key=payment.key)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=payment.order_id)
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        if payment.status == Status.OPEN:
            return payment.url
        if order.is_awaiting_payment and payment.status == Status.CREATED:
            payment.provider_reference = started.reference
            payment.url = started.url
            payment.status = Status.OPEN
            payment.save(update_fields=["provider_reference", "url", "status"])
            return payment.url
    gateway.close(started.reference)
    raise OtherMeansChosen if order.is_awaiting_payment else orders.HoldLimitReached


@transaction.atomic
def _commit_seats(known: Payment) -> Payment | None:
    """Decide to take the money of an approved attempt: only while its order holds seats. Then only forward.

    An agreement seen before a capture was declined (`known` is the attempt as it was then) is used up.
    """
    order = Order.objects.select_for_update().get(pk=known.order_id)
    payment = Payment.objects.select_for_update().get(pk=known.pk)
    if payment.captures_declined != known.captures_declined:
        return None
    if payment.status == Status.CAPTURING:
        return payment
    if payment.status != Status.OPEN or not order.is_awaiting_payment or supplements.refusal(order):
        return None
    payment.status = Status.CAPTURING
    payment.save(update_fields=["status"])
    return payment


def _same_capture(known: Payment, payment: Payment) -> bool:
    """Whether the service was asked during the capture under way. "Open" then means that it was declined; said
    before the capture began, it only means that the buyer had not agreed yet."""
    capturing = known.status == payment.status == Status.CAPTURING
    return capturing and known.captures_declined == payment.captures_declined


def _capture(gateway: Gateway, payment: Payment) -> Notice:
    """Take the money. When the service refuses for good, nobody can pay this attempt any more."""
    try:
        return gateway.capture(payment.provider_reference, key=payment.capture_key)
    except gateways.Declined as refusal:
        notice = gateway.read(payment.provider_reference)
        if notice.standing not in (Standing.OPEN, Standing.APPROVED):
            return notice
        return replace(notice, standing=Standing.CLOSED, failure_code=refusal.code)


def _receive(payment: Payment, order: Order, notice: Notice) -> None:
    """The money is in: give it its place. Order and payment are locked, and change together."""
    payment.status = Status.SUCCEEDED
    payment.settled_at = clock.now()
    payment.paid_with = notice.means
    payment.received_cents, payment.received_currency = notice.amount_cents, notice.currency
    if (notice.amount_cents, notice.currency) != (payment.amount_cents, payment.currency):
        payment.disposition = Disposition.REVIEW
    elif not order.is_paid and payment.amount_cents != order.total_cents:
        payment.disposition = Disposition.REVIEW  # begun before the taxes changed, and paid although it was closed
    elif can_be_delivered(order):
        payment.disposition = Disposition.APPLIED
        deliver(order, payment)
    else:
        payment.disposition = Disposition.SURPLUS
        refunds.give_back_surplus(payment)
        if order.is_awaiting_payment:
            orders.let_go(order, Order.Status.EXPIRED, by=None)  # what it paid for can no longer be had
        if order.is_supplement and not order.is_paid:
            letters.seats_stay(payment)
    if payment.disposition != Disposition.APPLIED:
        log.error("payment %s of order %s needs attention: %s", payment.uuid, order.reference, payment.disposition)
        journal.record(f"payment.{payment.disposition}", by=None, establishment=order.establishment, order=order)
    if payment.disposition == Disposition.REVIEW:
        letters.payment_to_review(payment)


def can_be_delivered(order: Order) -> bool:
    """Whether the order, locked, holds its seats, or can take them again, and its promo code with them; and whether
    the seats that it moves still can.
    """
    if order.is_paid:
        return False
    try:
        if order.is_awaiting_payment:
            supplements.check(order)
        else:
            orders.retake_seats(order)
    except (orders.SeatsGone, promotions.PromoCodeNotValid, supplements.SeatsStay):
        return False
    return True


def deliver(order: Order, payment: Payment) -> None:
    """Deliver the order that a payment pays. Both are locked."""
    order.payment = payment  # for its invoice, which is written first
    orders.fulfil(order)
    if payment.link:
        letters.payment_received(payment.link)


def is_being_paid(order: Order) -> bool:
    """Whether money could still come in for an order, or came in and waits for a person."""
    return order.payments.filter(Q(status__in=Payment.LIVE_STATUSES) | Q(disposition=Disposition.REVIEW)).exists()


def _withdraw(order: Order, status: Order.Status, *, by: User | None) -> datetime | None:
    for payment in order.payments.filter(status__in=Payment.LIVE_STATUSES):
        close(payment)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not order.is_awaiting_payment:
            return None
        if is_being_paid(order):
            return clock.now() + timedelta(hours=1)
        orders.let_go(order, status, by=by)
        return None


def locked(order: int) -> Order:
    """The order, locked, with what it moves, and those whom its letter, its invoice and its deed name."""
    named = ("establishment", "placed_by", "promo", "offer")
    found = Order.objects.select_for_update(of=("self",)).select_related(*named)
    return found.get(pk=order)


def _has_live_attempt(order: Order) -> bool:
    return order.payments.filter(status__in=Payment.LIVE_STATUSES).exists()
