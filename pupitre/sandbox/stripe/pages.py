"""The card page, in the place of Stripe's. It works without JavaScript, and forgets every number it does not know."""

import re
import time
from datetime import date
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from pupitre.sandbox.cards import CARDS, Card
from pupitre.sandbox.state import Document, state
from pupitre.sandbox.stripe import payments
from pupitre.sandbox.stripe.objects import find
from pupitre.sandbox.time_passing import time_passes
from pupitre.sandbox.words import Words


class SeeOther(HttpResponseRedirect):
    status_code = 303


@require_http_methods(["GET", "HEAD", "POST"])
def payment(request: HttpRequest, name: str) -> HttpResponse:
    """One page for one session: type a card, pay, or go back to the shop."""
    with state.lock:
        time_passes()
        session = state.get("checkout.session", name)
        if session is None or session["status"] != "open":
            return _nothing_to_pay(request, session)
        words = Words(session["locale"] or "en")
        if request.method != "POST":
            return _page(request, session, words, filled=_filled(request.GET.get("card", ""), session))
        card, errors = _read_card(request, words)
        if errors or card is None:
            typed = {field: request.POST.get(field, "") for field in ("email", "expiry")}
            typed["number"] = card.shown if card else ""  # a number that is not a test card is not even shown again
            return _page(request, session, words, filled=typed, errors=errors)
        return _try(request, session, words, card, request.POST["email"].strip())


def _try(request: HttpRequest, session: Document, words: Words, card: Card, email: str) -> HttpResponse:
    if card.asks_three_d_secure:
        payments.ask_three_d_secure(session, card, email)
        return SeeOther(f"/c/pay/{session['id']}/3ds")
    if payments.pay(session, card, email):
        return _to_the_shop(session)
    return _page(request, session, words, filled={"email": email}, errors=[_refusal(session, words)])


@require_http_methods(["GET", "HEAD", "POST"])
def three_d_secure(request: HttpRequest, name: str) -> HttpResponse:
    """The bank's own page: the card holder confirms, or does not."""
    with state.lock:
        time_passes()
        session = state.get("checkout.session", name)
        if session is None or session["status"] != "open":
            return _nothing_to_pay(request, session)
        if not session["_card"]:
            return SeeOther(f"/c/pay/{name}")
        words = Words(session["locale"] or "en")
        if request.method != "POST":
            amount = words.money(session["amount_total"], session["currency"])
            context = {"words": words, "intro": words("bank_intro", amount=amount)}
            return _leading_back(render(request, "sandbox/bank.html", context), session)
        if payments.answer_three_d_secure(session, confirmed=request.POST.get("answer") == "confirm"):
            return _to_the_shop(session)
        filled = {"email": session["_email"]}
        return _page(request, session, words, filled=filled, errors=[_refusal(session, words)])


def _page(
    request: HttpRequest, session: Document, words: Words, *, filled: Document, errors: list[str] | None = None
) -> HttpResponse:
    context = {
        "words": words,
        "session": session,
        "lines": [
            {
                "name": line["description"],
                "quantity": line["quantity"],
                "amount": words.money(line["amount_total"], line["currency"]),
            }
            for line in session["_line_items"]
        ],
        "total": words.money(session["amount_total"], session["currency"]),
        "pay": words("pay", amount=words.money(session["amount_total"], session["currency"])),
        "cards": [{"number": card.number, "shown": card.shown, "does": words[card.does]} for card in CARDS.values()],
        "filled": filled,
        "errors": errors or [],
        "address": f"/c/pay/{session['id']}",
    }
    answer = render(request, "sandbox/card.html", context, status=422 if errors else 200)
    return _leading_back(answer, session)


def _filled(number: str, session: Document) -> Document:
    filled = {"email": session["customer_email"] or ""}
    if number in CARDS:
        filled |= {"number": CARDS[number].shown, "expiry": _example(), "cvc": "123"}
    return filled


def _example() -> str:
    return f"12/{(date.today().year + 3) % 100:02}"


def _read_card(request: HttpRequest, words: Words) -> tuple[Card | None, list[str]]:
    errors = []
    card = CARDS.get(re.sub(r"[\s-]", "", request.POST.get("number", "")))
    if "@" not in request.POST.get("email", ""):
        errors.append(words["wrong_email"])
    if card is None:
        errors.append(words["unknown_card"])
    if not _is_to_come(request.POST.get("expiry", "")):
        errors.append(words("wrong_expiry", example=_example()))
    if not re.fullmatch(r"[0-9]{3}", request.POST.get("cvc", "").strip()):
        errors.append(words["wrong_cvc"])
    return card, errors


def _is_to_come(expiry: str) -> bool:
    read = re.fullmatch(r"\s*([0-9]{1,2})\s*/\s*(?:20)?([0-9]{2})\s*", expiry)
    if not read:
        return False
    now = time.localtime()
    month, year = int(read[1]), 2000 + int(read[2])
    return 1 <= month <= 12 and (year, month) >= (now.tm_year, now.tm_mon)


def _refusal(session: Document, words: Words) -> str:
    error = find(session["payment_intent"])["last_payment_error"]
    return words("declined", reason=error.get("decline_code") or error["code"])


def _to_the_shop(session: Document) -> HttpResponse:
    address = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return _leading_back(SeeOther(address), session)


def _nothing_to_pay(request: HttpRequest, session: Document | None) -> HttpResponse:
    words = Words((session or {}).get("locale") or request.headers.get("Accept-Language", "fr"))
    if session is None:
        context = {"words": words, "title": words["unknown_title"], "text": words["unknown_text"]}
        return render(request, "sandbox/message.html", context, status=404)
    paid = session["status"] == "complete"
    address = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]) if paid else session["cancel_url"]
    context = {
        "words": words,
        "title": words["paid_title" if paid else "expired_title"],
        "text": words["paid_text" if paid else "expired_text"],
        "back": address,
    }
    return render(request, "sandbox/message.html", context, status=200 if paid else 410)


def _leading_back(response: HttpResponse, session: Document) -> HttpResponse:
    response.leads_to = origins(session["success_url"], session["cancel_url"])  # type: ignore[attr-defined]
    return response


def origins(*addresses: str | None) -> list[str]:
    """The sites that a form of these pages may end up on, as a content security policy names them."""
    split = [urlsplit(address) for address in addresses if address]
    return sorted({f"{url.scheme}://{url.netloc}" for url in split})
