"""What can be done with a promo code: put it on a cart, take one of its uses for an order, give that use back.

The only writer of `used`: by conditional updates, so that a code for ten orders is used ten times whoever hurries.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import clock, formats
from pupitre.actions import throttles
from pupitre.models import Cart, CartLine, Establishment, Order, PromoCode, PromoUse
from pupitre.models.prices import as_promo_code
from pupitre.refusals import Refused

# Codes are short words that people remember: nobody tries many of them in good faith.
GUESS_WINDOW = timedelta(minutes=15)
GUESSES_PER_ADDRESS = 10
GUESSES_IN_ALL = 500


class PromoCodeNotValid(Refused):
    code = "promo_code_not_valid"
    message = _("This promo code is not valid for this order.")


class PromoCodeUnknown(PromoCodeNotValid):
    code = "promo_code_unknown"
    message = _("This promo code is not known. Check it with the person who gave it to you.")


class PromoCodeTooEarly(PromoCodeNotValid):
    code = "promo_code_too_early"
    message = _("This promo code cannot be used yet. It starts: {moment}.")


class PromoCodeEnded(PromoCodeNotValid):
    code = "promo_code_ended"
    message = _("This promo code can no longer be used. It ended: {moment}.")


class PromoCodeForOtherCourses(PromoCodeNotValid):
    code = "promo_code_for_other_courses"
    message = _("This promo code is for other courses than those in your cart.")


class PromoCodeForOthers(PromoCodeNotValid):
    code = "promo_code_for_others"
    message = _("This promo code is reserved for other establishments.")


class PromoCodeUsedUp(PromoCodeNotValid):
    code = "promo_code_used_up"
    message = _("This promo code has already been used as many times as it allows.")


class PromoCodeLost(PromoCodeNotValid):
    """An order let its code go when it was not paid in time, and cannot have it back."""

    code = "promo_code_lost"
    message = _(
        "The promo code of this order can no longer be used. Go back to your cart to order the same seats without it."
    )


def put(cart: Cart, text: str, establishment: Establishment | None, *, address: str = "") -> PromoCode:
    """Put a promo code on the cart. Refuses one that is not known, not of today, or not for this buyer.

    `address` is where the words come from: one that guesses must wait.
    """
    if address:
        throttles.refuse_if_exhausted("promo", address, limit=GUESSES_PER_ADDRESS)
        throttles.refuse_if_exhausted("promo", "everyone", limit=GUESSES_IN_ALL)
    promo = PromoCode.objects.filter(code=as_promo_code(text)).seen_by(establishment)
    if promo is None:
        if address:
            throttles.note("promo", address, window=GUESS_WINDOW)
            throttles.note("promo", "everyone", window=GUESS_WINDOW)
        raise PromoCodeUnknown
    check(promo, cart.lines.select_related("session"), cart)
    Cart.objects.filter(pk=cart.pk).update(promo=promo, updated_at=clock.now())
    cart.promo = promo
    return promo


def remove(cart: Cart) -> None:
    Cart.objects.filter(pk=cart.pk).update(promo=None, updated_at=clock.now())
    cart.promo = None


def check(promo: PromoCode, wishes: Iterable[CartLine], cart: Cart) -> None:
    """Refuse, kindly, a code that would take nothing off. The decision itself is taken when the order is placed.

    `promo` is as the buyer sees it (`seen_by`). An order of this cart that waits for its payment keeps its code.
    """
    if promo.is_reserved and not promo.is_invited:
        raise PromoCodeForOthers
    if not any(promo.applies_to(wish.session.course_id) for wish in wishes):
        raise PromoCodeForOtherCourses
    now = clock.now()
    is_open = promo.is_valid_at(now) and not promo.is_used_up and not promo.is_used_up_here
    if is_open or _holds(cart, promo):
        return
    _check_dates(promo, now)
    raise PromoCodeUsedUp


def take(promo: PromoCode, order: Order, now: datetime) -> None:
    """Take one use of a code for an order, or refuse. Called in the transaction that takes the seats, before them;
    `now` is by the database's clock.
    """
    valid = PromoCode.objects.filter(
        Q(starts_at=None) | Q(starts_at__lte=now),
        Q(ends_at=None) | Q(ends_at__gt=now),
        Q(most_uses=None) | Q(used__lt=F("most_uses")),
        pk=promo.pk,
    )
    if not valid.update(used=F("used") + 1):
        promo.refresh_from_db()
        _check_dates(promo, now)
        raise PromoCodeUsedUp
    # The row of the code is now locked: no one else counts the uses of this establishment at the same time.
    if _has_used_it_enough(promo, order.establishment_id):
        raise PromoCodeUsedUp
    use = PromoUse(promo=promo, order=order, establishment_id=order.establishment_id, taken_at=clock.now())
    PromoUse.objects.bulk_create(
        [use],
        update_conflicts=True,  # an order that comes back takes its use again
        unique_fields=["order"],
        update_fields=["taken_at", "given_back_at"],
    )


def take_again(order: Order, now: datetime) -> None:
    """Take the code of an order that let it go, if it can still be had."""
    if order.promo is None:
        return
    try:
        take(order.promo, order, now)
    except PromoCodeNotValid as refusal:
        raise PromoCodeLost from refusal


def give_back(order: Order) -> None:
    """Give back the use held by an order that nobody can pay any more."""
    if order.promo_id and PromoUse.objects.in_force().filter(order=order).update(given_back_at=clock.now()):
        PromoCode.objects.filter(pk=order.promo_id).update(used=F("used") - 1)


def _check_dates(promo: PromoCode, now: datetime) -> None:
    if promo.starts_at and now < promo.starts_at:
        raise PromoCodeTooEarly(moment=_told(promo.starts_at))
    if promo.ends_at and promo.ends_at <= now:
        raise PromoCodeEnded(moment=_told(promo.ends_at))


def _told(moment: datetime) -> str:
    return formats.moment(moment, get_language() or settings.LANGUAGE_CODE, settings.TIME_ZONE)


def _holds(cart: Cart, promo: PromoCode) -> bool:
    """Whether an order of this cart awaits its payment with this code."""
    return cart.orders.awaiting_payment().filter(promo=promo).exists()


def _has_used_it_enough(promo: PromoCode, establishment: int) -> bool:
    if promo.most_uses_each is None:
        return False
    uses = PromoUse.objects.in_force().filter(promo=promo, establishment=establishment)
    return uses.count() >= promo.most_uses_each
