"""What can be done about fees: read them where the payment service wrote them. They are never computed."""

import logging
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from pupitre import clock
from pupitre.actions import services
from pupitre.models import BalanceEntry, Job, Payment, Refund

log = logging.getLogger(__name__)

FIRST_LOOK = timedelta(minutes=10)
PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=2)  # the nightly sweep goes on
TOLD_AGAIN = ("gross_cents", "fee_cents", "net_cents", "currency", "made_at", "available_on", "read_at")

Kind = BalanceEntry.Kind


def ask(payment: Payment, cause: str) -> None:
    """Ask for the fees of a payment to be read a little later: the service does not write them at once."""
    now = clock.now()
    until = (now + GIVEN_UP_AFTER).isoformat()
    Job.objects.ask("fees.read", f"{payment.uuid}:{cause}", due_at=now + FIRST_LOOK, payment=payment.pk, until=until)


def look(payment: Payment, *, until: datetime) -> datetime | None:
    """Read the fees of a payment. Gives the time to look again, while lines are missing and it is worth waiting."""
    read(payment)
    now = clock.now()
    return now + PAUSE if now < until and lacking().filter(pk=payment.pk).exists() else None


def read(payment: Payment) -> None:
    """Copy what the service wrote in our balance for a payment: its charge, its refunds, its disputes."""
    movements = services.gateway_of(payment).movements_of(payment.provider_reference, payment.charge_reference)
    now = clock.now()
    BalanceEntry.objects.bulk_create(
        [
            BalanceEntry(
                payment=payment,
                kind=movement.kind,
                provider_reference=movement.reference,
                gross_cents=movement.gross_cents,
                fee_cents=movement.fee_cents,
                net_cents=movement.net_cents,
                currency=movement.currency,
                made_at=movement.made_at or now,
                available_on=movement.available_on,
            )
            for movement in movements
        ],
        update_conflicts=True,
        unique_fields=["payment", "provider_reference"],
        update_fields=TOLD_AGAIN,
    )


def fill_in(means: str) -> None:
    """Read the fees that earlier looks did not find."""
    for payment in lacking().filter(means=means):
        try:
            read(payment)
        except services.KNOWS_NOTHING_OF_IT as refusal:
            log.error("the fees of payment %s could not be read: %s", payment.uuid, refusal)


def lacking() -> "QuerySet[Payment]":
    """Payments whose charge, or one of whose refunds, has no line of the balance yet."""
    entries = {
        kind: Count("balance_entries", filter=Q(balance_entries__kind=kind), distinct=True)
        for kind in (Kind.CHARGE, Kind.REFUND)
    }
    at_the_service = Q(refunds__status=Refund.Status.SUCCEEDED) & ~Q(refunds__origin=Refund.Origin.HAND)
    return (
        Payment.objects.filter(status=Payment.Status.SUCCEEDED)
        .annotate(
            charges=entries[Kind.CHARGE],
            refunds_read=entries[Kind.REFUND],
            refunds_made=Count("refunds", filter=at_the_service, distinct=True),
        )
        .filter(Q(charges=0) | Q(refunds_read__lt=F("refunds_made")))
    )
