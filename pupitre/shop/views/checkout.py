"""The last look before paying."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from pupitre.actions import carts, checkout, orders, payments, terms
from pupitre.models import Cart, CartLine, Right
from pupitre.refusals import Refused
from pupitre.shop import basket, priced
from pupitre.shop.context import provider_of
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms.checkout import Agreement
from pupitre.shop.middleware import leads_to_payment


@for_establishment(Right.BUY)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    cart = basket.of(request)
    form = Agreement(
        request.POST if request.method == "POST" else None,
        version=provider_of(request).terms,
        reader=request.user,
        language=get_language() or "fr-ca",
    )
    if cart and form.is_valid():
        return _pay(request, cart, form)
    return _page(request, cart, form=form)


def _pay(request: HttpRequest, cart: Cart, form: Agreement) -> HttpResponse:
    try:
        order, page = checkout.check_out(
            cart,
            request.user.establishment,
            form.cleaned_data["means"],
            by=request.user,
            language=get_language() or "fr-ca",
            agreed_net_cents=form.cleaned_data["net_cents"],
            purchase_order_number=form.cleaned_data["purchase_order_number"],
            agreement=form.cleaned_data["agreement"],
            seller=provider_of(request),
        )
    except orders.PriceChanged as refusal:
        changed = [line for line in basket.lines(cart, request.user.establishment) if line.price_has_changed]
        carts.note_prices(cart)
        form.add_error(None, str(refusal))
        return _page(request, cart, form=form, changed=changed)
    except (payments.ServiceUnavailable, payments.AlreadyPaid, payments.PaymentUnderWay) as refusal:
        # The order stands: its own page says what became of it, and how to pay it.
        messages.warning(request, str(refusal))
        order = cart.orders.order_by("-pk").first()
        return redirect("shop:order", order.reference)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, cart, form=form)
    if page:
        return redirect(page)
    return redirect("shop:thanks" if order.is_free else "shop:order", order.reference)


def _page(
    request: HttpRequest, cart: Cart | None, *, form: Agreement, changed: list[CartLine] | None = None
) -> HttpResponse:
    due = priced.quoted(request, cart)
    if not due.lines:
        return redirect("shop:cart")
    lines = [line.wish for line in due.lines]
    context = {
        "form": form,
        "cart_count": sum(line.quantity for line in lines),
        "changed": changed or [line for line in lines if line.price_has_changed],
        "due": due,
        "blocked": [line for line in lines if line.problem],
        "terms": form.version,
        "terms_note": terms.note_of(form.version, request.user) if form.version else "",
    }
    return leads_to_payment(render(request, "shop/review.html", context, status=422 if form.errors else 200))
