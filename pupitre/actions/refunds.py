"""What can be done with a refund: ask the payment service for it, then note how it goes.

A payment service is asked between transactions, never inside one, with a key derived from the refund: repeated after a
crash, it gives back once.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from pupitre import clock, gateways, journal
from pupitre.actions.services import gateway_of
from pupitre.models import Job, Payment, Refund

log = logging.getLogger(__name__)

PAUSE = timedelta(hours=1)


def give_back_surplus(payment: Payment) -> Refund:
    """Ask for all the money of a payment that its order did not need to go back. Order and payment are locked."""
    refund = Refund.objects.create(payment=payment, amount_cents=payment.amount_cents, reason="surplus")
    Job.objects.ask("refund.send", str(refund.uuid), refund=refund.pk)
    return refund


def send(refund: Refund) -> datetime | None:
    """Ask the payment service to give money back, then how it goes. Gives the time to ask again, if any.

    Repeated with the same key after a crash: it is given back once.
    """
    payment = refund.payment
    if refund.status not in (Refund.Status.REQUESTED, Refund.Status.SUBMITTED):
        return None
    gateway = gateway_of(payment)
    if refund.provider_reference:
        answer = gateway.read_refund(refund.provider_reference)
    else:
        answer = gateway.refund(
            payment.charge_reference,
            payment=str(payment.uuid),
            refund=str(refund.uuid),
            cents=refund.amount_cents,
            currency=payment.currency,
            key=refund.key,
        )
    note(refund, answer)
    return clock.now() + PAUSE if refund.status == Refund.Status.SUBMITTED else None


def ask_about(payment: Payment) -> None:
    """Ask how the refunds of a payment stand: one under way may be decided, one that succeeded may fail later."""
    for refund in payment.refunds.exclude(provider_reference=""):
        note(refund, gateway_of(payment).read_refund(refund.provider_reference))


@transaction.atomic
def note(refund: Refund, answer: gateways.RefundNotice) -> None:
    """Write down what the payment service says of a refund."""
    refund.provider_reference = answer.reference
    refund.failure_code = answer.failure_code
    refund.status = Refund.Status.SUBMITTED if answer.status == "pending" else Refund.Status(answer.status)
    refund.settled_at = None if refund.status == Refund.Status.SUBMITTED else refund.settled_at or clock.now()
    refund.save(update_fields=["provider_reference", "failure_code", "status", "settled_at"])
    if refund.status in (Refund.Status.FAILED, Refund.Status.CANCELED):
        order = refund.payment.order
        log.error("refund %s of order %s was not given back: %s", refund.uuid, order.reference, refund.failure_code)
        journal.record("refund.failed", by=None, establishment=order.establishment, order=order)
