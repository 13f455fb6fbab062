"""PayPal's programming interface: tokens, Orders v2, Payments v2 and the verification of webhooks."""

import base64
import binascii
import json
import secrets
import time
import zlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from pupitre.sandbox import paypal_bank as bank
from pupitre.sandbox.guards import basic_credentials
from pupitre.sandbox.paypal_bank import Refusal, find, malformed, public
from pupitre.sandbox.state import Document, state
from pupitre.sandbox.webhooks import signing_key

TOKEN_LIFE = 9 * 3600
MINIMAL = ("id", "status", "links")

NEW_ORDER = {"intent", "purchase_units", "payment_source", "processing_instruction"}
UNIT = {"reference_id", "amount", "description", "custom_id", "invoice_id", "soft_descriptor", "items"}
AMOUNT = {"currency_code", "value", "breakdown"}
ITEM = {"name", "quantity", "unit_amount", "category", "description", "sku"}
CONTEXT = {
    "brand_name",
    "locale",
    "shipping_preference",
    "user_action",
    "payment_method_preference",
    "landing_page",
    "return_url",
    "cancel_url",
}
NEW_REFUND = {"amount", "custom_id", "invoice_id", "note_to_payer"}

Answer = Callable[..., Document]


def paypal_call(method: str) -> Callable[[Answer], Callable[..., HttpResponse]]:
    """An address of the API, behind the token and the repetition of calls."""

    def decorate(answer: Answer) -> Callable[..., HttpResponse]:
        @wraps(answer)
        def call(request: HttpRequest, **names: str) -> HttpResponse:
            try:
                _check_token(request)
                if request.method != method:
                    raise Refusal("RESOURCE_NOT_FOUND")
                if method == "POST":
                    return _once(request, lambda: answer(_body(request), **names))
                time.sleep(state.switches()["slow"])
                return _json(answer(**names))
            except Refusal as refusal:
                return _json(refusal.body, refusal.status)

        return call

    return decorate


def _check_token(request: HttpRequest) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = state.get("paypal_token", token) if scheme == "Bearer" else None
    if known is None or state.is_past(known["expires_at"], known):
        raise Refusal("AUTHENTICATION_FAILURE")


def _json(body: Document, status: int = 200) -> JsonResponse:
    headers = {"PayPal-Debug-Id": body.get("debug_id") or secrets.token_hex(7)}
    return JsonResponse(body, status=status, headers=headers)


def _once(request: HttpRequest, do: Callable[[], Document]) -> HttpResponse:
    """The same request id twice does the thing once: the second answer is a 200 with what the first one made."""
    key = request.headers.get("PayPal-Request-Id", "")
    name = f"{request.path} {key}"
    with state.lock:
        known = state.get("paypal_key", name) if key else None
        if key and known is None:
            state.put("paypal_key", {"id": name, "status": 0, "body": None})
    if known:
        if known["body"] is None:
            raise Refusal("RESOURCE_CONFLICT")
        return _json(_preferred(request, known["body"]), known["status"])
    time.sleep(state.switches()["slow"])
    try:
        with state.lock:
            body = do()
            if key:
                state.put("paypal_key", {"id": name, "status": 200, "body": body})
    except Refusal as refusal:
        # What PayPal does with the id of a declined capture is not written anywhere: we play the harder possibility.
        if key and refusal.kept:
            state.put("paypal_key", {"id": name, "status": refusal.status, "body": refusal.body})
        elif key:
            state.remove("paypal_key", name)
        raise
    return _json(_preferred(request, body), 201)


def _preferred(request: HttpRequest, body: Document) -> Document:
    if "return=representation" in request.headers.get("Prefer", "") or "id" not in body:
        return body
    return {field: body[field] for field in MINIMAL if field in body}


def _body(request: HttpRequest) -> Document:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise malformed("MALFORMED_REQUEST_JSON", "The request JSON is not well formed.", "/") from error
    return _object(body, "/")


def _object(given: Any, field: str, allowed: set[str] | None = None, needed: tuple[str, ...] = ()) -> Document:
    if not isinstance(given, dict):
        raise malformed(
            "INVALID_PARAMETER_SYNTAX", "The value of a field does not conform to the expected format.", field
        )
    for name in needed:
        if name not in given:
            raise malformed("MISSING_REQUIRED_PARAMETER", "A required field / parameter is missing.", f"{field}{name}")
    for name in given:
        if allowed is not None and name not in allowed:
            raise malformed("INVALID_PARAMETER_VALUE", "A parameter value is not valid.", f"{field}{name}")
    return given


# --- tokens ----------------------------------------------------------------------------------------------------------


