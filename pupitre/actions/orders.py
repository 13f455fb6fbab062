"""What can be done with an order: place it, pay it, let it expire. The only writer of its status.

With `waitlist`, which makes orders for those who wait, the only writer of `taken` and `promised`.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.actions import documents, offers, promotions, supplements, terms
from pupitre.actions.carts import check_can_be_bought
from pupitre.actions.pricing import PricedLine, Quote, quote_cart, tax_place, taxes_today
from pupitre.actions.terms import Agreement
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
    Payment,
    Provider,
    Seat,
    TaxClass,
    User,
)
from pupitre.models.orders import HOLD_MARGIN
from pupitre.refusals import Refused

log = logging.getLogger(__name__)

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
def place(
    cart: Cart,
    establishment: Establishment,
    *,
    by: User,
    language: str,
    agreed_net_cents: int,
    purchase_order_number: str = "",
    agreement: Agreement | None = None,
    seller: Provider | None = None,
) -> Order:
    """Turn the cart into an order and take its seats, all of them or none.

    The same cart twice gives the same order, with the purchase order number and the terms of the second time. Refuses
    an empty cart, a price other than the one agreed to (net, in cents), terms of sale not agreed to, a promo code that
    is no longer valid, a cart changed while its order waits, a session that is closed, and seats that are gone.
    """
    cart = Cart.objects.select_for_update(of=("self",)).get(pk=cart.pk)
    wishes = list(cart.lines.priced_for(establishment).order_by("session_id"))
    seller = seller or Provider.current()
    due = quote_cart(cart, wishes, establishment, seller)
    _check_agreed_price(due, agreed_net_cents)
    terms.check(agreement, seller, language)
    waiting = cart.orders.filter(status=Order.Status.AWAITING_PAYMENT).prefetch_related("lines").first()
    if waiting and not buys_the_same(waiting, due):
        raise OrderWaiting
    if waiting:
        return _with_second_thoughts(waiting, purchase_order_number, agreement)
    _check(wishes)

    order = write(
        cart,
        establishment,
        due,
        seller,
        by=by,
        language=language,
        hold_until=hold_end(clock.now()),
        number=purchase_order_number,
        agreement=agreement,
    )
    journal.record("order.placed", by=by, establishment=establishment, order=order)
    now = clock.deciding_now()
    if due.promo:
        promotions.take(due.promo, order, now)
    _take_seats(wishes, now)
    return order


def write(
    cart: Cart | None,
    establishment: Establishment,
    due: Quote,
    seller: Provider,
    *,
    by: User,
    language: str,
    hold_until: datetime,
    number: str = "",
    agreement: Agreement | None = None,
) -> Order:
    """The rows of an order that awaits its payment, at this quote, and the job that lets its seats go. Whoever calls
    takes the seats. Refuses what no payment service takes at once.
    """
    if due.total_cents > MOST_CENTS:
        raise OrderTooLarge
    now = clock.now()
    order = Order(
        mode=settings.PAYMENT_MODE,
        establishment=establishment,
        placed_by=by,
        cart=cart,
        language=language,
        promo=due.promo,
        purchase_order_number=number,
        bill_to=establishment.bill_to,
        net_cents=due.net_cents,
        total_cents=due.total_cents,
        placed_at=now,
        held_since=now,
        hold_until=hold_until,
    )
    terms.note_on(order, agreement)
    order.save()
    OrderLine.objects.bulk_create([_order_line(order, line, seller.refund_steps) for line in due.lines])
    OrderTax.objects.bulk_create([OrderTax(order=order, **vars(tax)) for tax in due.taxes])
    Job.objects.ask("order.expire", order.reference, due_at=order.hold_until, order=order.pk)
    return order


@transaction.atomic
def agree(
    order: Order, agreement: Agreement | None, *, by: User, language: str, purchase_order_number: str = ""
) -> None:
    """Note who buys an order that was made for them, and what they agree to: a buyer who waited for places has chosen
    nothing yet when they are offered. Refuses terms of sale not agreed to, as when an order is placed.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.is_paid:
        return
    terms.check(agreement, Provider.current(), language)
    order.placed_by, order.language, order.purchase_order_number = by, language, purchase_order_number
    terms.note_on(order, agreement)
    order.save(update_fields=["placed_by", "language", "purchase_order_number", *terms.FIELDS])


def buys_the_same(order: Order, due: Quote) -> bool:
    """Whether an order buys just what the cart holds, at today's prices."""
    ordered = {(line.session_id, line.quantity, line.net_cents) for line in order.lines.all()}
    wished = {(line.wish.session_id, line.quantity, line.net_cents) for line in due.lines}
    return ordered == wished and order.promo_id == (due.promo.pk if due.promo else None)


