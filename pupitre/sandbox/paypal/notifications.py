"""PayPal's webhooks, seen from its programming interface: who listens, what was told, and whether PayPal said it."""

import base64
import binascii
import json
import zlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pupitre.sandbox import webhooks
from pupitre.sandbox.paypal.calls import answer, check_token, paypal_call, read_json
from pupitre.sandbox.paypal.lists import is_between, page
from pupitre.sandbox.paypal.objects import find, link, new_name, public
from pupitre.sandbox.paypal.refusals import Refusal
from pupitre.sandbox.paypal.requests import an_object, check_webhook
from pupitre.sandbox.signatures import signing_key
from pupitre.sandbox.state import Document, state

EVENTS = "/v1/notifications/webhooks-events"


def certificate(request: HttpRequest, name: str) -> HttpResponse:
    kept = state.get("certificate", name)
    if kept is None:
        return answer(Refusal("RESOURCE_NOT_FOUND").body, 404)
    return HttpResponse(kept["certificate"], content_type="application/x-pem-file")


# --- who listens -----------------------------------------------------------------------------------------------------


def _register(asked: Document) -> Document:
    check_webhook(asked)
    name = new_name()
    webhook = {
        "id": name,
        "url": asked["url"],
        "event_types": asked["event_types"],
        "links": [
            link("self", "GET", f"/v1/notifications/webhooks/{name}"),
            link("delete", "DELETE", f"/v1/notifications/webhooks/{name}"),
        ],
    }
    return state.put("paypal_webhook", webhook)


def _webhooks(_: Document) -> Document:
    return {"webhooks": [public(one) for one in state.all("paypal_webhook")]}


def _webhook(_: Document, name: str) -> Document:
    return find("paypal_webhook", name)


def _forget(_: Document, name: str) -> None:
    state.remove("paypal_webhook", find("paypal_webhook", name)["id"])


# --- what was told ---------------------------------------------------------------------------------------------------


def _events(query: Document) -> Document:
    found = [event for event in map(_told, state.all("event", service="paypal")) if _is_wanted(event, query)]
    events, links = page(EVENTS, query, found, size="10")
    return {"events": events, "count": len(events), "links": links}


def _told(event: Document) -> Document:
    return json.loads(event["text"])


def _is_wanted(event: Document, query: Document) -> bool:
    about = event["resource"].get("id")
    return (
        is_between(event["create_time"], query)
        and query.get("event_type", event["event_type"]) == event["event_type"]
        and query.get("transaction_id", about) == about
    )


def _event(_: Document, name: str) -> Document:
    return _told(_kept(name))


def _kept(name: str) -> Document:
    kept = find("event", name)
    if kept["service"] != "paypal":
        raise Refusal("RESOURCE_NOT_FOUND")
    return kept


def _resend(asked: Document, name: str) -> Document:
    an_object(asked, "/", {"webhook_ids"})
    webhooks.post_office.send(_kept(name))
    return _told(_kept(name))


webhook_list = paypal_call(get=_webhooks, post=_register)
webhook = paypal_call(get=_webhook, delete=_forget)
event_list = paypal_call(get=_events)
event = paypal_call(get=_event)
resend = paypal_call(post=_resend, created=202)


# --- whether PayPal said it ------------------------------------------------------------------------------------------


def verify_webhook_signature(request: HttpRequest) -> HttpResponse:
    """PayPal checks the event byte for byte: written again by another program, it is no longer the same."""
    try:
        check_token(request)
        needed = ("webhook_event", "webhook_id", "transmission_id", "transmission_time", "transmission_sig")
        asked = an_object(read_json(request), "/", None, needed, needed[1:])
        an_object(asked["webhook_event"], "/webhook_event/")
    except Refusal as refusal:
        return answer(refusal.body, refusal.status)
    event = _raw_value(request.body.decode(), "webhook_event").encode()
    genuine = _is_known(asked["webhook_id"]) and _is_signed(asked, event)
    return answer({"verification_status": "SUCCESS" if genuine else "FAILURE"})


def _is_known(webhook: str) -> bool:
    return webhook == settings.PAYPAL_WEBHOOK_ID or state.get("paypal_webhook", webhook) is not None


def _is_signed(asked: Document, event: bytes) -> bool:
    parts = [asked["transmission_id"], asked["transmission_time"], asked["webhook_id"], str(zlib.crc32(event))]
    key, _ = signing_key()
    try:
        seal = base64.b64decode(asked["transmission_sig"])
        key.public_key().verify(seal, "|".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _raw_value(text: str, name: str) -> str:
    """The very characters of one value of a JSON object."""
    begins = text.index(f'"{name}"') + len(name) + 2
    begins = text.index("{", begins)
    _, ends = json.JSONDecoder().raw_decode(text, begins)
    return text[begins:ends]
