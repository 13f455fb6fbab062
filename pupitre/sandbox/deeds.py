"""What happens at the two services without the shop: disputes, refunds by hand, reviews, webhooks sent again.

Each deed is a POST: from the console as a form, from tests as JSON.
"""

import json
import re
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from pupitre.sandbox import webhooks
from pupitre.sandbox.console import shown_error
from pupitre.sandbox.paypal import captures, objects
from pupitre.sandbox.paypal import disputes as paypal_disputes
from pupitre.sandbox.paypal import refunds as paypal_refunds
from pupitre.sandbox.paypal.refusals import Refusal as PayPalRefusal
from pupitre.sandbox.state import Document, state
from pupitre.sandbox.stripe import disputes as stripe_disputes
from pupitre.sandbox.stripe import payments
from pupitre.sandbox.stripe import refunds as stripe_refunds
from pupitre.sandbox.stripe.objects import Refusal as StripeRefusal
from pupitre.sandbox.stripe.pages import SeeOther

MOST_REPEATS = 20


class Unknown(Exception):
    """Nothing bears this name."""


def deed(do: Callable[..., Document]) -> Callable[..., HttpResponse]:
    """Read what is asked, do it while nobody else touches the state, and answer in the language of the question."""

    @require_POST
    @wraps(do)
    def view(request: HttpRequest, **names: str) -> HttpResponse:
        in_json = request.content_type == "application/json"
        try:
            asked = _asked(request, in_json) | names
            with state.lock:
                done = do(asked)
        except Unknown as error:
            return _wrong(request, f"Nothing here is called “{error}”.", 404, in_json)
        except StripeRefusal as refusal:
            return _wrong(request, str(refusal), 422, in_json)
        except PayPalRefusal as refusal:
            return _wrong(request, refusal.sentence, 422, in_json)
        except ValueError as error:
            return _wrong(request, str(error), 422, in_json)
        return JsonResponse(done) if in_json else SeeOther("/_sandbox/")

    return view


def _asked(request: HttpRequest, in_json: bool) -> Document:
    if not in_json:
        return {name: value for name, value in request.POST.dict().items() if value}
    asked = json.loads(request.body or b"{}")
    if not isinstance(asked, dict):
        raise ValueError("An object is expected.")
    return asked


def _wrong(request: HttpRequest, sentence: str, status: int, in_json: bool) -> HttpResponse:
    if in_json:
        return JsonResponse({"error": sentence}, status=status)
    return shown_error(request, sentence, status)


# --- disputes --------------------------------------------------------------------------------------------------------


@deed
def dispute(asked: Document) -> Document:
    """The buyer contests a payment."""
    service, paid = _payment(asked)
    if service == "stripe":
        return _told(stripe_disputes.contest(paid, asked.get("reason", "fraudulent")))
    return _told(paypal_disputes.contest(paid, asked.get("reason", "UNAUTHORISED")))


@deed
def win(asked: Document) -> Document:
    return _close(asked, won=True)


@deed
def lose(asked: Document) -> Document:
    return _close(asked, won=False)


def _close(asked: Document, *, won: bool) -> Document:
    made = _named(asked, "dispute", "dispute", "paypal_dispute")
    close = stripe_disputes.close if made.get("object") == "dispute" else paypal_disputes.close
    return _told(close(made, won=won))


# --- money given back without the shop -------------------------------------------------------------------------------


@deed
def refund(asked: Document) -> Document:
    """From the Dashboard, or from PayPal’s site: without a word of ours. All that is left, or so many cents."""
    service, paid = _payment(asked)
    cents = _cents(asked)
    if service == "stripe":
        return _told(stripe_refunds.give_back(paid, {"amount": cents} if cents else {}))
    amount = {"amount": paid["amount"] | {"value": f"{cents // 100}.{cents % 100:02}"}} if cents else {}
    return _told(paypal_refunds.give_back(paid, amount))


@deed
def fail_refund(asked: Document) -> Document:
    return _end_refund(asked, "failed", "FAILED")


