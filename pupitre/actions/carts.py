"""What can be done with a cart: it is a wish, and holds nothing."""

from contextlib import suppress

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.actions import promotions
from pupitre.actions.promotions import PromoCodeNotValid
from pupitre.models import Cart, CartLine, CourseSession, Order, User
from pupitre.refusals import Refused


class SessionClosed(Refused):
    code = "session_closed"
    message = _("Registration for this session is closed.")


class SessionFull(Refused):
    code = "session_full"
    message = _("This session is now full. Choose another session.")


class NotEnoughSeatsLeft(Refused):
    code = "not_enough_seats_left"
    message = _("Only {n} seats are left in this session. Lower the number or choose another session.")


class OneSeatLeft(Refused):
    code = "one_seat_left"
    message = _("Only 1 seat is left in this session. Lower the number or choose another session.")


def open_for(user: User | None) -> Cart:
    """A new cart, of a user or of a visitor whose browser will remember it."""
    return Cart.objects.create(user=user)


@transaction.atomic
def put(cart: Cart, session: CourseSession, quantity: int) -> CartLine:
    """Put so many seats of a session in the cart. The number is set, not added: a double click changes nothing."""
    check_can_be_bought(session, quantity)
    line = CartLine(cart=cart, session=session, quantity=quantity, seen_price_cents=session.unit_price_cents)
    _write([line])
    _touch(cart)
    return line


@transaction.atomic
def change(cart: Cart, session: CourseSession, quantity: int) -> bool:
    """Ask for another number of seats of a session in the cart. Says whether it was still there: a change that arrives
    after the session was removed does not bring it back.
    """
    check_can_be_bought(session, quantity)
    line = CartLine.objects.filter(cart=cart, session=session)
    changed = line.update(quantity=quantity, seen_price_cents=session.unit_price_cents)
    _touch(cart)
    return bool(changed)


@transaction.atomic
def remove(cart: Cart, line: CartLine) -> None:
    """Take a session out of the cart, whatever became of it."""
    CartLine.objects.filter(pk=line.pk, cart=cart).delete()
    _touch(cart)


@transaction.atomic
def start_over(cart: Cart, order: Order) -> int:
    """Put back in the cart what is left of an order that holds no seats any more, at the prices of today. Gives the
    number of seats.
    """
    left = [line for line in order.lines.select_related("session__course") if line.seats_to_be_had]
    _write(
        [
            CartLine(
                cart=cart,
                session=line.session,
                quantity=line.seats_to_be_had,
                seen_price_cents=line.session.unit_price_cents,
            )
            for line in left
        ]
    )
    promotions.remove(cart)
    if order.promo:
        with suppress(PromoCodeNotValid):
            promotions.put(cart, order.promo.code, order.establishment)
    return sum(line.seats_to_be_had for line in left)


@transaction.atomic
def copy(anonymous: Cart | None, user: User) -> Cart:
    """The cart of a new profile whose address is still to be confirmed: what was chosen waits there, on any device.

    The anonymous cart stays as it is: whether the address was known or new, the browser sees no difference.
    """
    own, _created = Cart.objects.get_or_create(user=user)
    if anonymous is not None and anonymous.user_id is None:
        chosen = CartLine.objects.filter(cart=anonymous).values("session_id", "quantity", "seen_price_cents")
        _write([CartLine(cart=own, **line) for line in chosen])
        if anonymous.promo_id:
            Cart.objects.filter(pk=own.pk).update(promo=anonymous.promo_id)
    return own


@transaction.atomic
def adopt(anonymous: Cart | None, user: User) -> Cart:
    """The cart of a person who just signed in: what they chose before goes with what they had."""
    if anonymous is None or anonymous.user_id is not None:
        return copy(None, user)
    if not Cart.objects.filter(user=user).exists():
        # Another browser of the same person may do this at the same moment: then their two carts become one.
        with suppress(IntegrityError), transaction.atomic():
            anonymous.user = user
            anonymous.save(update_fields=["user"])
            return anonymous
        anonymous.user = None
    own = copy(anonymous, user)
    anonymous.delete()
    return own


@transaction.atomic
def note_prices(cart: Cart) -> None:
    """Remember that the buyer was shown today's prices."""
    for line in cart.lines.select_related("session__course"):
        if line.price_has_changed:
            line.seen_price_cents = line.session.unit_price_cents
            line.save(update_fields=["seen_price_cents"])


def check_can_be_bought(session: CourseSession, quantity: int) -> None:
    """Refuse, kindly, what the session has no room for. The decision itself is taken when the order is placed."""
    if not session.is_on_sale:
        raise SessionClosed
    if session.is_full:
        raise SessionFull
    if quantity > session.seats_left:
        raise OneSeatLeft if session.seats_left == 1 else NotEnoughSeatsLeft(n=session.seats_left)


def _write(lines: list[CartLine]) -> None:
    """Write these lines, each over the one of its session if there is one."""
    CartLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["cart", "session"],
        update_fields=["quantity", "seen_price_cents"],
    )


def _touch(cart: Cart) -> None:
    Cart.objects.filter(pk=cart.pk).update(updated_at=clock.now())
