"""What stands around every call to PayPal: the token, the repetition of calls, and the length of answers."""

import json
import secrets
import time
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse

from pupitre.sandbox.paypal.refusals import Refusal, malformed
from pupitre.sandbox.paypal.requests import an_object
from pupitre.sandbox.state import Document, state

MINIMAL = ("id", "status", "links")
LONGEST_ID = 108
SIX_HOURS, FORTY_FIVE_DAYS = 6 * 3600, 45 * 24 * 3600  # how long PayPal knows the id of a call, and of a refund

Answer = Callable[..., Document | None]


def paypal_call(*, created: int = 201, **doors: Answer) -> Callable[..., HttpResponse]:
    """An address of the API: one function for each method. It is given the query, or the body of a POST."""

    def call(request: HttpRequest, **names: str) -> HttpResponse:
        try:
            check_token(request)
            door = doors.get((request.method or "").lower())
            if door is None:
                raise Refusal("RESOURCE_NOT_FOUND")
            if request.method == "POST":
                return _once(request, lambda: door(_body(request), **names), created)
            time.sleep(state.switches()["slow"])
            return answer(door(request.GET.dict(), **names))
        except Refusal as refusal:
            return answer(refusal.body, refusal.status)

    return wraps(next(iter(doors.values())))(call) if doors else call


def check_token(request: HttpRequest) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = state.get("paypal_token", token) if scheme == "Bearer" else None
    if known is None or state.is_past(known["expires_at"], known):
        raise Refusal("AUTHENTICATION_FAILURE")


def answer(body: Document | None, status: int = 200) -> HttpResponse:
    if body is None:
        return HttpResponse(status=204)
    headers = {"PayPal-Debug-Id": body.get("debug_id") or secrets.token_hex(7)}
    return JsonResponse(body, status=status, headers=headers)


def _once(request: HttpRequest, do: Callable[[], Document | None], created: int) -> HttpResponse:
    """The same request id twice does the thing once: the second answer is a 200 with what the first one made."""
    key = request.headers.get("PayPal-Request-Id", "")
    if len(key) > LONGEST_ID:
        raise malformed("INVALID_PARAMETER_VALUE", "A parameter value is not valid.", "PayPal-Request-Id")
    name = f"{request.path} {key}"
    life = FORTY_FIVE_DAYS if request.path.endswith("/refund") else SIX_HOURS
    record = {"id": name, "status": 0, "body": None, "until": time.time() + life, "_clock": state.clock()}
    with state.lock:
        known = _known(name) if key else None
        if key and known is None:
            state.put("paypal_key", record)
    if known:
        if known["body"] is None:
            raise Refusal("RESOURCE_CONFLICT")
        return answer(_preferred(request, known["body"]), known["status"])
    time.sleep(state.switches()["slow"])
    try:
        with state.lock:
            body = do()
            if key:
                state.put("paypal_key", record | {"status": 200, "body": body})
    except Refusal as refusal:
        # What PayPal does with the id of a declined capture is not written anywhere: we play the harder possibility.
        if key and refusal.kept:
            state.put("paypal_key", record | {"status": refusal.status, "body": refusal.body})
        elif key:
            state.remove("paypal_key", name)
        raise
    return answer(_preferred(request, body), created)


def _known(name: str) -> Document | None:
    known = state.get("paypal_key", name)
    return None if known is None or state.is_past(known.get("until", 0), known) else known


def _preferred(request: HttpRequest, body: Document) -> Document:
    if "return=representation" in request.headers.get("Prefer", "") or "status" not in body:
        return body
    return {field: body[field] for field in MINIMAL if field in body}


def _body(request: HttpRequest) -> Document:
    return an_object(read_json(request), "/")


def read_json(request: HttpRequest) -> object:
    try:
        return json.loads(request.body or b"{}")
    except ValueError as error:
        raise malformed("MALFORMED_REQUEST_JSON", "The request JSON is not well formed.", "/") from error
