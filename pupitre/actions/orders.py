"""What can be done with an order: place it, pay it, let it expire. The only writer of its status and of `taken`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal, taxes
from pupitre.actions.carts import check_can_be_bought
from pupitre.mail import letters
from pupitre.models import (
    Cart,
    CartLine,
    CourseSession,
    Establishment,
    Job,
    Order,
    OrderLine,
    OrderTax,
    Provider,
    Seat,
    TaxClass,
    User,
)
from pupitre.models.orders import HOLD_MARGIN
from pupitre.refusals import Refused

REMINDER_DAYS = (7, 2)
WORTH_WRITING = timedelta(seconds=30)  # an order paid as soon as it is placed holds its seats long enough already
MOST_CENTS = 999_999_99  # what a payment service takes at once


class CartIsEmpty(Refused):
    code = "cart_is_empty"
    message = _("Your cart is empty")


class SeatsGone(Refused):
    code = "seats_gone"
    message = _("There are no longer enough seats for “{course}”. Change the number before you pay.")


class PriceChanged(Refused):
    code = "price_changed"
    message = _("The price of “{course}” has changed since you added it. Check the new amount.")


class CartChanged(Refused):
    code = "cart_changed"
    message = _("Your cart has changed since this page was shown. Check it, then try again.")


class OrderWaiting(CartChanged):
    """The cart as it was before has an order that still awaits its payment."""

    code = "order_waiting"


class OrderTooLarge(Refused):
    code = "order_too_large"
    message = _("This order is too large to be paid at once. Lower the number of seats.")


class HoldLimitReached(Refused):
    code = "hold_limit_reached"
    message = _("Your seats are no longer held. Check availability before you pay.")


def hold_end(since: datetime) -> datetime:
    """Until when the seats are kept: 30 minutes from now, 2 hours in all, and a margin the buyer is not told."""
    wanted = clock.now() + timedelta(minutes=settings.HOLD_MINUTES)
    longest = since + timedelta(minutes=settings.HOLD_LIMIT_MINUTES)
    return min(wanted, longest) + HOLD_MARGIN


@transaction.atomic
def place(cart: Cart, establishment: Establishment, *, by: User, language: str, agreed_net_cents: int) -> Order:
    """Turn the cart into an order and take its seats, all of them or none.

    The same cart twice gives the same order. Refuses an empty cart, a price other than the one agreed to (net, in
    cents), a cart changed while its order waits, a session that is closed, and seats that are gone.
    """
    cart = Cart.objects.select_for_update().get(pk=cart.pk)
    wishes = list(cart.lines.select_related("session__course").order_by("session_id"))
    _check_agreement(wishes, agreed_net_cents)
    waiting = cart.orders.filter(status=Order.Status.AWAITING_PAYMENT).prefetch_related("lines").first()
    if waiting and not buys_the_same(waiting, wishes):
        raise OrderWaiting
    if waiting:
        return waiting
    _check(wishes)

    order = _write_order(cart, establishment, wishes, by=by, language=language)
    journal.record("order.placed", by=by, establishment=establishment, order=order)
    Job.objects.ask("order.expire", order.reference, due_at=order.hold_until, order=order.pk)
    _take_seats(wishes)
    return order


def buys_the_same(order: Order, wishes: list[CartLine]) -> bool:
    """Whether an order buys just what the cart holds, at today's prices."""
    ordered = {(line.session_id, line.quantity, line.unit_price_cents) for line in order.lines.all()}
    return ordered == {(wish.session_id, wish.quantity, wish.session.unit_price_cents) for wish in wishes}


@dataclass(frozen=True)
class Quote:
    """What a cart costs today, in cents."""

    net_cents: int
    taxes: list[taxes.Tax]

    @property
    def total_cents(self) -> int:
        return self.net_cents + sum(tax.amount_cents for tax in self.taxes)


def quote(wishes: list[CartLine], establishment: Establishment | None, seller: Provider) -> Quote:
    """What the cart costs today, with the taxes the seller collects where each session takes place."""
    net = sum(wish.net_cents for wish in wishes)
    taxable = [
        (tax_place(wish.session, establishment)[0], wish.net_cents)
        for wish in wishes
        if wish.session.course.tax_class == TaxClass.TAXABLE
    ]
    due = taxes.taxes_on(taxable, timezone.localdate(clock.now()))
    return Quote(net, [tax for tax in due if seller.collects(tax.code)])


def tax_place(session: CourseSession, establishment: Establishment | None) -> tuple[str, str]:
    """The province whose taxes apply, and why: the venue's, or for an online session the buyer's."""
    if session.is_online or not session.province:
        return (establishment.province if establishment else "QC"), "buyer_address"
    return session.province, "venue"


def fulfil(order: Order) -> None:
    """Deliver a paid order: seats, letter, reminders. Called once, in the settling transaction, order locked."""
    lines = list(order.lines.select_related("session"))
    Seat.objects.bulk_create(
        [
            Seat(establishment_id=order.establishment_id, line=line, session_id=line.session_id, position=position)
            for line in lines
            for position in range(1, line.quantity + 1)
        ],
        batch_size=500,
    )
    order.status = Order.Status.PAID
    order.paid_at = clock.now()
    order.save(update_fields=["status", "paid_at"])
    CartLine.objects.filter(cart__orders=order, session__in=[line.session_id for line in lines]).delete()
    journal.record("order.paid", by=order.placed_by, establishment=order.establishment, order=order)
    letters.order_paid(order)
    _ask_for_reminders(order, lines)


