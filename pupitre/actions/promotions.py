"""What can be done with a promo code: put it on a cart, take one of its uses for an order, give that use back.

The only writer of `used`: by conditional updates, so that a code for ten orders is used ten times whoever hurries.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models import Cart, CartLine, Establishment, Order, PromoCode, PromoUse
from pupitre.refusals import Refused


class PromoCodeNotValid(Refused):
    code = "promo_code_not_valid"
    message = _("This promo code is not valid for this order.")


class PromoCodeUsedUp(PromoCodeNotValid):
    code = "promo_code_used_up"
    message = _("This promo code has already been used as many times as it allows.")


@transaction.atomic
def put(cart: Cart, text: str, establishment: Establishment | None) -> PromoCode:
    """Put a promo code on the cart. Refuses one that is not known, not of today, or not for this buyer."""
    promo = PromoCode.objects.filter(code=text.strip().upper()).first()
    if promo is None:
        raise PromoCodeNotValid
    check(promo, cart.lines.select_related("session"), establishment)
    Cart.objects.filter(pk=cart.pk).update(promo=promo, updated_at=clock.now())
    return promo


def remove(cart: Cart) -> None:
    Cart.objects.filter(pk=cart.pk).update(promo=None, updated_at=clock.now())


def check(promo: PromoCode, wishes: Iterable[CartLine], establishment: Establishment | None) -> None:
    """Refuse, kindly, a code that would take nothing off. The decision itself is taken when the order is placed."""
    if not promo.is_valid_at(clock.now()):
        raise PromoCodeNotValid
    if promo.most_uses is not None and promo.used >= promo.most_uses:
        raise PromoCodeUsedUp
    if not promo.is_for(establishment, {wish.session.course_id for wish in wishes}):
        raise PromoCodeNotValid
    if establishment and _has_used_it_enough(promo, establishment):
        raise PromoCodeUsedUp


def take(promo: PromoCode, order: Order) -> None:
    """Take one use of a code for an order, or refuse. Called in the transaction that takes the seats, before them."""
    now = clock.deciding_now()
    valid = PromoCode.objects.filter(
        Q(starts_at=None) | Q(starts_at__lte=now),
        Q(ends_at=None) | Q(ends_at__gt=now),
        Q(most_uses=None) | Q(used__lt=F("most_uses")),
        pk=promo.pk,
    )
    if not valid.update(used=F("used") + 1):
        promo.refresh_from_db()
        raise PromoCodeNotValid if not promo.is_valid_at(now) else PromoCodeUsedUp
    # The row of the code is now locked: no one else counts the uses of this establishment at the same time.
    if _has_used_it_enough(promo, order.establishment):
        raise PromoCodeUsedUp
    PromoUse.objects.update_or_create(
        order=order, defaults={"promo": promo, "establishment": order.establishment, "given_back_at": None}
    )


def give_back(order: Order) -> None:
    """Give back the use held by an order that nobody can pay any more."""
    if order.promo_id and PromoUse.objects.filter(order=order, given_back_at=None).update(given_back_at=clock.now()):
        PromoCode.objects.filter(pk=order.promo_id).update(used=F("used") - 1)


def _has_used_it_enough(promo: PromoCode, establishment: Establishment) -> bool:
    if promo.most_uses_each is None:
        return False
    uses = PromoUse.objects.filter(promo=promo, establishment=establishment, given_back_at=None)
    return uses.count() >= promo.most_uses_each
