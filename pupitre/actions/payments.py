"""What can be done with a payment: start it, settle it, close it.

The payment service is asked between transactions, never inside one. `settle` is the one function that return page,
webhook, later checks and expiry all call: it reads the service without any lock, then applies the truth in one
transaction on the order and the payment. Any number of callers, in any order, give the same result.

Locks are taken in one order: order, then payment, then refund.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from pupitre import clock, gateways, journal
from pupitre.actions import orders, refunds
from pupitre.actions.services import gateway_of
from pupitre.gateways import Bill, Gateway, Item, Notice, Standing
from pupitre.models import Job, Order, Payment, Provider, ProviderEvent, User
from pupitre.refusals import Refused

log = logging.getLogger(__name__)

# A payment page lives a minute longer than the buyer is told; Stripe refuses less than thirty minutes.
PAGE_MARGIN = timedelta(minutes=1)
CHECK_PAUSES = [timedelta(minutes=minutes) for minutes in (2, 5, 10, 20, 40)]
FOREIGN_AFTER = timedelta(hours=1)

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


class ServiceUnavailable(Refused):
    code = "payment_service_unavailable"
    message = _("The payment service is not answering. Nothing was charged. Try again in a few minutes.")


def start(order: Order, means: str, *, by: User) -> str:
    """Open the way to pay an order by this means, and give the address of the payment page.

    One attempt can be paid at a time: an open one by other means is closed first; a second click finds the first
    attempt. Refuses an order already paid or being confirmed, and seats that are gone.
    """
    try:
        payment = _attempt(order, means, by=by)
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
    if not payment.provider_reference:
        return payment
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
    order = _locked(known.order_id)
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
    """Ask again about an attempt that nobody reported on. Gives the time of the next check, if any."""
    payment = settle(payment)
    if not payment.is_live:
        return None
    payment.checks += 1
    payment.save(update_fields=["checks"])
    pause = CHECK_PAUSES[payment.checks] if payment.checks < len(CHECK_PAUSES) else timedelta(hours=1)
    return clock.now() + pause


@transaction.atomic
def receive_event(means: str, event: gateways.Event, body: str) -> ProviderEvent:
    """Keep a verified webhook, and ask for it to be handled. The same event twice is kept once."""
    kept, is_new = ProviderEvent.objects.get_or_create(
        means=means,
        event_id=event.id,
        defaults={
            "kind": event.kind,
            "mode": "live" if event.live else settings.PAYMENT_MODE,
            "payment_uuid": event.payment if _is_uuid(event.payment) else "",  # other sites give other names
            "reference": event.reference or event.charge_reference,
            "body": body,
        },
    )
    if is_new:
        Job.objects.ask("event.handle", f"{means}:{event.id}", event=kept.pk)
    return kept


def handle_event(event: ProviderEvent) -> datetime | None:
    """Settle the payment a webhook speaks of. One about nothing we know is tried for an hour, then set aside."""
    payment = _payment_of(event)
    if payment is None and clock.now() < event.received_at + FOREIGN_AFTER:
        return clock.now() + timedelta(minutes=5)
    if payment is not None:
        settle(payment)
        if "refund" in event.kind.lower():
            refunds.ask_about(payment)
    event.handled_at = clock.now()
    event.outcome = "settled" if payment else "foreign"
    event.save(update_fields=["handled_at", "outcome"])
    return None


def _attempt(order: Order, means: str, *, by: User) -> Payment:
    """The attempt to go on with: the one under way by this means, or a new one."""
    try:
        return _reopened(order, means) or _new_attempt(order, means, by=by)
    except IntegrityError:
        # Another click made an attempt between our look and our writing: look again.
        return _reopened(order, means) or _new_attempt(order, means, by=by)


def _reopened(order: Order, means: str) -> Payment | None:
    """The attempt under way by this means, if it can still be paid; any other one is closed at the service first."""
    for payment in order.payments.filter(status__in=Payment.LIVE_STATUSES):
        if payment.means == means and payment.status == Status.CREATED:
            return payment
        payment = settle(payment) if payment.means == means else close(payment)
        if payment.means == means and payment.status == Status.OPEN:
            return payment
        if payment.status in DECIDED_ELSEWHERE:
            raise PaymentUnderWay
        if payment.is_live:
            close(payment)
    return None


@transaction.atomic
def _new_attempt(order: Order, means: str, *, by: User) -> Payment:
    """A payment row with its key and its frozen request, committed before the service hears of it."""
    order = _locked(order.pk)
    if order.is_paid:
        raise AlreadyPaid
    if order.is_awaiting_payment:
        orders.extend_hold(order)
    else:
        orders.retake_seats(order)
    payment = Payment(
        order=order,
        means=means,
        attempt=order.payments.count() + 1,
        mode=order.mode,
        amount_cents=order.total_cents,
    )
    payment.request_body = gateways.connect(means).request(_bill(payment))
    payment.save()
    journal.record("payment.started", by=by, establishment=order.establishment, order=order, facts={"means": means})
    Job.objects.ask("payment.check", str(payment.uuid), due_at=clock.now() + CHECK_PAUSES[0], payment=payment.pk)
    return payment


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


def _bill(payment: Payment) -> Bill:
    order = payment.order
    with translation.override(order.language):
        lines = list(order.lines.select_related("session__course"))
        items = [Item(line.session.course.title, line.quantity, line.unit_price_cents) for line in lines]
        items += [
            Item(str(tax.get_code_display()), 1, tax.amount_cents, is_tax=True)
            for tax in order.taxes.all()
            if tax.amount_cents
        ]
        page = settings.SITE_URL + reverse("shop:order", args=[order.reference])
    return Bill(
        payment=str(payment.uuid),
        order_number=order.number,
        attempt=payment.attempt,
        items=tuple(items),
        total_cents=payment.amount_cents,
        language=order.language,
        customer_email=order.placed_by.email,
        seller_name=Provider.current().name,
        return_url=page,
        cancel_url=f"{page}?interrompu",
        expires_at=clock.now() + timedelta(minutes=settings.HOLD_MINUTES) + PAGE_MARGIN,
        currency=payment.currency,
    )


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
    if payment.status != Status.OPEN or not order.is_awaiting_payment:
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
    if (notice.amount_cents, notice.currency) != (payment.amount_cents, payment.currency):
        payment.disposition = Disposition.REVIEW
    elif _can_be_delivered(order):
        payment.disposition = Disposition.APPLIED
        order.payment = payment  # for its invoice, which is written first
        orders.fulfil(order)
    else:
        payment.disposition = Disposition.SURPLUS
        refunds.give_back_surplus(payment)
    if payment.disposition != Disposition.APPLIED:
        log.error("payment %s of order %s needs attention: %s", payment.uuid, order.reference, payment.disposition)
        journal.record(f"payment.{payment.disposition}", by=None, establishment=order.establishment, order=order)


def _can_be_delivered(order: Order) -> bool:
    """Whether the order holds its seats, or can take them again."""
    if order.is_paid:
        return False
    if order.is_awaiting_payment:
        return True
    try:
        orders.retake_seats(order)
    except orders.SeatsGone:
        return False
    return True


def _withdraw(order: Order, status: Order.Status, *, by: User | None) -> datetime | None:
    for payment in order.payments.filter(status__in=Payment.LIVE_STATUSES):
        close(payment)
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not order.is_awaiting_payment:
            return None
        if _has_live_attempt(order) or order.payments.filter(disposition=Disposition.REVIEW).exists():
            return clock.now() + timedelta(hours=1)
        orders.let_go(order, status, by=by)
        return None


def _locked(order: int) -> Order:
    """The order, locked, with those whom its letter, its invoice and its line of the journal name."""
    named = ("establishment", "placed_by", "promo")
    return Order.objects.select_for_update(of=("self",)).select_related(*named).get(pk=order)


def _has_live_attempt(order: Order) -> bool:
    return order.payments.filter(status__in=Payment.LIVE_STATUSES).exists()


def _payment_of(event: ProviderEvent) -> Payment | None:
    ours = Payment.objects.filter(means=event.means)
    if event.payment_uuid and (found := ours.filter(uuid=event.payment_uuid).first()):
        return found
    if not event.reference:
        return None
    return ours.filter(Q(provider_reference=event.reference) | Q(charge_reference=event.reference)).first()


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
