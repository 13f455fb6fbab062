"""Stripe's programming interface, as far as a shop that sells by hosted page needs it."""

import hashlib
import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.crypto import constant_time_compare

from pupitre.sandbox import stripe_bank as bank
from pupitre.sandbox.guards import basic_credentials
from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe_bank import Refusal, find, shown

TEXT, NUMBER, SWITCH = str, int, bool
MARKS = {"*": TEXT}  # any name, as in metadata

LISTING = {
    "limit": NUMBER,
    "starting_after": TEXT,
    "ending_before": TEXT,
    "expand": [TEXT],
    "created": {"gt": NUMBER, "gte": NUMBER, "lt": NUMBER, "lte": NUMBER},
}
READING = {"expand": [TEXT]}
NEW_SESSION = {
    "mode": TEXT,
    "ui_mode": TEXT,
    "allowed_payment_method_types": [TEXT],
    "wallet_options": {"link": {"display": TEXT}},
    "adaptive_pricing": {"enabled": SWITCH},
    "line_items": [
        {
            "quantity": NUMBER,
            "price_data": {
                "currency": TEXT,
                "unit_amount": NUMBER,
                "product_data": {"name": TEXT, "description": TEXT, "metadata": MARKS},
            },
        }
    ],
    "client_reference_id": TEXT,
    "metadata": MARKS,
    "payment_intent_data": {"description": TEXT, "statement_descriptor_suffix": TEXT, "metadata": MARKS},
    "customer_email": TEXT,
    "locale": TEXT,
    "expires_at": NUMBER,
    "submit_type": TEXT,
    "success_url": TEXT,
    "cancel_url": TEXT,
    "expand": [TEXT],
}
NEW_REFUND = {
    "payment_intent": TEXT,
    "charge": TEXT,
    "amount": NUMBER,
    "reason": TEXT,
    "metadata": MARKS,
    "expand": [TEXT],
}
HALF_AN_HOUR, A_DAY = 30 * 60, 24 * 3600
SLACK = 60  # the request was written a little before it arrived

Answer = Callable[..., Document]


