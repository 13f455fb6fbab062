"""Stripe's programming interface, as far as a shop that sells by hosted page needs it: who may call, and each call."""

import hashlib
import json
import time
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from pupitre.sandbox.guards import basic_credentials
from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe import balance, endpoints, payments, refunds, sessions
from pupitre.sandbox.stripe.lists import listed, page
from pupitre.sandbox.stripe.objects import VERSION, Refusal, find, line_items, shown
from pupitre.sandbox.stripe.parameters import (
    CANCELLATION,
    CHANGED_ENDPOINT,
    LISTING,
    NEW_ENDPOINT,
    NEW_REFUND,
    NEW_SESSION,
    READING,
    TEXT,
    checked,
    decoded,
    needed,
)
from pupitre.sandbox.time_passing import time_passes

KEY_LIFE = 24 * 3600  # Stripe keeps keys a day at least: no shop may count on more
ERROR = {"error": {"type": "api_error", "message": "The payment sandbox was asked to fail, and to remember it."}}
ACCOUNT = {
    "id": "acct_sandbox",
    "object": "account",
    "business_profile": {"name": "Bac à sable"},
    "charges_enabled": True,
    "country": "CA",
    "default_currency": "cad",
    "details_submitted": True,
    "payouts_enabled": True,
    "type": "standard",
}

Answer = Callable[..., Document]


