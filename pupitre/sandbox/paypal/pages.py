"""The page of agreement, in the place of PayPal's: choose an account, or cancel."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from pupitre.sandbox.paypal import orders
from pupitre.sandbox.paypal.objects import cents
from pupitre.sandbox.state import Document, state
from pupitre.sandbox.stripe.pages import SeeOther, origins
from pupitre.sandbox.words import Words


@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest) -> HttpResponse:
    """Agree to pay with an account that behaves as its name says. The money moves only when the shop captures it."""
    with state.lock:
        order = state.get("order", request.GET.get("token", ""))
        if order is None:
            words = Words(request.headers.get("Accept-Language", "fr"))
            context = {"words": words, "title": words["unknown_title"], "text": words["unknown_text"]}
            return render(request, "sandbox/message.html", context, status=404)
        words = Words(order["_locale"])
        if order["status"] == "COMPLETED":
            context = {
                "words": words,
                "title": words["paid_title"],
                "text": words["paid_text"],
                "back": orders.with_token(order["_return_url"], order["id"]),
            }
            return render(request, "sandbox/message.html", context)
        account = request.POST.get("account", "") if request.method == "POST" else ""
        if account not in orders.ACCOUNTS:
            return _page(request, order, words)
        back = orders.approve(order, account)
    if account == "closes":
        context = {"words": words, "title": words["closed_title"], "text": words["closed_text"]}
        return render(request, "sandbox/message.html", context)
    return _leading_back(SeeOther(back), order)


def _page(request: HttpRequest, order: Document, words: Words) -> HttpResponse:
    unit = order["purchase_units"][0]
    amount = words.money(cents(unit["amount"]), unit["amount"]["currency_code"])
    context = {
        "words": words,
        "intro": words("paypal_intro", amount=amount, seller=order["_brand"]),
        "lines": [{"name": item["name"], "quantity": item["quantity"]} for item in unit.get("items", [])],
        "total": amount,
        "accounts": [{"key": account, "does": words[f"account_{account}"]} for account in orders.ACCOUNTS],
        "address": f"/checkoutnow?token={order['id']}",
        "cancel": orders.with_token(order["_cancel_url"], order["id"]),
    }
    return _leading_back(render(request, "sandbox/accounts.html", context), order)


def _leading_back(response: HttpResponse, order: Document) -> HttpResponse:
    response.leads_to = origins(order["_return_url"], order["_cancel_url"])  # type: ignore[attr-defined]
    return response