@transaction.atomic
def deliver_free(order: Order) -> None:
    """Deliver an order that costs nothing: there is no payment to wait for."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.is_awaiting_payment and order.total_cents == 0:
        fulfil(order)


def extend_hold(order: Order) -> None:
    """Keep the seats longer for a new attempt to pay, at most two hours in all. Order locked by the caller."""
    until = hold_end(order.held_since)
    if until <= clock.now() + HOLD_MARGIN:
        raise HoldLimitReached
    if until - order.hold_until > WORTH_WRITING:
        order.hold_until = until
        order.save(update_fields=["hold_until"])


def retake_seats(order: Order) -> None:
    """Take the seats of an order that let them go, all or none. Order locked by the caller; raises SeatsGone."""
    lines = list(order.lines.select_related("session__course").order_by("session_id"))
    with transaction.atomic():
        # The cart before the sessions, as when an order is placed: locks taken in one order never wait in a circle.
        cart = _cart_without_newer_order(order)
        _take_seats(lines)
        order.cart = cart
        order.status = Order.Status.AWAITING_PAYMENT
        order.held_since = clock.now()
        order.hold_until = hold_end(order.held_since)
        order.save(update_fields=["cart", "status", "held_since", "hold_until"])
    Job.objects.ask(
        "order.expire", f"{order.reference}:{order.held_since.isoformat()}", due_at=order.hold_until, order=order.pk
    )


def let_go(order: Order, status: Order.Status, *, by: User | None) -> None:
    """Give back the seats of an order nobody can pay any more. Order locked by the caller."""
    for line in order.lines.order_by("session_id"):
        CourseSession.objects.filter(pk=line.session_id).update(taken=F("taken") - line.quantity)
    order.status = status
    order.save(update_fields=["status"])
    journal.record(f"order.{status}", by=by, establishment=order.establishment, order=order)


def _check_agreement(wishes: list[CartLine], agreed_net_cents: int) -> None:
    if not wishes:
        raise CartIsEmpty
    if sum(wish.net_cents for wish in wishes) == agreed_net_cents:
        return
    for wish in wishes:
        if wish.price_has_changed:
            raise PriceChanged(course=wish.session.course.title)
    raise CartChanged


def _check(wishes: list[CartLine]) -> None:
    for wish in wishes:
        check_can_be_bought(wish.session, wish.quantity)


def _write_order(cart: Cart, establishment: Establishment, wishes: list[CartLine], *, by: User, language: str) -> Order:
    due = quote(wishes, establishment, Provider.current())
    if due.total_cents > MOST_CENTS:
        raise OrderTooLarge
    now = clock.now()
    order = Order.objects.create(
        mode=settings.PAYMENT_MODE,
        establishment=establishment,
        placed_by=by,
        cart=cart,
        language=language,
        bill_to=_bill_to(establishment),
        net_cents=due.net_cents,
        total_cents=due.total_cents,
        placed_at=now,
        held_since=now,
        hold_until=hold_end(now),
    )
    OrderLine.objects.bulk_create([_order_line(order, wish) for wish in wishes])
    OrderTax.objects.bulk_create([OrderTax(order=order, **vars(tax)) for tax in due.taxes])
    return order


def _order_line(order: Order, wish: CartLine) -> OrderLine:
    place, reason = tax_place(wish.session, order.establishment)
    return OrderLine(
        order=order,
        session=wish.session,
        quantity=wish.quantity,
        unit_price_cents=wish.session.unit_price_cents,
        net_cents=wish.net_cents,
        tax_class=wish.session.course.tax_class,
        tax_place=place,
        tax_place_reason=reason,
    )


def _bill_to(establishment: Establishment) -> str:
    place = f"{establishment.city} ({establishment.get_province_display()})  {establishment.postal_code}"
    known = [establishment.name, establishment.street, place if establishment.city else ""]
    return "\n".join(line.strip() for line in known if line.strip())


def _take_seats(lines: list[CartLine] | list[OrderLine]) -> None:
    """Take the seats of every line, or raise SeatsGone. In the order of the sessions, so that buyers never wait in a
    circle; one statement a session, so that no two of them take the same seat.
    """
    now = clock.deciding_now()
    for line in lines:
        still_sells = CourseSession.objects.filter(
            pk=line.session_id, cancelled_at=None, starts_at__gt=now, taken__lte=F("capacity") - line.quantity
        ).exclude(sales_close_at__lte=now)
        if not still_sells.update(taken=F("taken") + line.quantity):
            raise SeatsGone(course=line.session.course.title)


def _cart_without_newer_order(order: Order) -> Cart | None:
    """The cart of an order that comes back, locked; none when another order awaits its payment there."""
    cart = Cart.objects.select_for_update(of=("self",)).filter(orders=order).first()
    if cart and cart.orders.filter(status=Order.Status.AWAITING_PAYMENT).exists():
        return None
    return cart


def _ask_for_reminders(order: Order, lines: list[OrderLine]) -> None:
    now = clock.now()
    Job.objects.ask_many(
        [
            Job(
                kind="seats.remind",
                key=f"seats.remind:{order.establishment_id}:{line.session_id}:{days}",
                due_at=line.session.starts_at - timedelta(days=days),
                facts={"establishment": order.establishment_id, "session": line.session_id, "days": days},
            )
            for line in lines
            for days in REMINDER_DAYS
            if line.session.starts_at - timedelta(days=days) > now
        ]
    )
