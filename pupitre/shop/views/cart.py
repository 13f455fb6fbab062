"""The cart: how many seats of each session, and a promo code."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pupitre import formats
from pupitre.actions import carts, promotions
from pupitre.actions.pricing import Quote
from pupitre.actions.throttles import TooManyAttempts
from pupitre.models import Cart, CartLine, CourseSession
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop import basket, priced, waiting
from pupitre.shop.addresses import client_address
from pupitre.shop.forms import Form
from pupitre.shop.forms.cart import PromoCodeForm, Quantity


@dataclass(frozen=True)
class Refusal:
    """A form that was refused: that of a session, by its code, or that of the promo code."""

    form: Form
    session: str = ""


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    return _page(request, basket.of(request))


@require_POST
def line(request: HttpRequest, code: str) -> HttpResponse:
    """Set the number of seats of a session. One that was removed comes back only when that is asked."""
    session = CourseSession.objects.select_related("course").filter(code=code).first()
    if session is None:
        raise Http404
    form = Quantity(request.POST, auto_id=f"id_%s_{code}")
    if form.is_valid():
        with refusals_shown_on(form, "quantity"):
            own, quantity = basket.opened(request), form.cleaned_data["quantity"]
            if "put_back" in request.POST:
                carts.put(own, session, quantity)
            elif not carts.change(own, session, quantity):
                return _removed(request, session, quantity)
            return _done(request, own, _("Cart updated. New subtotal: {amount}."))
    return _page(request, basket.of(request), refused=Refusal(form, code))


@require_POST
def removal(request: HttpRequest, code: str) -> HttpResponse:
    own = basket.of(request)
    removed = CartLine.objects.filter(cart=own, session__code=code).select_related("session__course").first()
    if own is None or removed is None:
        return redirect("shop:cart")
    carts.remove(own, removed)
    return _removed(request, removed.session, removed.quantity)


@require_POST
def promo(request: HttpRequest) -> HttpResponse:
    """Put a promo code on the cart, or say why it takes nothing off."""
    form = PromoCodeForm(request.POST)
    if not form.is_valid():
        return _page(request, basket.of(request), refused=Refusal(form))
    own, buyer = basket.opened(request), basket.buyer_of(request)
    try:
        promotions.put(own, form.cleaned_data["code"], buyer, address=client_address(request))
    except Refused as refusal:
        form.add_error("code", str(refusal))
        response = _page(request, own, refused=Refusal(form))
        if isinstance(refusal, TooManyAttempts):
            response.status_code = 429
            response["Retry-After"] = str(refusal.facts["n"] * 60)
        return response
    return _done(request, own, _("Promo code applied. New subtotal: {amount}."))


@require_POST
def promo_removal(request: HttpRequest) -> HttpResponse:
    """Go on without the promo code."""
    if own := basket.of(request):
        promotions.remove(own)
    return redirect("shop:cart")


def _done(request: HttpRequest, own: Cart, said: str) -> HttpResponse:
    """The cart as it now is, with the new subtotal said aloud: at once to htmx, on the next page otherwise."""
    if "HX-Request" in request.headers:
        return _page(request, own, announcing=said)
    messages.success(request, _with_subtotal(said, priced.quoted(request, own).net_cents))
    return redirect("shop:cart")


def _removed(request: HttpRequest, session: CourseSession, quantity: int) -> HttpResponse:
    """The cart without that session, and the way to put it back."""
    messages.success(request, _("“{course}” was removed from the cart.").format(course=session.course.title))
    request.session["removed_from_cart"] = [session.code, quantity]
    return redirect("shop:cart")


def _page(
    request: HttpRequest, own: Cart | None, *, refused: Refusal | None = None, announcing: str = ""
) -> HttpResponse:
    due = priced.quoted(request, own)
    _give_forms(due, refused)
    if refused and refused.session and all(line.session.code != refused.session for line in due.lines):
        for error in refused.form.errors.get("quantity", []):
            messages.error(request, error)
    context = {
        "due": due,
        "cart_promo": own.promo if own else None,
        "cart_count": sum(line.quantity for line in due.lines),
        "form": refused.form if refused else None,
        "promo_form": refused.form if refused and not refused.session else PromoCodeForm(),
        "announced": _with_subtotal(announcing, due.net_cents),
        "can_continue": not any(line.wish.problem for line in due.lines),
        "removed": request.session.pop("removed_from_cart", None) if request.method == "GET" else None,
    }
    return render(request, "shop/cart.html", context, status=422 if refused else 200)


def _give_forms(due: Quote, refused: Refusal | None) -> None:
    """Each line has its number of seats in a form; one that was refused keeps what was typed."""
    for line in due.lines:
        line.wish.shortage = waiting.shortage_of(line.session, line.quantity)
        if refused and refused.session == line.session.code:
            line.wish.form = refused.form
            line.wish.shortage = waiting.shortage(line.session, refused.form) or line.wish.shortage
        else:
            line.wish.form = Quantity(initial={"quantity": line.quantity}, auto_id=f"id_%s_{line.session.code}")


def _with_subtotal(said: str, net_cents: int) -> str:
    return said.format(amount=formats.money(net_cents, get_language() or "fr-ca"))