def token(request: HttpRequest) -> HttpResponse:
    name, secret = basic_credentials(request)
    expected = f"{settings.PAYPAL_CLIENT_ID}:{settings.PAYPAL_CLIENT_SECRET}"
    if not constant_time_compare(f"{name}:{secret}", expected):
        return _json({"error": "invalid_client", "error_description": "Client Authentication failed"}, 401)
    if request.POST.get("grant_type") != "client_credentials":
        return _json({"error": "unsupported_grant_type", "error_description": "Grant Type is NULL"}, 400)
    name = secrets.token_urlsafe(48)
    state.put("paypal_token", {"id": name, "expires_at": time.time() + TOKEN_LIFE, "_clock": state.clock()})
    return _json(
        {
            "scope": "https://uri.paypal.com/services/payments/payment",
            "access_token": name,
            "token_type": "Bearer",
            "app_id": "APP-SANDBOX",
            "expires_in": TOKEN_LIFE,
            "nonce": secrets.token_hex(8),
        }
    )


# --- orders and payments ---------------------------------------------------------------------------------------------


@paypal_call("POST")
def orders(asked: Document) -> Document:
    _object(asked, "/", NEW_ORDER, ("intent", "purchase_units", "payment_source"))
    units = asked["purchase_units"]
    if asked["intent"] != "CAPTURE" or not isinstance(units, list) or len(units) != 1:
        raise malformed("INVALID_PARAMETER_VALUE", "A parameter value is not valid.", "/purchase_units")
    unit = _object(units[0], "/purchase_units/0/", UNIT, ("amount",))
    amount = _object(unit["amount"], "/purchase_units/0/amount/", AMOUNT, ("currency_code", "value"))
    _object(amount.get("breakdown", {}), "/purchase_units/0/amount/breakdown/")
    for item in unit.get("items", []):
        _object(item, "/purchase_units/0/items/", ITEM, ("name", "quantity", "unit_amount"))
        if not (isinstance(item["quantity"], str) and item["quantity"].isdecimal()):
            raise malformed(
                "INVALID_PARAMETER_SYNTAX",
                "The value of a field does not conform to the expected format.",
                "/purchase_units/0/items/quantity",
            )
    source = _object(asked["payment_source"], "/payment_source/", {"paypal"}, ("paypal",))
    wallet = _object(source["paypal"], "/payment_source/paypal/", {"experience_context"}, ("experience_context",))
    _object(
        wallet["experience_context"],
        "/payment_source/paypal/experience_context/",
        CONTEXT,
        ("return_url", "cancel_url"),
    )
    return public(bank.open_order(asked))


@paypal_call("GET")
def order(name: str) -> Document:
    return public(find("order", name))


@paypal_call("POST")
def capture_order(asked: Document, name: str) -> Document:
    _object(asked, "/", set())
    return public(bank.capture(find("order", name)))


@paypal_call("GET")
def capture(name: str) -> Document:
    return bank.capture_alone(find("capture", name))


@paypal_call("POST")
def refund_capture(asked: Document, name: str) -> Document:
    _object(asked, "/", NEW_REFUND)
    if "amount" in asked:
        _object(asked["amount"], "/amount/", {"currency_code", "value"}, ("currency_code", "value"))
    return public(bank.refund(find("capture", name), asked))


@paypal_call("GET")
def refund(name: str) -> Document:
    return public(find("paypal_refund", name))


# --- webhooks --------------------------------------------------------------------------------------------------------


def certificate(request: HttpRequest, name: str) -> HttpResponse:
    kept = state.get("certificate", name)
    if kept is None:
        return _json(Refusal("RESOURCE_NOT_FOUND").body, 404)
    return HttpResponse(kept["certificate"], content_type="application/x-pem-file")


def verify_webhook_signature(request: HttpRequest) -> HttpResponse:
    """PayPal checks the event byte for byte: written again by another program, it is no longer the same."""
    try:
        _check_token(request)
        asked = _object(json.loads(request.body), "/", None, ("webhook_event", "webhook_id", "transmission_sig"))
    except Refusal as refusal:
        return _json(refusal.body, refusal.status)
    except ValueError:
        return _json(malformed("MALFORMED_REQUEST_JSON", "The request JSON is not well formed.", "/").body, 400)
    event = _raw_value(request.body.decode(), "webhook_event").encode()
    parts = [asked.get("transmission_id"), asked.get("transmission_time"), settings.PAYPAL_WEBHOOK_ID]
    signed = "|".join([*map(str, parts), str(zlib.crc32(event))])
    key, _ = signing_key()
    try:
        seal = base64.b64decode(asked["transmission_sig"])
        key.public_key().verify(seal, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError, TypeError):
        return _json({"verification_status": "FAILURE"})
    known = constant_time_compare(str(asked["webhook_id"]), settings.PAYPAL_WEBHOOK_ID)
    return _json({"verification_status": "SUCCESS" if known else "FAILURE"})


def _raw_value(text: str, name: str) -> str:
    """The very characters of one value of a JSON object."""
    begins = text.index(f'"{name}"') + len(name) + 2
    begins = text.index("{", begins)
    _, ends = json.JSONDecoder().raw_decode(text, begins)
    return text[begins:ends]
