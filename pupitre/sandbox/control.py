"""The sandbox driven by tests, in JSON: switches, clock, oblivion, and all that was noted."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from pupitre.sandbox import webhooks
from pupitre.sandbox.state import state
from pupitre.sandbox.stripe.pages import SeeOther
from pupitre.sandbox.switches import Document, is_number, valid
from pupitre.sandbox.time_passing import time_passes

A_YEAR = 366 * 24 * 3600


@require_POST
def config(request: HttpRequest) -> HttpResponse:
    try:
        asked = json.loads(request.body)
        if not isinstance(asked, dict):
            raise ValueError("An object is expected.")
        revoke = asked.pop("token_revoked", False)
        changed = state.switch(valid(asked))
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    if revoke:
        revoke_tokens()
    return JsonResponse(changed)


def revoke_tokens() -> None:
    for token in state.all("paypal_token"):
        state.remove("paypal_token", token["id"])


@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    state.reset()
    webhooks.post_office.rest()
    return _answer(request, {"reset": True})


@require_POST
def clock(request: HttpRequest) -> HttpResponse:
    """Push the clock: by seconds in JSON, by minutes from the console’s form."""
    try:
        asked = (
            {"advance": int(request.POST["minutes"]) * 60} if "minutes" in request.POST else json.loads(request.body)
        )
        seconds = asked["advance"]
        if not is_number(seconds, A_YEAR):
            raise ValueError("A number of seconds is expected.")
    except (ValueError, KeyError, TypeError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    state.push_clock(seconds)
    time_passes()
    return _answer(request, {"seconds": state.clock()})


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Every call received, event made and delivery tried, oldest first."""
    events = [event | {"text": json.loads(event["text"])} for event in reversed(state.all("event"))]
    deliveries = list(reversed(state.all("delivery")))
    return JsonResponse({"calls": list(state.calls), "events": events, "deliveries": deliveries})


def _answer(request: HttpRequest, body: Document) -> HttpResponse:
    return JsonResponse(body) if request.content_type == "application/json" else SeeOther("/_sandbox/")
