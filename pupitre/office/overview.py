"""Everything about an order on one page: how it stands, what can still be given back, what waits, what happened."""

from dataclasses import dataclass

from pupitre.actions import returns
from pupitre.gateways.sites import dispute_page
from pupitre.models import CreditNote, Dispute, Invoice, Order, OrderTax, Payment
from pupitre.office import timeline
from pupitre.queries.claims import claim_cents
from pupitre.queries.debts import Debt, open_debts
from pupitre.queries.documents import Standing, standing_of
from pupitre.queries.refunds import LineLeft, remaining
from pupitre.refusals import Refused


@dataclass(frozen=True)
class Overview:
    """What the page of an order shows above its rows."""

    order: Order
    standing: Standing
    lines: list[LineLeft]  # what was bought, and what is left of it
    taxes: list[OrderTax]
    left_cents: int  # what no credit note has taken back yet
    seats_left: int
    refusal: Refused | None  # why nothing can be given back now
    documents: list[Invoice | CreditNote]
    disputes: list[tuple[Dispute, str]]  # those that freeze refunds, and where they are answered
    claim_cents: int  # what a lost dispute took, and the invoice still asks for
    reviews: list[Payment]
    debts: list[Debt]
    events: list[timeline.Event]

    @property
    def can_be_refunded(self) -> bool:
        return self.refusal is None and bool(self.left_cents or self.seats_left)


def of(order: Order) -> Overview:
    """In a fixed number of questions, however much happened."""
    left = remaining(order)
    freezing = Dispute.objects.freezing().filter(payment__order=order).select_related("payment")
    return Overview(
        order,
        standing=standing_of(order),
        lines=list(left.lines),
        taxes=[tax_left.tax for tax_left in left.taxes],
        left_cents=left.total_cents if order.is_paid else 0,
        seats_left=len(left.seats) if order.is_paid else 0,
        refusal=returns.refusal(order),
        documents=[*Invoice.objects.filter(order=order), *order.credit_notes.all()],
        disputes=[(one, dispute_page(one.payment.means, one.provider_reference, one.payment.mode)) for one in freezing],
        claim_cents=claim_cents(order),
        reviews=list(order.payments.filter(disposition=Payment.Disposition.REVIEW)),
        debts=open_debts(order),
        events=timeline.of(order),
    )
