"""PayPal's programming interface: tokens, Orders v2, Payments v2 and disputes."""

import secrets
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from pupitre.sandbox.guards import basic_credentials
from pupitre.sandbox.paypal import captures, disputes, orders, refunds
from pupitre.sandbox.paypal.calls import answer, paypal_call
from pupitre.sandbox.paypal.lists import is_between, page
from pupitre.sandbox.paypal.objects import find, public
from pupitre.sandbox.paypal.requests import an_object, check_order, check_refund
from pupitre.sandbox.state import Document, state

TOKEN_LIFE = 9 * 3600
IN_SHORT = ("dispute_id", "create_time", "update_time", "status", "reason", "dispute_amount", "links")


def token(request: HttpRequest) -> HttpResponse:
    name, secret = basic_credentials(request)
    expected = f"{settings.PAYPAL_CLIENT_ID}:{settings.PAYPAL_CLIENT_SECRET}"
    if not constant_time_compare(f"{name}:{secret}", expected):
        return answer({"error": "invalid_client", "error_description": "Client Authentication failed"}, 401)
    if request.POST.get("grant_type") != "client_credentials":
        return answer({"error": "unsupported_grant_type", "error_description": "Grant Type is NULL"}, 400)
    name = secrets.token_urlsafe(48)
    state.put("paypal_token", {"id": name, "expires_at": time.time() + TOKEN_LIFE, "_clock": state.clock()})
    return answer(
        {
            "scope": "https://uri.paypal.com/services/payments/payment",
            "access_token": name,
            "token_type": "Bearer",
            "app_id": "APP-SANDBOX",
            "expires_in": TOKEN_LIFE,
            "nonce": secrets.token_hex(8),
        }
    )


def _new_order(asked: Document) -> Document:
    check_order(asked)
    return public(orders.open_order(asked))


def _order(_: Document, name: str) -> Document:
    captures.remember(name)
    return public(find("order", name))


def _capture_order(asked: Document, name: str) -> Document:
    an_object(asked, "/", set())
    return public(captures.take(find("order", name)))


def _capture(_: Document, name: str) -> Document:
    captures.remember(name)
    return captures.alone(find("capture", name))


def _refund_capture(asked: Document, name: str) -> Document:
    check_refund(asked)
    captures.remember(name)
    return public(refunds.give_back(find("capture", name), asked))


def _refund(_: Document, name: str) -> Document:
    return public(find("paypal_refund", name))


def _disputes(query: Document) -> Document:
    """Each in short."""
    wanted = query.get("disputed_transaction_id")
    found = [
        one
        for one in state.all("paypal_dispute")
        if wanted in (None, one["_capture"]) and is_between(one["create_time"], query)
    ]
    listed, links = page("/v1/customer/disputes", query, found, size="10")
    return {"items": [{field: one[field] for field in IN_SHORT} for one in listed], "links": links}


def _dispute(_: Document, name: str) -> Document:
    return disputes.shown(find("paypal_dispute", name))


order_list = paypal_call(post=_new_order)
order = paypal_call(get=_order)
capture_order = paypal_call(post=_capture_order)
capture = paypal_call(get=_capture)
refund_capture = paypal_call(post=_refund_capture)
refund = paypal_call(get=_refund)
dispute_list = paypal_call(get=_disputes)
dispute = paypal_call(get=_dispute)
unknown = paypal_call()
