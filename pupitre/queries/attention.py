"""What waits for a person: nothing contradicts anything, and nobody but a person can go on."""

from collections.abc import Iterator

from pupitre.models import Dispute, Payment, StrayPayment


def waiting_for_a_person() -> list[str]:
    """One sentence for each thing to decide, in the words of the commands."""
    return [*_reviews(), *_strays(), *_disputes()]


def _reviews() -> Iterator[str]:
    for payment in Payment.objects.filter(disposition=Payment.Disposition.REVIEW).select_related("order"):
        received = f"{payment.received_cents} cents {payment.received_currency} received of {payment.amount_cents}"
        yield f"payment {payment.uuid} of order {payment.order}: {received}: review it"


def _strays() -> Iterator[str]:
    for stray in StrayPayment.objects.unresolved():
        amount = f"{stray.amount_cents} cents {stray.currency}"
        yield f"payment {stray.provider_reference} at {stray.means}: {amount} that no order explains: look into it"


def _disputes() -> Iterator[str]:
    for dispute in Dispute.objects.filter(status=Dispute.Status.OPEN).select_related("payment__order"):
        until = f"answer before {dispute.answer_by:%Y-%m-%d %H:%M} UTC" if dispute.answer_by else "open"
        yield f"dispute {dispute.provider_reference} of order {dispute.payment.order}: {until}"
