"""What can be done with a refund: ask the payment service for it, note how it goes, find those made elsewhere, and
pay what a failed one still owes.

A payment service is asked between transactions, never inside one, with a key derived from the refund: repeated after a
crash, it gives back once. Locks are taken in one order: order, then payment, then refund.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, gateways, journal
from pupitre.actions import documents
from pupitre.actions.services import gateway_of
from pupitre.mail import letters
from pupitre.models import CreditNote, Dispute, Job, Order, Payment, Refund, User
from pupitre.queries import debts
from pupitre.queries.debts import Debt
from pupitre.queries.refunds import Proposal, propose_amount, remaining
from pupitre.refusals import Refused

log = logging.getLogger(__name__)

PAUSE = timedelta(hours=1)
# Stripe forgets a key after a day: an older request is first looked for among the refunds that it knows.
KEY_LIFE = timedelta(hours=20)
# The service will say yes later: the money that it would give back has not reached us yet.
NOT_YET = {"PENDING_CAPTURE"}
# Services forget nothing: the payment was made on another account.
UNKNOWN_THERE = {"resource_missing", "RESOURCE_NOT_FOUND"}
ELSEWHERE = "elsewhere"  # why a refund made at the service’s own site was made: nobody told us

Status = Refund.Status
Origin = Refund.Origin


class PaymentDisputed(Refused):
    code = "payment_disputed"
    message = _("The buyer is contesting this payment at the bank: a refund now could give the money back twice.")


class MoreThanRemains(Refused):
    code = "more_than_remains"
    message = _("This is more than what remains to be given back.")


class NothingOwed(Refused):
    code = "nothing_owed"
    message = _("Everything that was owed has been given back, or is on its way.")


def request(credit_note: CreditNote, payment: Payment, *, by: User | None) -> Refund:
    """Ask for the money of a credit note to go back. Order and payment locked by the caller."""
    return _ask(payment, credit_note.total_cents, debts.CREDIT_NOTE, credit_note=credit_note, by=by)


def give_back_surplus(payment: Payment) -> Refund:
    """Ask for all the money of a payment that its order did not need. Order and payment locked by the caller."""
    return _ask(payment, payment.amount_cents, debts.SURPLUS)


def send(refund: Refund) -> datetime | None:
    """Ask the payment service to give money back, then how it goes. Gives the time to ask again, if any.

    Repeated with the same key after a crash: it is given back once. While the buyer contests the payment, it waits;
    once the bank has given the money back, it is given up.
    """
    refund.refresh_from_db()
    if refund.status not in (Status.REQUESTED, Status.SUBMITTED):
        return None
    if refund.provider_reference:
        answer = gateway_of(refund.payment).read_refund(refund.provider_reference)
    elif refund.payment.disputes.filter(status=Dispute.Status.OPEN).exists():
        return clock.now() + PAUSE
    elif refund.payment.disputes.filter(status=Dispute.Status.LOST).exists():
        answer = gateways.RefundNotice(reference="", status="canceled", failure_code=Refund.DISPUTED)
    else:
        submitted = _submit(refund)
        if submitted is None:
            return clock.now() + PAUSE
        answer = submitted
    note(refund, answer)
    return clock.now() + PAUSE if refund.status == Status.SUBMITTED else None


@transaction.atomic
def note(refund: Refund, answer: gateways.RefundNotice) -> None:
    """Write down what the payment service says of a refund. One that failed is owed again, and the provider is told.

    A failure is the service's last word; a success is not. News that comes late changes nothing.
    """
    order = _lock(refund.payment)
    refund.refresh_from_db(from_queryset=Refund.objects.select_for_update())
    said = Status.SUBMITTED if answer.status == "pending" else Status(answer.status)
    if refund.status in Refund.NOT_GIVEN_BACK or (refund.status, said) == (Status.SUCCEEDED, Status.SUBMITTED):
        return
    if (refund.status, refund.provider_reference) == (said, answer.reference):
        return
    refund.provider_reference = answer.reference or refund.provider_reference
    refund.failure_code = answer.failure_code
    refund.status = said
    refund.settled_at = None if said == Status.SUBMITTED else clock.now()
    refund.save(update_fields=["provider_reference", "failure_code", "status", "settled_at"])
    if said in Refund.NOT_GIVEN_BACK:
        _note_failure(refund, order)


def import_refunds(payment: Payment) -> None:
    """Learn every refund of a payment from its service: how ours go, and those made by hand at its own site."""
    if payment.status != Payment.Status.SUCCEEDED:
        return
    for notice in gateway_of(payment).refunds_of(payment.provider_reference, payment.charge_reference):
        _learn(payment, notice)


@transaction.atomic
def try_again(debt: Debt, *, by: User) -> Refund:
    """Ask again for money that is still owed: a new refund, under a key of its own."""
    debt = _locked(debt)
    if Dispute.objects.freezing().filter(payment=debt.payment).exists():
        raise PaymentDisputed
    again = _ask(debt.payment, debt.owed_cents, debt.reason, credit_note=debt.credit_note, by=by)
    _record("refund.tried_again", again, by=by)
    return again


@transaction.atomic
def record_by_hand(debt: Debt, *, by: User, note: str) -> Refund:
    """Say that money still owed was given back by other means: a transfer, a cheque."""
    debt = _locked(debt)
    paid = Refund.objects.create(
        payment=debt.payment,
        credit_note=debt.credit_note,
        origin=Origin.HAND,
        amount_cents=debt.owed_cents,
        reason=debt.reason,
        status=Status.SUCCEEDED,
        requested_by=by,
        settled_at=clock.now(),
    )
    _record("refund.by_hand", paid, by=by, note=note)
    return paid


def credit(proposal: Proposal, *, by: User | None, note: str = "") -> CreditNote:
    """The credit note of what is given back, and the letter that brings it to the buyer. Order locked by the caller."""
    credit_note = documents.issue_credit_note(
        proposal.order,
        lines=[(share.line, len(share.seats), share.net_cents) for share in proposal.lines],
        taxes=[(share.tax, share.amount_cents) for share in proposal.taxes],
        reason=proposal.reason,
        note=note,
        percent=proposal.percent,
        by=by,
    )
    letters.refunded(credit_note)
    return credit_note


# --- asking ----------------------------------------------------------------------------------------------------------
def _ask(
    payment: Payment, cents: int, reason: str, *, credit_note: CreditNote | None = None, by: User | None = None
) -> Refund:
    """A refund to send: never more, with all those before, than what the payment brought in."""
    before = sum(refund.amount_cents for refund in payment.refunds.exclude(status__in=Refund.NOT_GIVEN_BACK))
    if before + cents > min(payment.amount_cents, payment.received_cents or payment.amount_cents):
        raise MoreThanRemains
    refund = Refund.objects.create(
        payment=payment, credit_note=credit_note, amount_cents=cents, reason=reason, requested_by=by
    )
    Job.objects.ask("refund.send", str(refund.uuid), refund=refund.pk)
    return refund


def _submit(refund: Refund) -> gateways.RefundNotice | None:
    """Give the money back, unless the service has done it already: an answer may have been lost. None: not yet."""
    if clock.now() - refund.requested_at > KEY_LIFE and (done := _at_the_service(refund)):
        return done
    payment = refund.payment
    try:
        return gateway_of(payment).refund(
            payment.charge_reference,
            payment=str(payment.uuid),
            refund=str(refund.uuid),
            cents=refund.amount_cents,
            currency=payment.currency,
            key=refund.key,
        )
    except gateways.GatewayError as refusal:
        if refusal.code in NOT_YET:
            return None
        if refusal.code not in UNKNOWN_THERE and not isinstance(refusal, gateways.Declined):
            raise  # out of reach, or wrong keys: once that is repaired, the refund goes on
        done = None if refusal.code in UNKNOWN_THERE else _at_the_service(refund)
        return done or gateways.RefundNotice(reference="", status="failed", failure_code=refusal.code)


def _at_the_service(refund: Refund) -> gateways.RefundNotice | None:
    payment = refund.payment
    notices = gateway_of(payment).refunds_of(payment.provider_reference, payment.charge_reference)
    return next((notice for notice in notices if notice.refund == str(refund.uuid)), None)


def _note_failure(refund: Refund, order: Order) -> None:
    log.error("refund %s of order %s was not given back: %s", refund.uuid, order.reference, refund.failure_code)
    _record("refund.failed", refund, by=None, code=refund.failure_code)
    if not _paid_by_another(refund):
        letters.refund_failed(refund)


def _paid_by_another(refund: Refund) -> bool:
    """Whether money given back at the service's own site takes the place of a refund that failed, to the cent."""
    debt = debts.debt_of(refund)
    if debt is None:
        return True
    strays = refund.payment.refunds.filter(
        origin=Origin.DASHBOARD, credit_note=None, reason=ELSEWHERE, amount_cents=debt.owed_cents
    )
    stray = strays.exclude(status__in=Refund.NOT_GIVEN_BACK).first()
    if stray is None or debt.credit_note is None:
        return False
    stray.credit_note = debt.credit_note
    stray.save(update_fields=["credit_note"])
    return True