def stripe_call(**doors: Answer) -> Callable[..., HttpResponse]:
    """An address of the API: one function for each method, behind the key and the repetition of calls."""

    def call(request: HttpRequest, **names: str) -> HttpResponse:
        try:
            _check_key(request)
            _check_version(request)
            door = doors.get((request.method or "").lower())
            if door is None:
                raise Refusal(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
            time_passes()
            if request.method == "POST":
                return _once(request, lambda: door(decoded(request.POST), **names))
            time.sleep(state.switches()["slow"])
            return _json(door(decoded(request.GET), **names))
        except Refusal as refusal:
            return _json(refusal.body, refusal.status)

    return wraps(next(iter(doors.values())))(call) if doors else call


def _check_key(request: HttpRequest) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    key = given if scheme == "Bearer" else basic_credentials(request)[0]
    if not constant_time_compare(key, settings.STRIPE_SECRET_KEY):
        raise Refusal("Invalid API Key provided.", status=401)


def _check_version(request: HttpRequest) -> None:
    asked = request.headers.get("Stripe-Version", VERSION)
    if asked != VERSION:
        raise Refusal(f"Invalid Stripe API version: {asked}. This sandbox speaks {VERSION}.")


def _json(body: Document, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Request-Id": new_id("req_", 14), "Stripe-Version": VERSION})


def _once(request: HttpRequest, do: Callable[[], Document]) -> HttpResponse:
    """The same key twice gives the first answer twice. Refused parameters are not remembered, like at Stripe."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        time.sleep(state.switches()["slow"])
        with state.lock:
            return _json(do())
    if len(key) > 255:
        raise Refusal("Idempotency keys are 255 characters long at most.")
    record = {"id": key, "fingerprint": _fingerprint(request), "body": None, "status": 200}
    record |= {"until": time.time() + KEY_LIFE, "_clock": state.clock()}
    with state.lock:
        known = _known(key)
        if known is None:
            state.put("stripe_key", record)
    if known:
        return _replayed(known, record["fingerprint"])
    time.sleep(state.switches()["slow"])
    try:
        with state.lock:
            failing = state.spend("error_kept")
            record |= {"body": ERROR, "status": 500} if failing else {"body": do()}
            state.put("stripe_key", record)
    except Refusal:
        state.remove("stripe_key", key)
        raise
    return _json(record["body"], record["status"])


def _known(key: str) -> Document | None:
    known = state.get("stripe_key", key)
    return None if known is None or state.is_past(known.get("until", 0), known) else known


def _fingerprint(request: HttpRequest) -> str:
    return hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()


def _replayed(known: Document, fingerprint: str) -> HttpResponse:
    if known["fingerprint"] != fingerprint:
        raise Refusal(
            "Keys for idempotent requests can only be used with the same parameters they were first used with.",
            kind="idempotency_error",
        )
    if known["body"] is None:
        raise Refusal(
            "There is currently another in-progress request using this Idempotent Key.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
        )
    answer = _json(known["body"], known["status"])
    answer["Idempotent-Replayed"] = "true"
    return answer


# --- the calls -------------------------------------------------------------------------------------------------------


def _reading(kind: str) -> Answer:
    def read(given: Document, name: str) -> Document:
        return shown(find(name, kind=kind), checked(given, READING).get("expand"))

    return read


def _listing(kind: str, url: str, *filters: str) -> Answer:
    shape = LISTING | dict.fromkeys(filters, TEXT)

    def read(given: Document) -> Document:
        return listed(kind, url, checked(given, shape), *filters)

    return read


def _new_session(given: Document) -> Document:
    asked = checked(given, NEW_SESSION)
    needed(asked, "mode", "line_items", "success_url")
    return shown(sessions.open_session(asked), asked.get("expand"))


def _expire(given: Document, name: str) -> Document:
    expand = checked(given, READING).get("expand")
    return shown(sessions.expire(find(name, kind="checkout.session")), expand)


def _line_items(given: Document, name: str) -> Document:
    checked(given, LISTING)
    return line_items(find(name, kind="checkout.session"))


def _intent(given: Document, name: str) -> Document:
    payments.remember(name)
    return _reading("payment_intent")(given, name)


def _cancel_intent(given: Document, name: str) -> Document:
    checked(given, CANCELLATION)
    return payments.cancel(find(name, kind="payment_intent"))


def _new_refund(given: Document) -> Document:
    asked = checked(given, NEW_REFUND)
    name = asked.get("charge") or asked.get("payment_intent")
    if not name:
        raise Refusal("One of the following params should be provided for this request: payment_intent or charge.")
    return shown(refunds.give_back(payments.refundable(name), asked), asked.get("expand"))


def _events(given: Document) -> Document:
    asked = checked(given, LISTING | {"type": TEXT, "types": [TEXT]})
    wanted = set(asked.get("types", [])) | ({asked["type"]} if "type" in asked else set())
    events = [json.loads(event["text"]) for event in state.all("event", service="stripe")]
    return page("/v1/events", asked, [event for event in events if not wanted or event["type"] in wanted])


def _event(given: Document, name: str) -> Document:
    checked(given, READING)
    kept = state.get("event", name)
    if kept is None or kept["service"] != "stripe":
        raise Refusal(f"No such event: '{name}'", status=404, code="resource_missing", param="id")
    return json.loads(kept["text"])


def _balance(given: Document) -> Document:
    checked(given, READING)
    return balance.total()


def _account(given: Document) -> Document:
    checked(given, READING)
    return ACCOUNT


def _new_endpoint(given: Document) -> Document:
    asked = checked(given, NEW_ENDPOINT)
    needed(asked, "url", "enabled_events")
    return endpoints.register(asked)


def _change_endpoint(given: Document, name: str) -> Document:
    return shown(endpoints.change(find(name, kind="webhook_endpoint"), checked(given, CHANGED_ENDPOINT)))


def _forget_endpoint(given: Document, name: str) -> Document:
    checked(given, {})
    return endpoints.forget(find(name, kind="webhook_endpoint"))


session_list = stripe_call(
    get=_listing("checkout.session", "/v1/checkout/sessions", "status", "payment_intent"), post=_new_session
)
session = stripe_call(get=_reading("checkout.session"))
expire = stripe_call(post=_expire)
session_lines = stripe_call(get=_line_items)
payment_intent = stripe_call(get=_intent)
cancel_intent = stripe_call(post=_cancel_intent)
charge = stripe_call(get=_reading("charge"))
refund_list = stripe_call(get=_listing("refund", "/v1/refunds", "payment_intent", "charge"), post=_new_refund)
refund = stripe_call(get=_reading("refund"))
balance_transactions = stripe_call(
    get=_listing("balance_transaction", "/v1/balance_transactions", "source", "type", "currency")
)
balance_transaction = stripe_call(get=_reading("balance_transaction"))
held = stripe_call(get=_balance)
account = stripe_call(get=_account)
disputes = stripe_call(get=_listing("dispute", "/v1/disputes", "payment_intent", "charge"))
dispute = stripe_call(get=_reading("dispute"))
events = stripe_call(get=_events)
event = stripe_call(get=_event)
endpoint_list = stripe_call(get=_listing("webhook_endpoint", "/v1/webhook_endpoints"), post=_new_endpoint)
endpoint = stripe_call(get=_reading("webhook_endpoint"), post=_change_endpoint, delete=_forget_endpoint)
unknown = stripe_call()
