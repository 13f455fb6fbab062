"""What waits for a person: nothing contradicts anything, and nobody but a person can go on."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from pupitre import clock
from pupitre.models import Dispute, Job, Letter, Payment, StrayPayment

# A letter that came back long ago is no news any more.
NEWS_FOR = timedelta(days=30)
NOT_DELIVERED = (Letter.State.BOUNCED, Letter.State.FAILED)


def payments_to_review() -> QuerySet[Payment]:
    """What was received is not what was asked for: accept it, or give it back."""
    return Payment.objects.filter(disposition=Payment.Disposition.REVIEW).select_related("order__establishment")


def unknown_payments() -> QuerySet[StrayPayment]:
    """Money that no order explains: look into it, and write down what was done."""
    return StrayPayment.objects.unresolved()


def disputes_to_answer() -> QuerySet[Dispute]:
    """Contested at the bank: answer at the payment service, the one with the nearest deadline first."""
    opened = Dispute.objects.filter(status=Dispute.Status.OPEN).select_related("payment__order__establishment")
    return opened.order_by(F("answer_by").asc(nulls_last=True), "pk")


def work_given_up() -> QuerySet[Job]:
    """What failed at every try: repair the cause, then try it again."""
    return Job.objects.filter(failed_at__isnull=False, done_at=None)


def letters_not_delivered() -> QuerySet[Letter]:
    """Letters that came back lately: the address is to be corrected."""
    return Letter.objects.filter(state__in=NOT_DELIVERED, queued_at__gte=news_since())


def news_since() -> datetime:
    return clock.now() - NEWS_FOR


def waiting_for_a_person() -> list[str]:
    """One sentence for each thing to decide, in the words of the commands."""
    return [*_reviews(), *_strays(), *_disputes()]


def _reviews() -> Iterator[str]:
    for payment in payments_to_review():
        received = f"{payment.received_cents} cents {payment.received_currency} received of {payment.amount_cents}"
        yield f"payment {payment.uuid} of order {payment.order}: {received}: review it"


def _strays() -> Iterator[str]:
    for stray in unknown_payments():
        amount = f"{stray.amount_cents} cents {stray.currency}"
        yield f"payment {stray.provider_reference} at {stray.means}: {amount} that no order explains: look into it"


def _disputes() -> Iterator[str]:
    for dispute in disputes_to_answer():
        until = f"answer before {dispute.answer_by:%Y-%m-%d %H:%M} UTC" if dispute.answer_by else "open"
        yield f"dispute {dispute.provider_reference} of order {dispute.payment.order}: {until}"