# --- refunds made at the service's own site --------------------------------------------------------------------------
@transaction.atomic
def _learn(payment: Payment, notice: gateways.RefundNotice) -> None:
    order = _lock(payment)
    known = next((refund for refund in payment.refunds.all() if _is_same(refund, notice)), None)
    if known:
        note(known, notice)
    elif notice.status not in Refund.NOT_GIVEN_BACK:
        _take_in(order, payment, notice)


def _is_same(refund: Refund, notice: gateways.RefundNotice) -> bool:
    return notice.refund == str(refund.uuid) or notice.reference == refund.provider_reference


def _take_in(order: Order, payment: Payment, notice: gateways.RefundNotice) -> None:
    """Give a refund made elsewhere its place: it pays what was owed, or takes back that much of the invoice."""
    credit_note = None
    if payment.is_applied:
        credit_note = _owing(order, notice.amount_cents) or _credited_elsewhere(order, notice.amount_cents)
    refund = Refund.objects.create(
        payment=payment,
        credit_note=credit_note,
        origin=Origin.DASHBOARD,
        amount_cents=notice.amount_cents,
        reason=debts.SURPLUS if _pays_surplus(payment, notice.amount_cents) else ELSEWHERE,
        status=Status.SUBMITTED if notice.status == "pending" else Status(notice.status),
        provider_reference=notice.reference,
        settled_at=None if notice.status == "pending" else clock.now(),
    )
    if refund.status == Status.SUBMITTED:
        Job.objects.ask("refund.send", str(refund.uuid), due_at=clock.now() + PAUSE, refund=refund.pk)
    log.warning("order %s: a refund was made at the payment service: %s", order.reference, notice.reference)
    _record("refund.found", refund, by=None)
    letters.refund_found(refund)


