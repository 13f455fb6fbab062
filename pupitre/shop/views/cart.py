"""The cart: how many seats of each session."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pupitre import formats
from pupitre.actions import carts, pricing
from pupitre.models import Cart, CartLine, CourseSession
from pupitre.refusals import refusals_shown_on
from pupitre.shop import basket
from pupitre.shop.context import provider_of
from pupitre.shop.forms.cart import Quantity


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    return _page(request, *_priced(request, basket.of(request)))


@require_POST
def line(request: HttpRequest, code: str) -> HttpResponse:
    """Set the number of seats of a session; put it back in the cart if it was just removed."""
    session = CourseSession.objects.select_related("course").filter(code=code).first()
    if session is None:
        raise Http404
    form = Quantity(request.POST, auto_id=f"id_%s_{code}")
    if form.is_valid():
        with refusals_shown_on(form, "quantity"):
            own = basket.opened(request)
            carts.put(own, session, form.cleaned_data["quantity"])
            lines, due = _priced(request, own)
            said = _("Cart updated. New subtotal: {amount}.").format(
                amount=formats.money(due.net_cents, get_language() or "fr-ca")
            )
            if "HX-Request" in request.headers:
                return _page(request, lines, due, announced=said)
            messages.success(request, said)
            return redirect("shop:cart")
    return _page(request, *_priced(request, basket.of(request)), refused=(code, form))


@require_POST
def removal(request: HttpRequest, code: str) -> HttpResponse:
    own = basket.of(request)
    removed = CartLine.objects.filter(cart=own, session__code=code).select_related("session__course").first()
    if own is None or removed is None:
        return redirect("shop:cart")
    carts.remove(own, removed)
    messages.success(request, _("“{course}” was removed from the cart.").format(course=removed.session.course.title))
    request.session["removed_from_cart"] = [code, removed.quantity]
    return redirect("shop:cart")


def _priced(request: HttpRequest, own: Cart | None) -> tuple[list[CartLine], pricing.Quote]:
    """What the cart holds, and what it costs this visitor."""
    buyer = basket.buyer_of(request)
    lines = basket.lines(own, buyer)
    return lines, pricing.quote(lines, buyer, provider_of(request), own.promo if own else None)


def _page(
    request: HttpRequest,
    lines: list[CartLine],
    due: pricing.Quote,
    *,
    refused: tuple[str, Quantity] | None = None,
    announced: str = "",
) -> HttpResponse:
    refused_code, refused_form = refused or ("", None)
    for own in lines:
        own.form = (
            refused_form
            if refused_form and own.session.code == refused_code
            else Quantity(initial={"quantity": own.quantity}, auto_id=f"id_%s_{own.session.code}")
        )
    if refused_form and all(own.session.code != refused_code for own in lines):
        for error in refused_form.errors.get("quantity", []):
            messages.error(request, error)
    context = {
        "lines": lines,
        "cart_count": sum(own.quantity for own in lines),
        "due": due,
        "form": refused_form,
        "announced": announced,
        "can_continue": lines and not any(own.problem for own in lines),
        "removed": request.session.pop("removed_from_cart", None) if request.method == "GET" else None,
    }
    return render(request, "shop/cart.html", context, status=422 if refused_form else 200)
