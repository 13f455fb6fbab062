"""What a buyer still owes: money that a lost dispute took, and that no credit note has taken back from the invoice."""

from django.db.models import Sum

from pupitre.models import CreditNote, Dispute, Order, Payment


def claim_cents(order: Order) -> int:
    """What the invoice still asks for, after the bank gave it back to the buyer."""
    paid = order.payments.filter(disposition=Payment.Disposition.APPLIED)
    lost = Dispute.objects.filter(payment__in=paid, status=Dispute.Status.LOST)
    given_up = order.credit_notes.filter(reason=CreditNote.Reason.DISPUTE)
    taken = lost.aggregate(cents=Sum("amount_cents", default=0))["cents"]
    return max(0, taken - given_up.aggregate(cents=Sum("total_cents", default=0))["cents"])
