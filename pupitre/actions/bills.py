"""What we ask a payment service to collect."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from pupitre import clock
from pupitre.gateways import Bill, Item
from pupitre.models import OrderLine, Payment, Provider

# A payment page lives a minute longer than the buyer is told; Stripe refuses less than thirty minutes.
PAGE_MARGIN = timedelta(minutes=1)


def bill_of(payment: Payment) -> Bill:
    """What an attempt collects, line by line, in the language of the order, and where the buyer is sent back to."""
    order = payment.order
    with translation.override(order.language):
        lines = list(order.lines.select_related("session__course"))
        items = [_item(line) for line in lines]
        items += [
            Item(str(tax.get_code_display()), 1, tax.amount_cents, is_tax=True)
            for tax in order.taxes.all()
            if tax.amount_cents
        ]
        page = settings.SITE_URL + _way_back(payment)
    return Bill(
        payment=str(payment.uuid),
        order_number=order.number,
        attempt=payment.attempt,
        items=tuple(items),
        total_cents=payment.amount_cents,
        language=order.language,
        customer_email=payment.link.email if payment.link else order.placed_by.email,
        seller_name=Provider.current().name,
        return_url=f"{page}?retour",
        cancel_url=f"{page}?interrompu",
        expires_at=clock.now() + timedelta(minutes=settings.HOLD_MINUTES) + PAGE_MARGIN,
        currency=payment.currency,
    )


def _item(line: OrderLine) -> Item:
    """A line at what it costs, rebates taken off. Seats whose price is not a whole one each are one item."""
    title = line.session.course.title
    if line.net_cents % line.quantity:
        return Item(f"{line.quantity} × {title}", 1, line.net_cents)
    return Item(title, line.quantity, line.net_cents // line.quantity)


def _way_back(payment: Payment) -> str:
    """Where the service sends the buyer back to. Never to a payment link itself: its address is a secret, and stays out
    of what is kept here and there.
    """
    if payment.link:
        return reverse("shop:payer_return", args=[payment.uuid])
    return reverse("shop:order", args=[payment.order.reference])
