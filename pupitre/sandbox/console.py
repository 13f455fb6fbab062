"""The console: what the two services know, what they told the shop, and the faults one can ask them for."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from pupitre.sandbox.control import revoke_tokens
from pupitre.sandbox.ledger import deliveries, disputes, events, payments, refunds
from pupitre.sandbox.paypal.objects import public
from pupitre.sandbox.paypal.refusals import OF_A_CAPTURE, OF_A_REFUND
from pupitre.sandbox.state import Document, state
from pupitre.sandbox.stripe.pages import SeeOther
from pupitre.sandbox.switches import COUNTED, FLAGS, valid
from pupitre.sandbox.words import Words

DELAYS = ("0", "5", "300", "never")
MINUTES = (31, 180, 1440)
NUMBERS = ("webhook_delay", "duplicate", "slow", "fee_later")
REFUSALS = {"capture": OF_A_CAPTURE, "refund": OF_A_REFUND}


@require_GET
def stylesheet(request: HttpRequest) -> HttpResponse:
    style = (Path(__file__).parent / "static" / "sandbox.css").read_text()
    return HttpResponse(style, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return _home(request)


def shown_error(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    """The console again, with the reason why a deed was refused."""
    return _home(request, _words(request)("refused", reason=reason), status)


def _home(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    words = _words(request)
    switches = state.switches()
    context = {
        "words": words,
        "other": "en" if words.language == "fr" else "fr",
        "intro": words("console_intro", site=settings.SITE_URL),
        "error": error,
        "payments": payments(words),
        "refunds": refunds(words),
        "disputes": disputes(words),
        "events": events(),
        "deliveries": deliveries(words),
        "switches": switches,
        "delays": _delays(words, switches["webhook_delay"]),
        "flags": [{"name": name, "label": words[name], "on": bool(switches[name])} for name in FLAGS],
        "refusals": [
            {"name": call, "label": words[f"refuse_{call}"], "issues": issues, "chosen": switches["refuse"].get(call)}
            for call, issues in REFUSALS.items()
        ],
        "clock": words("clock_now", minutes=round(state.clock() / 60)),
        "pushes": [{"minutes": minutes, "label": words[f"push_{minutes}"]} for minutes in MINUTES],
    }
    return render(request, "sandbox/console.html", context, status=status)


def _words(request: HttpRequest) -> Words:
    return Words(request.GET.get("lang") or request.headers.get("Accept-Language", "fr"))


def _delays(words: Words, chosen: Any) -> list[Document]:
    """The usual delays of webhooks, and the one that a test may have chosen."""
    values = list(dict.fromkeys([*DELAYS, str(chosen)]))
    return [
        {
            "value": value,
            "label": words[f"delay_{value}"] if value in DELAYS else value,
            "chosen": value == str(chosen),
        }
        for value in values
    ]


@require_GET
def thing(request: HttpRequest, name: str) -> HttpResponse:
    """One object or event, as the service shows it."""
    words = _words(request)
    found = state.find(name)
    if found is None or not _is_public(found):
        context = {"words": words, "title": words["unknown_title"], "text": words["unknown_text"]}
        return render(request, "sandbox/message.html", context, status=404)
    document = json.loads(found["text"]) if "text" in found else public(found)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    context = {"words": words, "title": words("object_title", reference=name), "text": text}
    return render(request, "sandbox/object.html", context)


def _is_public(found: Document) -> bool:
    return "object" in found or "text" in found or "links" in found  # neither keys, nor tokens, nor settings


@require_POST
def switches(request: HttpRequest) -> HttpResponse:
    """The form of the console."""
    refuse = {call: request.POST.get(f"refuse_{call}", "") for call in REFUSALS}
    asked: Document = {"refuse": {call: issue for call, issue in refuse.items() if issue}}
    before = state.switches()
    for name in FLAGS:
        ticked = name in request.POST
        # A number of faults to come, set by a test, is kept as long as the box stays ticked.
        asked[name] = before[name] if ticked and name in COUNTED and before[name] else ticked
    try:
        asked |= {name: _number(request.POST.get(name, str(before[name]))) for name in NUMBERS}
        state.switch(valid(asked))
    except ValueError:
        return _home(request, _words(request)["wrong_switches"], status=422)
    if "token_revoked" in request.POST:
        revoke_tokens()
    return SeeOther("/_sandbox/")


def _number(typed: str) -> Any:
    if typed.strip() == "never":
        return "never"
    return float(typed.replace(",", ".")) if not typed.strip().isdecimal() else int(typed)
