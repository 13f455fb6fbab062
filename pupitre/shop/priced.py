"""What the visitor's cart costs them today."""

from django.http import HttpRequest

from pupitre.actions import pricing
from pupitre.models import Cart
from pupitre.shop import basket
from pupitre.shop.context import provider_of


def quoted(request: HttpRequest, cart: Cart | None) -> pricing.Quote:
    """A cart at the prices of this visitor; an empty quote before anything was put in one."""
    buyer, seller = basket.buyer_of(request), provider_of(request)
    lines = basket.lines(cart, buyer)
    return pricing.quote_cart(cart, lines, buyer, seller) if cart else pricing.quote([], buyer, seller)
