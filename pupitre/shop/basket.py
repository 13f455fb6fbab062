"""Which cart is this visitor's: their own when signed in, otherwise the one their browser remembers."""

from django.db.models import Sum
from django.http import HttpRequest

from pupitre.actions import carts
from pupitre.models import Cart, CartLine, Establishment


def of(request: HttpRequest) -> Cart | None:
    """The visitor's cart, or None before anything was put in it."""
    if request.user.is_authenticated:
        return Cart.objects.filter(user=request.user).select_related("promo").first()
    pk = request.session.get("cart")
    return Cart.objects.filter(pk=pk, user=None).select_related("promo").first() if pk else None


def opened(request: HttpRequest) -> Cart:
    """The visitor's cart, a new one if need be."""
    cart = of(request)
    if cart is None:
        cart = carts.open_for(request.user if request.user.is_authenticated else None)
        if cart.user is None:
            request.session["cart"] = cart.pk
    return cart


def lines(cart: Cart | None, buyer: Establishment | None) -> list[CartLine]:
    """The lines of a cart with their sessions and courses at the buyer's prices, in the order they were chosen."""
    return list(cart.lines.priced_for(buyer).select_related("session__course__category")) if cart else []


def buyer_of(request: HttpRequest) -> Establishment | None:
    return request.user.establishment if request.user.is_authenticated else None


def count(request: HttpRequest) -> int:
    """How many seats the visitor's cart asks for."""
    # A request refused before anyone was recognized (a wrong host name) has no user, and may have no session.
    user = getattr(request, "user", None)
    mine = CartLine.objects.filter(cart__user=user) if user and user.is_authenticated else None
    if mine is None:
        pk = getattr(request, "session", {}).get("cart")
        if not pk:
            return 0
        mine = CartLine.objects.filter(cart=pk, cart__user=None)
    return mine.aggregate(total=Sum("quantity"))["total"] or 0