@deed
def finish_refund(asked: Document) -> Document:
    return _end_refund(asked, "succeeded", "COMPLETED")


def _end_refund(asked: Document, at_stripe: str, at_paypal: str) -> Document:
    made = _named(asked, "refund", "refund", "paypal_refund")
    if made.get("object") == "refund":
        return _told(stripe_refunds.end(made, at_stripe))
    return _told(paypal_refunds.end(made, at_paypal))


@deed
def reverse(asked: Document) -> Document:
    """PayPal takes the money back by itself."""
    service, paid = _payment(asked)
    if service != "paypal":
        raise ValueError("Only PayPal reverses payments.")
    return _told(paypal_refunds.reverse(paid))


@deed
def end_review(asked: Document) -> Document:
    """PayPal’s review of a pending payment comes to an end."""
    made = state.get("capture", asked["name"])
    if made is None:
        raise Unknown(asked["name"])
    return _told(captures.settle(made, "COMPLETED" if asked.get("status") == "COMPLETED" else "DECLINED"))


# --- webhooks --------------------------------------------------------------------------------------------------------


@deed
def resend(asked: Document) -> Document:
    """Send an event again, or all those of a kind, once or several times."""
    times = asked.get("times", 1)
    if not isinstance(times, int) or not 0 < times <= MOST_REPEATS:
        raise ValueError(f"“times” goes from 1 to {MOST_REPEATS}.")
    again = [event for event in _events(asked) for _ in range(times)]
    return {"deliveries": [delivery["id"] for event in again for delivery in webhooks.post_office.send(event)]}


def _events(asked: Document) -> list[Document]:
    if asked.get("kind"):
        return list(reversed(state.all("event", kind=str(asked["kind"]))))
    return [_named(asked, "event", "event")]


@deed
def send_again(asked: Document) -> Document:
    """Send the event of a delivery again."""
    delivery = _named(asked, "name", "delivery")
    event = _named(delivery, "event", "event")
    return {"deliveries": [one["id"] for one in webhooks.post_office.send(event)]}


# --- what is asked for -----------------------------------------------------------------------------------------------


def _payment(asked: Document) -> tuple[str, Document]:
    """The service and the money behind any name of a payment: session, intent, charge; order or capture."""
    name = str(asked.get("payment", ""))
    found = state.find(name)
    if found is None:
        raise Unknown(name)
    if found.get("object") in ("checkout.session", "payment_intent", "charge"):
        return "stripe", _charge(found)
    if "purchase_units" in found:
        taken = found["purchase_units"][0].get("payments", {}).get("captures", [])
        if not taken:
            raise ValueError("This order is not paid.")
        return "paypal", objects.find("capture", taken[0]["id"])
    if state.get("capture", name):
        return "paypal", found
    raise Unknown(name)


def _charge(found: Document) -> Document:
    if found["object"] == "checkout.session":
        if found["status"] != "complete":
            raise ValueError("This session is not paid.")
        return payments.refundable(found["payment_intent"])
    return payments.refundable(found["id"])


def _named(asked: Document, field: str, *kinds: str) -> Document:
    name = str(asked.get(field, ""))
    for kind in kinds:
        found = state.get(kind, name)
        if found:
            return found
    raise Unknown(name)


def _cents(asked: Document) -> int | None:
    """From JSON as `amount`, in cents; from the console as `dollars`, as typed."""
    if "dollars" in asked:
        typed = re.fullmatch(r"\s*([0-9]{1,7})(?:[.,]([0-9]{2}))?\s*", str(asked["dollars"]))
        if not typed:
            raise ValueError("An amount such as 12.50 is expected.")
        return int(typed[1]) * 100 + int(typed[2] or 0)
    cents = asked.get("amount")
    if cents is not None and (type(cents) is not int or cents <= 0):
        raise ValueError("“amount” is a number of cents.")
    return cents


def _told(made: Document) -> Document:
    return {"id": made["id"], "status": made["status"]}
