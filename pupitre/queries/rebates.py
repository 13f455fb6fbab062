"""Do rebates agree? Uses of promo codes with the orders that hold them, and lines with the prices of their day."""

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from pupitre import prices
from pupitre.models import Order, OrderLine, PromoCode, PromoUse


def disagreements() -> list[str]:
    """Every code counted otherwise than it is used, and every rebate that its line does not explain."""
    return [*_uses(), *_holders(), *_lines()]


def _uses() -> list[str]:
    counted = PromoCode.objects.annotate(
        in_force=_number_of(PromoUse.objects.in_force()),
        held=_number_of(Order.objects.filter(status__in=Order.HOLDING)),
    )
    wrong = counted.exclude(used=F("in_force")) | counted.exclude(used=F("held"))
    return [f"promo code {p}: used {p.used} times, {p.in_force} uses, {p.held} orders hold it" for p in wrong]


def _holders() -> list[str]:
    """The same numbers could hide one use too many and one too few."""
    uses = PromoUse.objects.in_force().select_related("order", "promo")
    astray = uses.exclude(
        order__status__in=Order.HOLDING, order__promo=F("promo"), order__establishment=F("establishment")
    )
    without = Order.objects.filter(status__in=Order.HOLDING, promo__isnull=False)
    without = without.exclude(pk__in=PromoUse.objects.in_force().values("order"))
    return [f"promo code {use.promo}: order {use.order} holds it and should not" for use in astray] + [
        f"order {order}: its promo code is not counted" for order in without
    ]


def _lines() -> list[str]:
    generous = OrderLine.objects.filter(promo_discount_cents__gt=0, order__promo=None)
    dear = OrderLine.objects.filter(unit_price_cents__gt=F("list_price_cents"))
    tiered = OrderLine.objects.select_related("order")
    wrong = [
        line
        for line in tiered.iterator()
        if line.quantity * line.unit_price_cents - line.volume_discount_cents
        != prices.seats_price(line.unit_price_cents, line.quantity, line.volume_tiers)
    ]
    return (
        [f"order {line.order}: a promo discount, and no promo code" for line in generous.select_related("order")]
        + [f"order {line.order}: a seat costs more than its list price" for line in dear.select_related("order")]
        + [f"order {line.order}: its volume discount is not that of its tiers" for line in wrong]
    )


def _number_of(rows: QuerySet) -> Coalesce:
    """How many of these rows name the promo code."""
    each = rows.filter(promo=OuterRef("pk")).order_by().values("promo").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(each), 0)