def stripe_call(**doors: Answer) -> Callable[..., HttpResponse]:
    """An address of the API: one function for GET, one for POST, behind the key and the repetition of calls."""

    def call(request: HttpRequest, **names: str) -> HttpResponse:
        try:
            _check_key(request)
            door = doors.get((request.method or "").lower())
            if door is None:
                raise Refusal(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
            if request.method == "POST":
                return _once(request, lambda: door(_decoded(request.POST), **names))
            time.sleep(state.switches()["slow"])
            return _json(door(_decoded(request.GET), **names))
        except Refusal as refusal:
            return _json(refusal.body, refusal.status)

    return wraps(next(iter(doors.values())))(call)


def _check_key(request: HttpRequest) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    key = given if scheme == "Bearer" else basic_credentials(request)[0]
    if not constant_time_compare(key, settings.STRIPE_SECRET_KEY):
        raise Refusal("Invalid API Key provided.", status=401)


def _json(body: Document, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Request-Id": new_id("req_", 14)})


def _once(request: HttpRequest, do: Callable[[], Document]) -> HttpResponse:
    """The same key twice gives the first answer twice. Refused parameters are not remembered, like at Stripe."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        with state.lock:
            return _json(do())
    fingerprint = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
    with state.lock:
        known = state.get("stripe_key", key)
        if known is None:
            state.put("stripe_key", {"id": key, "fingerprint": fingerprint, "body": None})
    if known:
        return _replayed(known, fingerprint)
    time.sleep(state.switches()["slow"])
    try:
        with state.lock:
            body = do()
            state.put("stripe_key", {"id": key, "fingerprint": fingerprint, "body": body})
    except Refusal:
        state.remove("stripe_key", key)
        raise
    return _json(body)


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
    answer = _json(known["body"])
    answer["Idempotent-Replayed"] = "true"
    return answer


# --- parameters ------------------------------------------------------------------------------------------------------


def _decoded(pairs: QueryDict) -> Document:
    """Stripe's `a[b][0]=c`, as nested dictionaries. Lists are still numbered dictionaries here."""
    nested: Document = {}
    for name, values in pairs.lists():
        path = name.replace("]", "").split("[")
        for value in values:
            place = nested
            for step in path[:-1]:
                place = place.setdefault(step, {})
                if not isinstance(place, dict):
                    raise Refusal("Invalid parameters.", param=name)
            place[path[-1] or str(len(place))] = value
    return nested


def _checked(given: Any, shape: Any, path: str = "") -> Any:
    """Parameters of the expected shape, as numbers, switches and lists; anything unknown is refused by its name."""
    if isinstance(shape, list):
        if not isinstance(given, dict):
            raise Refusal("Invalid array", param=path)
        return [_checked(given[place], shape[0], f"{path}[{place}]") for place in sorted(given, key=_rank)]
    if isinstance(shape, dict):
        if not isinstance(given, dict):
            raise Refusal("Invalid object", param=path)
        for name in given:
            if name not in shape and "*" not in shape:
                inner = f"{path}[{name}]" if path else name
                raise Refusal(f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
        return {
            name: _checked(value, shape.get(name, shape.get("*")), f"{path}[{name}]" if path else name)
            for name, value in given.items()
        }
    return _plain(given, shape, path)


def _rank(place: str) -> int:
    return int(place) if place.isdecimal() else 0


def _plain(given: Any, kind: type, path: str) -> Any:
    if not isinstance(given, str):
        raise Refusal("Invalid value", param=path)
    if kind is SWITCH:
        if given not in ("true", "false"):
            raise Refusal(f"Invalid boolean: {given}", param=path)
        return given == "true"
    if kind is NUMBER:
        if not given.lstrip("-").isdecimal():
            raise Refusal(f"Invalid integer: {given}", param=path, code="parameter_invalid_integer")
        return int(given)
    return given


def _needed(asked: Document, *names: str) -> None:
    for name in names:
        if not asked.get(name):
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)


# --- the calls -------------------------------------------------------------------------------------------------------


def _new_session(given: Document) -> Document:
    asked = _checked(given, NEW_SESSION)
    _needed(asked, "mode", "line_items", "success_url")
    if asked["mode"] != "payment" or asked.get("ui_mode", "hosted_page") != "hosted_page":
        raise Refusal("This sandbox only sells, and only on its own page.", param="mode")
    for place, item in enumerate(asked["line_items"]):
        price = item.get("price_data", {})
        if item.get("quantity", 0) < 1:
            raise Refusal("Quantity must be positive.", param=f"line_items[{place}][quantity]")
        if (
            price.get("unit_amount", -1) < 0
            or not price.get("currency")
            or not price.get("product_data", {}).get("name")
        ):
            raise Refusal("This price is not complete.", param=f"line_items[{place}][price_data]")
    _check_session(asked)
    return shown(bank.open_session(asked), asked.get("expand"))


def _check_session(asked: Document) -> None:
    left = asked.get("expires_at", time.time() + A_DAY) - time.time()
    if left < HALF_AN_HOUR - SLACK:
        raise Refusal(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if left > A_DAY + SLACK:
        raise Refusal(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    if "@" not in asked.get("customer_email", "@"):
        raise Refusal("Invalid email address", code="email_invalid", param="customer_email")
    suffix = asked.get("payment_intent_data", {}).get("statement_descriptor_suffix", "P")
    if len(suffix) > 22 or not any(letter.isalpha() for letter in suffix) or set(suffix) & set("<>\\'\"*"):
        raise Refusal(
            "The statement descriptor suffix is not acceptable.",
            param="payment_intent_data[statement_descriptor_suffix]",
        )
    total = sum(item["quantity"] * item["price_data"]["unit_amount"] for item in asked["line_items"])
    if total < 50:
        raise Refusal(
            "The Checkout Session's total amount due must add up to at least $0.50 cad", code="amount_too_small"
        )


def _sessions(given: Document) -> Document:
    asked = _checked(given, LISTING | {"status": TEXT, "payment_intent": TEXT})
    return _listed("checkout.session", "/v1/checkout/sessions", asked, "status", "payment_intent")


def _session(given: Document, name: str) -> Document:
    expand = _checked(given, READING).get("expand")
    bank.expire_what_is_over()
    return shown(find(name, kind="checkout.session"), expand)


def _expire(given: Document, name: str) -> Document:
    expand = _checked(given, READING).get("expand")
    bank.expire_what_is_over()
    return shown(bank.expire(find(name, kind="checkout.session")), expand)


def _line_items(given: Document, name: str) -> Document:
    _checked(given, LISTING)
    return bank.line_items(find(name, kind="checkout.session"))


def _reading(kind: str) -> Answer:
    def read(given: Document, name: str) -> Document:
        return shown(find(name, kind=kind), _checked(given, READING).get("expand"))

    return read


def _new_refund(given: Document) -> Document:
    asked = _checked(given, NEW_REFUND)
    return shown(bank.refund(asked), asked.get("expand"))


def _refunds(given: Document) -> Document:
    bank.finish_refunds()
    asked = _checked(given, LISTING | {"payment_intent": TEXT, "charge": TEXT})
    return _listed("refund", "/v1/refunds", asked, "payment_intent", "charge")


def _refund(given: Document, name: str) -> Document:
    bank.finish_refunds()
    return shown(find(name, kind="refund"), _checked(given, READING).get("expand"))


def _balance_transactions(given: Document) -> Document:
    asked = _checked(given, LISTING | {"source": TEXT, "type": TEXT})
    return _listed("balance_transaction", "/v1/balance_transactions", asked, "source", "type")


def _events(given: Document) -> Document:
    asked = _checked(given, LISTING | {"type": TEXT, "types": [TEXT]})
    wanted = set(asked.get("types", [])) | ({asked["type"]} if "type" in asked else set())
    events = [json.loads(event["text"]) for event in state.all("event", service="stripe")]
    return _page("/v1/events", asked, [event for event in events if not wanted or event["type"] in wanted])


def _listed(kind: str, url: str, asked: Document, *filters: str) -> Document:
    equal = {name: asked[name] for name in filters if name in asked}
    expand = [path.removeprefix("data.") for path in asked.get("expand", [])]
    return _page(url, asked, [shown(found, expand) for found in state.all(kind, **equal)])


def _page(url: str, asked: Document, found: list[Document]) -> Document:
    within = asked.get("created", {})
    found = [
        thing
        for thing in found
        if within.get("gte", 0) <= thing["created"] <= within.get("lte", thing["created"])
        and within.get("gt", -1) < thing["created"] < within.get("lt", thing["created"] + 1)
    ]
    names = [thing["id"] for thing in found]
    if asked.get("starting_after") in names:
        found = found[names.index(asked["starting_after"]) + 1 :]
    if asked.get("ending_before") in names:
        found = found[: names.index(asked["ending_before"])]
    limit = max(1, min(asked.get("limit", 10), 100))
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": found[:limit]}


sessions = stripe_call(get=_sessions, post=_new_session)
session = stripe_call(get=_session)
expire = stripe_call(post=_expire)
line_items = stripe_call(get=_line_items)
payment_intent = stripe_call(get=_reading("payment_intent"))
charge = stripe_call(get=_reading("charge"))
refunds = stripe_call(get=_refunds, post=_new_refund)
refund = stripe_call(get=_refund)
balance_transactions = stripe_call(get=_balance_transactions)
balance_transaction = stripe_call(get=_reading("balance_transaction"))
dispute = stripe_call(get=_reading("dispute"))
events = stripe_call(get=_events)
