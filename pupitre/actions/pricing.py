"""What a cart costs: member prices, volume tiers, a promo code, then taxes. Always in cents, before taxes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest

from django.utils import timezone

from pupitre import clock, prices, taxes
from pupitre.actions import promotions
from pupitre.actions.promotions import PromoCodeNotValid
from pupitre.models import Cart, CartLine, CourseSession, Establishment, PromoCode, Provider, TaxClass


@dataclass(frozen=True)
class PricedLine:
    """A line of the cart at today's price."""

    wish: CartLine
    promo_discount_cents: int = 0

    @property
    def session(self) -> CourseSession:
        return self.wish.session

    @property
    def quantity(self) -> int:
        return self.wish.quantity

    @property
    def list_price_cents(self) -> int:
        """Of one seat, for everyone."""
        return self.session.unit_price_cents

    @property
    def unit_price_cents(self) -> int:
        """Of one seat, for this buyer."""
        return self.wish.unit_price_cents

    @property
    def list_cents(self) -> int:
        """What these seats would cost anyone, without rebate."""
        return self.quantity * self.list_price_cents

    @property
    def member_discount_cents(self) -> int:
        return self.quantity * (self.list_price_cents - self.unit_price_cents)

    @property
    def volume_discount_cents(self) -> int:
        return self.quantity * self.unit_price_cents - self.wish.before_promo_cents

    @property
    def net_cents(self) -> int:
        return self.wish.before_promo_cents - self.promo_discount_cents

    @property
    def volume_tiers(self) -> prices.Tiers:
        return self.session.course.volume_tiers


@dataclass(frozen=True)
class SupplementLine(PricedLine):
    """What seats cost more in the session they move to: the same for each, whatever rebate made it what it is."""

    each_cents: int = 0

    @property
    def list_price_cents(self) -> int:
        return self.each_cents

    @property
    def unit_price_cents(self) -> int:
        return self.each_cents

    @property
    def volume_discount_cents(self) -> int:
        return 0

    @property
    def net_cents(self) -> int:
        return self.quantity * self.each_cents

    @property
    def volume_tiers(self) -> prices.Tiers:
        return []


@dataclass(frozen=True)
class Quote:
    """What a cart costs today, with the promo code that applies, or why the one it holds does not."""

    lines: list[PricedLine]
    taxes: list[taxes.Tax]
    promo: PromoCode | None = None
    promo_refusal: PromoCodeNotValid | None = None

    @property
    def net_cents(self) -> int:
        return sum(line.net_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        return self.net_cents + sum(tax.amount_cents for tax in self.taxes)

    @property
    def is_free(self) -> bool:
        return self.total_cents == 0

    @property
    def rebates(self) -> prices.Rebates:
        return prices.Rebates.of(self.lines)


def quote_cart(cart: Cart, wishes: Sequence[CartLine], establishment: Establishment | None, seller: Provider) -> Quote:
    """What a cart costs today. A promo code that stopped being valid takes nothing off, and the quote says why.

    The lines come from `CartLine.objects.priced_for(establishment)`.
    """
    promo = PromoCode.objects.filter(pk=cart.promo_id).seen_by(establishment) if cart.promo_id else None
    if promo is None:
        return quote(wishes, establishment, seller)
    try:
        promotions.check(promo, wishes, cart)
    except PromoCodeNotValid as refusal:
        return replace(quote(wishes, establishment, seller), promo_refusal=refusal)
    return quote(wishes, establishment, seller, promo)


def quote(
    wishes: Sequence[CartLine], establishment: Establishment | None, seller: Provider, promo: PromoCode | None = None
) -> Quote:
    """What these seats cost today, with the taxes the seller collects where each session takes place.

    The promo code was checked by the caller.
    """
    discounts = _promo_discounts(wishes, promo)
    lines = [PricedLine(wish, discount) for wish, discount in zip(wishes, discounts, strict=True)]
    return Quote(lines, _taxes(lines, establishment, seller), promo)


def quote_supplement(
    target: CourseSession, quantity: int, each_cents: int, establishment: Establishment, seller: Provider
) -> Quote:
    """What so many seats cost more in a session, with the taxes that the seller collects there."""
    line = SupplementLine(CartLine(session=target, quantity=quantity), each_cents=each_cents)
    return Quote([line], _taxes([line], establishment, seller))


def tax_place(session: CourseSession, establishment: Establishment | None) -> tuple[str, str]:
    """The province whose taxes apply, and why: the venue's, or for an online session the buyer's."""
    if session.is_online or not session.province:
        return (establishment.province if establishment else "QC"), "buyer_address"
    return session.province, "venue"


def taxes_today(taxable: Iterable[tuple[str, int]], seller: Provider) -> list[taxes.Tax]:
    """What the seller adds today to these net amounts, given as (place, cents)."""
    due = taxes.taxes_on(taxable, timezone.localdate(clock.now()))
    return [tax for tax in due if seller.collects(tax.code)]


def _taxes(lines: Sequence[PricedLine], establishment: Establishment | None, seller: Provider) -> list[taxes.Tax]:
    taxable = [
        (tax_place(line.wish.session, establishment)[0], line.net_cents)
        for line in lines
        if line.wish.session.course.tax_class == TaxClass.TAXABLE
    ]
    return taxes_today(taxable, seller)


def _promo_discounts(wishes: Sequence[CartLine], promo: PromoCode | None) -> list[int]:
    """What the promo code takes off each line: never more than the line."""
    if promo is None:
        return [0] * len(wishes)
    eligible = [promo.applies_to(wish.session.course_id) for wish in wishes]
    if promo.free_seats:
        return _cheapest_seats(wishes, eligible, promo.free_seats)
    bases = [wish.before_promo_cents if applies else 0 for wish, applies in zip(wishes, eligible, strict=True)]
    whole = prices.percent_of(sum(bases), promo.percent) if promo.percent else min(promo.amount_cents or 0, sum(bases))
    return prices.spread(whole, bases)


def _cheapest_seats(wishes: Sequence[CartLine], eligible: list[bool], count: int) -> list[int]:
    """The cheapest seats are the free ones."""
    seats = (
        (prices.seat_price(wish.unit_price_cents, rank, wish.session.course.volume_tiers), n)
        for n, wish in enumerate(wishes)
        if eligible[n]
        for rank in range(1, wish.quantity + 1)
    )
    discounts = [0] * len(wishes)
    for price, n in nsmallest(count, seats):
        discounts[n] += price
    return discounts