def fulfil(order: Order) -> None:
    """Deliver a paid order: seats, letter, invoice. The one that pays what seats cost more elsewhere moves them there
    instead. Called once, as it settles, order locked.
    """
    prefetch_related_objects([order], Prefetch("lines", OrderLine.objects.select_related("session__course")))
    lines = list(order.lines.all())
    if order.is_supplement:
        return_places(supplements.carry_out(order))
    else:
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
    if order.promo_id:
        Cart.objects.filter(orders=order, promo=order.promo_id).update(promo=None)
    journal.record("order.paid", by=order.placed_by, establishment=order.establishment, order=order)
    letters.order_paid(order)
    offers.note_paid(order)
    documents.issue_invoice(order)


@transaction.atomic
def deliver_free(order: Order) -> None:
    """Deliver an order that costs nothing: there is no payment to wait for. One that let its seats go takes them
    again first.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    if order.is_paid or not order.is_free:
        return
    terms.check_agreed(order)
    if not order.is_awaiting_payment:
        retake_seats(order)
    fulfil(order)


def extend_hold(order: Order) -> None:
    """Keep the seats longer for a new attempt to pay, at most two hours in all; those of an offer until its end, which
    is never moved. Order locked by the caller.
    """
    offer = order.open_offer
    until = offer.expires_at + HOLD_MARGIN if offer else hold_end(order.held_since)
    if until <= clock.now() + HOLD_MARGIN:
        raise HoldLimitReached
    if until - order.hold_until > WORTH_WRITING:
        order.hold_until = until
        order.save(update_fields=["hold_until"])


def retake_seats(order: Order) -> None:
    """Take the seats of an order that let them go, all or none, and its promo code. Order locked by the caller.

    Raises SeatsGone, PromoCodeLost, or SeatsStay when it would move seats that can no longer move.
    """
    lines = list(order.lines.select_related("session__course").order_by("session_id"))
    with transaction.atomic():
        supplements.resume(order)
        # The cart, the promo code, then the sessions, as when an order is placed: locks taken in one order never wait
        # in a circle.
        cart = _cart_without_newer_order(order)
        now = clock.deciding_now()
        promotions.take_again(order, now)
        _take_seats(lines, now)
        order.cart = cart
        order.status = Order.Status.AWAITING_PAYMENT
        order.held_since = clock.now()
        order.hold_until = hold_end(order.held_since)
        order.save(update_fields=["cart", "status", "held_since", "hold_until"])
    Job.objects.ask(
        "order.expire", f"{order.reference}:{order.held_since.isoformat()}", due_at=order.hold_until, order=order.pk
    )


@transaction.atomic
def refresh_taxes(order: Order) -> bool:
    """Bring the taxes of an unpaid order to today: they follow the day of payment. Says whether they changed.

    While someone can pay the order, its total stays the one they were shown.
    """
    if timezone.localdate(order.placed_at) == timezone.localdate(clock.now()):
        return False
    order = Order.objects.select_for_update(of=("self",)).select_related("establishment").get(pk=order.pk)
    if order.is_paid or order.payments.filter(status__in=Payment.LIVE_STATUSES).exists():
        return False
    taxable = order.lines.filter(tax_class=TaxClass.TAXABLE).values_list("tax_place", "net_cents")
    due = [OrderTax(order=order, **vars(tax)) for tax in taxes_today(taxable, Provider.current())]
    if {_amount_of(tax) for tax in due} == {_amount_of(tax) for tax in order.taxes.all()}:
        return False
    order.taxes.all().delete()
    OrderTax.objects.bulk_create(due)
    before, order.total_cents = order.total_cents, order.net_cents + sum(tax.amount_cents for tax in due)
    order.save(update_fields=["total_cents"])
    journal.record(
        "order.taxes_changed",
        by=None,
        establishment=order.establishment,
        order=order,
        facts={"from": before, "to": order.total_cents},
    )
    return True


def return_places(places: Mapping[int, int]) -> None:
    """Put the places of seats given back on sale again: how many, by session. In the order of the sessions, as when
    they are taken. Where someone waits for them, they are kept for the queue instead.
    """
    awaited = offers.awaited(places)
    for session, count in sorted(places.items()):
        taken = CourseSession.objects.filter(pk=session, taken__gte=F("promised") + count)
        kept = {"promised": F("promised") + count} if session in awaited else {"taken": F("taken") - count}
        if not taken.update(**kept):
            log.error("session %s: %s places given back, and fewer are taken", session, count)
        elif session in awaited:
            offers.ask_for(session)


def keep_new_places(session: int, count: int) -> None:
    """Keep the places that a larger capacity brings for the queue, if there is one; otherwise they are on sale."""
    if offers.awaited([session]):
        roomy = CourseSession.objects.filter(pk=session, taken__lte=F("capacity") - count)
        if roomy.update(taken=F("taken") + count, promised=F("promised") + count):
            offers.ask_for(session)


def move_places(places: Counter[int], target: CourseSession, now: datetime) -> None:
    """Take places in a session for the seats that leave others, which get theirs back: how many, by session. All or
    none, in the order of the sessions. Raises SeatsGone.
    """
    return_places({session: count for session, count in places.items() if session < target.pk})
    take_places(target, places.total(), now)
    return_places({session: count for session, count in places.items() if session > target.pk})


def let_go(order: Order, status: Order.Status, *, by: User | None) -> None:
    """Give back the seats of an order nobody can pay any more, and its promo code. Order locked by the caller."""
    promotions.give_back(order)
    offers.let_pass(order, was_declined=by is not None)
    supplements.give_up(order)
    return_places({line.session_id: line.quantity for line in order.lines.all()})
    order.status = status
    order.save(update_fields=["status"])
    journal.record(f"order.{status}", by=by, establishment=order.establishment, order=order)


def _check_agreed_price(due: Quote, agreed_net_cents: int) -> None:
    if not due.lines:
        raise CartIsEmpty
    if due.net_cents == agreed_net_cents:
        return
    if due.promo_refusal:
        raise due.promo_refusal
    for line in due.lines:
        if line.wish.price_has_changed:
            raise PriceChanged(course=line.wish.session.course.title)
    raise CartChanged


def _with_second_thoughts(waiting: Order, number: str, agreement: Agreement | None) -> Order:
    """The order of a first try, with what its buyer typed and agreed to since."""
    before = (waiting.purchase_order_number, waiting.terms_id)
    waiting.purchase_order_number = number
    if agreement is None or agreement.version.pk != waiting.terms_id:
        terms.note_on(waiting, agreement)
    if (number, waiting.terms_id) != before:
        waiting.save(update_fields=["purchase_order_number", *terms.FIELDS])
    return waiting


def _check(wishes: list[CartLine]) -> None:
    for wish in wishes:
        check_can_be_bought(wish.session, wish.quantity)


def _order_line(order: Order, line: PricedLine, policy: list) -> OrderLine:
    session, course = line.session, line.session.course
    place, reason = tax_place(session, order.establishment)
    return OrderLine(
        order=order,
        session=session,
        quantity=line.quantity,
        list_price_cents=line.list_price_cents,
        unit_price_cents=line.unit_price_cents,
        volume_discount_cents=line.volume_discount_cents,
        promo_discount_cents=line.promo_discount_cents,
        net_cents=line.net_cents,
        volume_tiers=line.volume_tiers,
        refund_steps=policy if course.refund_steps is None else course.refund_steps,
        tax_class=course.tax_class,
        tax_reason=course.tax_reason,
        tax_place=place,
        tax_place_reason=reason,
    )


def _amount_of(tax: OrderTax) -> tuple:
    return tax.place, tax.code, tax.rate, tax.base_cents, tax.amount_cents


def _take_seats(lines: list[CartLine] | list[OrderLine], now: datetime) -> None:
    """Take the seats of every line, or raise SeatsGone. In the order of the sessions, so that buyers never wait in a
    circle; one statement a session, so that no two of them take the same seat.
    """
    for line in lines:
        take_places(line.session, line.quantity, now)


def take_places(session: CourseSession, count: int, now: datetime) -> None:
    """Take so many places of a session while it sells, or raise SeatsGone."""
    still_sells = CourseSession.objects.filter(
        pk=session.pk, cancelled_at=None, starts_at__gt=now, taken__lte=F("capacity") - count
    ).exclude(sales_close_at__lte=now)
    if not still_sells.update(taken=F("taken") + count):
        raise SeatsGone(course=session.course.title)


def _cart_without_newer_order(order: Order) -> Cart | None:
    """The cart of an order that comes back, locked; none when another order awaits its payment there."""
    cart = Cart.objects.select_for_update(of=("self",)).filter(orders=order).first()
    if cart and cart.orders.filter(status=Order.Status.AWAITING_PAYMENT).exists():
        return None
    return cart
