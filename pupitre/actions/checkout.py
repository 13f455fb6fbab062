"""From a cart to the payment page."""

from functools import partial

from pupitre.actions import orders, payments
from pupitre.actions.terms import Agreement
from pupitre.models import Cart, Establishment, Order, Provider, User

SOMEONE_ELSE = "someone_else"  # in place of a means: the buyer will send the bill to whoever pays it


def check_out(
    cart: Cart,
    establishment: Establishment,
    means: str,
    *,
    by: User,
    language: str,
    agreed_net_cents: int,
    purchase_order_number: str = "",
    agreement: Agreement | None = None,
    seller: Provider | None = None,
) -> tuple[Order, str]:
    """Place the cart's order and open the way to pay it. Gives the order and the address to send the buyer to.

    A cart changed since a first try takes back the order of that try. The address is empty when there is nothing to
    pay here: the order costs nothing, and is delivered at once, or someone else pays it.
    """
    place = partial(
        orders.place,
        cart,
        establishment,
        by=by,
        language=language,
        agreed_net_cents=agreed_net_cents,
        purchase_order_number=purchase_order_number,
        agreement=agreement,
        seller=seller,
    )
    try:
        order = place()
    except orders.OrderWaiting:
        for waiting in cart.orders.awaiting_payment():
            payments.cancel(waiting, by=by)
        order = place()
    if means == SOMEONE_ELSE and not order.is_free:
        return order, ""
    return order, pay(order, means, by=by)


def accept(
    order: Order,
    means: str,
    *,
    by: User,
    language: str,
    purchase_order_number: str = "",
    agreement: Agreement | None = None,
) -> str:
    """Buy what was offered to those who waited: note what the buyer agrees to, then open the way to pay it. The address
    is empty when there is nothing to pay here.
    """
    orders.agree(order, agreement, by=by, language=language, purchase_order_number=purchase_order_number)
    if means == SOMEONE_ELSE and not order.is_free:
        return ""
    return pay(order, means, by=by)


def pay(order: Order, means: str, *, by: User) -> str:
    """Open the way to pay an order, and give the address to send the buyer to. None when there is nothing to pay: the
    order is delivered at once.
    """
    if order.is_free:
        orders.deliver_free(order)
        return ""
    return payments.start(order, means, by=by)