def _pays_surplus(payment: Payment, cents: int) -> bool:
    """Whether this is all the money of a payment made for nothing, and no refund of it is under way."""
    if payment.disposition != Payment.Disposition.SURPLUS or cents != payment.amount_cents:
        return False
    return not payment.refunds.filter(reason=debts.SURPLUS).exclude(status__in=Refund.NOT_GIVEN_BACK).exists()


def _owing(order: Order, cents: int) -> CreditNote | None:
    """The credit note that this money pays: one that is owed as much, or, when no more can be credited, part of one."""
    owing = [debt for debt in debts.open_debts(order) if debt.credit_note]
    exact = next((debt.credit_note for debt in owing if debt.owed_cents == cents), None)
    if exact or cents <= remaining(order).total_cents:
        return exact
    return next((debt.credit_note for debt in owing if debt.owed_cents > cents), None)


def _credited_elsewhere(order: Order, cents: int) -> CreditNote | None:
    """A credit note for money given back without us; none when nothing is left to credit: a person must look."""
    if cents > remaining(order).total_cents:
        return None
    return credit(propose_amount(order, cents, CreditNote.Reason.ELSEWHERE), by=None)


# --- pieces ----------------------------------------------------------------------------------------------------------
def _lock(payment: Payment) -> Order:
    order = Order.objects.select_for_update(of=("self",)).select_related("establishment", "placed_by")
    locked = order.get(pk=payment.order_id)
    Payment.objects.select_for_update().get(pk=payment.pk)
    return locked


def _locked(debt: Debt) -> Debt:
    """A debt as it stands under the locks. Refused once it is paid, or on its way."""
    order = _lock(debt.payment)
    now = next((other for other in debts.open_debts(order) if other.is_same(debt)), None)
    if now is None:
        raise NothingOwed
    return now


def _record(verb: str, refund: Refund, *, by: User | None, **facts: str) -> None:
    order = refund.payment.order
    journal.record(
        verb,
        by=by,
        establishment=order.establishment,
        order=order,
        facts={"refund": str(refund.uuid), "cents": refund.amount_cents} | facts,
    )
