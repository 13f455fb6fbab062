"""The console: what the two services know, what they told the shop, and the faults one can ask them for.

The same switches as JSON serve the tests.
"""

import json
import math
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from pupitre.sandbox import paypal_bank, stripe_bank, webhooks
from pupitre.sandbox.state import SWITCHES, Document, state
from pupitre.sandbox.stripe_pages import SeeOther
from pupitre.sandbox.words import Words

FLAGS = ("wrong_signature", "old_timestamp", "api_error", "answer_lost")
MINUTES = (31, 180, 1440)
LONGEST = 3600  # seconds: no fault lasts longer than a demonstration
SHOWN = 50


@require_GET
def stylesheet(request: HttpRequest) -> HttpResponse:
    style = (Path(__file__).parent / "static" / "sandbox.css").read_text()
    return HttpResponse(style, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return _home(request)


def _home(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    words = _words(request)
    switches = state.switches()
    context = {
        "words": words,
        "other": "en" if words.language == "fr" else "fr",
        "intro": words("console_intro", site=settings.SITE_URL),
        "error": error,
        "payments": _payments(words),
        "refunds": _refunds(words),
        "deliveries": _deliveries(),
        "switches": switches,
        "flags": [{"name": name, "label": words[name], "on": bool(switches[name])} for name in FLAGS],
        "clock": words("clock_now", minutes=round(state.clock() / 60)),
        "pushes": [{"minutes": minutes, "label": words[f"push_{minutes}"]} for minutes in MINUTES],
    }
    return render(request, "sandbox/console.html", context, status=status)


def _words(request: HttpRequest) -> Words:
    return Words(request.GET.get("lang") or request.headers.get("Accept-Language", "fr"))


def _payments(words: Words) -> list[Document]:
    cards = [
        {
            "service": "Stripe",
            "reference": one["id"],
            "amount": words.money(one["amount_total"], one["currency"]),
            "state": one["status"],
            "page": one["url"],
        }
        for one in state.all("checkout.session")[:SHOWN]
    ]
    return cards + [_order(one, words) for one in state.all("order")[:SHOWN]]


def _order(order: Document, words: Words) -> Document:
    unit = order["purchase_units"][0]
    captures = unit.get("payments", {}).get("captures", [])
    pending = [one["id"] for one in captures if one["status"] == "PENDING"]
    return {
        "service": "PayPal",
        "reference": order["id"],
        "amount": words.money(paypal_bank.cents(unit["amount"]), unit["amount"]["currency_code"]),
        "state": captures[0]["status"] if captures else order["status"],
        "page": "" if captures else f"/checkoutnow?token={order['id']}",
        "pending": pending[0] if pending else "",
    }


def _refunds(words: Words) -> list[Document]:
    cards = [
        {"reference": one["id"], "amount": words.money(one["amount"], one["currency"]), "state": one["status"]}
        for one in state.all("refund")[:SHOWN]
    ]
    return cards + [
        {
            "reference": one["id"],
            "state": one["status"],
            "amount": words.money(paypal_bank.cents(one["amount"]), one["amount"]["currency_code"]),
        }
        for one in state.all("paypal_refund")[:SHOWN]
    ]


def _deliveries() -> list[Document]:
    kinds = {event["id"]: event["kind"] for event in state.all("event")}
    return [delivery | {"kind": kinds.get(delivery["event"], "")} for delivery in state.all("delivery")[:SHOWN]]


@require_POST
def switches(request: HttpRequest) -> HttpResponse:
    """The form of the console."""
    asked: Document = {name: name in request.POST for name in FLAGS}
    try:
        asked |= {name: _number(request.POST.get(name, "")) for name in ("webhook_delay", "duplicate", "slow")}
        state.switch(_valid(asked))
    except ValueError:
        return _home(request, _words(request)["wrong_switches"], status=422)
    return SeeOther("/_sandbox/")


def _number(typed: str) -> Any:
    if typed.strip() == "never":
        return "never"
    return float(typed.replace(",", ".")) if not typed.strip().isdecimal() else int(typed)


def _valid(asked: Document) -> Document:
    """Switches as they may stand, or ValueError."""
    for name, value in asked.items():
        if name not in SWITCHES:
            raise ValueError(f"Unknown switch: {name}")
        allowed = {
            "webhook_delay": value == "never" or _is_number(value, LONGEST),
            "slow": _is_number(value, LONGEST),
            "duplicate": isinstance(value, int) and 0 < value <= 10,
            "webhook_urls": isinstance(value, dict) and all(isinstance(url, str) for url in value.values()),
            "api_error": isinstance(value, int) and value >= 0,
            "answer_lost": isinstance(value, int) and value >= 0,
        }.get(name, isinstance(value, bool))
        if not allowed:
            raise ValueError(f"Wrong value of {name}")
    return asked


def _is_number(value: Any, most: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= most


@require_POST
def resend(request: HttpRequest, name: str) -> HttpResponse:
    delivery = state.get("delivery", name)
    if delivery and state.get("event", delivery["event"]):
        webhooks.post_office.deliver(delivery["event"], delivery["service"])
    return SeeOther("/_sandbox/")


@require_POST
def settle_capture(request: HttpRequest, name: str) -> HttpResponse:
    """PayPal's review of a pending payment comes to an end."""
    with state.lock:
        made = state.get("capture", name)
        if made and made["status"] == "PENDING":
            accepted = request.POST.get("status") == "COMPLETED"
            paypal_bank.settle_capture(made, "COMPLETED" if accepted else "DECLINED")
    return SeeOther("/_sandbox/")


# --- for tests, in JSON; the clock and the reset also answer the console's forms -------------------------------------


@require_POST
def config(request: HttpRequest) -> HttpResponse:
    try:
        asked = json.loads(request.body)
        if not isinstance(asked, dict):
            raise ValueError("An object is expected.")
        revoke = asked.pop("token_revoked", False)
        changed = state.switch(_valid(asked))
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    if revoke:
        for token in state.all("paypal_token"):
            state.remove("paypal_token", token["id"])
    return JsonResponse(changed)


@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    state.reset()
    webhooks.post_office.rest()
    return _answer(request, {"reset": True})


@require_POST
def clock(request: HttpRequest) -> HttpResponse:
    try:
        asked = (
            {"advance": int(request.POST["minutes"]) * 60} if "minutes" in request.POST else json.loads(request.body)
        )
        seconds = asked["advance"]
        if not _is_number(seconds, 366 * 24 * 3600):
            raise ValueError("A number of seconds is expected.")
    except (ValueError, KeyError, TypeError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    state.push_clock(seconds)
    stripe_bank.expire_what_is_over()
    stripe_bank.finish_refunds()
    return _answer(request, {"seconds": state.clock()})


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Every call received, event made and delivery tried, oldest first."""
    events = [event | {"text": json.loads(event["text"])} for event in reversed(state.all("event"))]
    deliveries = list(reversed(state.all("delivery")))
    return JsonResponse({"calls": list(state.calls), "events": events, "deliveries": deliveries})


def _answer(request: HttpRequest, body: Document) -> HttpResponse:
    return JsonResponse(body) if request.content_type == "application/json" else SeeOther("/_sandbox/")
