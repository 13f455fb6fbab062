"""The parameters of Stripe's calls: read from forms, held to the shapes that the shop may use."""

import re
from typing import Any

from django.http import QueryDict

from pupitre.sandbox.state import Document
from pupitre.sandbox.stripe.objects import Refusal

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
CANCELLATION = {"cancellation_reason": TEXT, "expand": [TEXT]}
NEW_ENDPOINT = {
    "url": TEXT,
    "enabled_events": [TEXT],
    "api_version": TEXT,
    "description": TEXT,
    "metadata": MARKS,
    "expand": [TEXT],
}
CHANGED_ENDPOINT = {
    "url": TEXT,
    "enabled_events": [TEXT],
    "description": TEXT,
    "disabled": SWITCH,
    "metadata": MARKS,
    "expand": [TEXT],
}


def decoded(pairs: QueryDict) -> Document:
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


def checked(given: Any, shape: Any, path: str = "") -> Any:
    """Parameters of the expected shape, as numbers, switches and lists; anything unknown is refused by its name."""
    if isinstance(shape, list):
        if not isinstance(given, dict):
            raise Refusal("Invalid array", param=path)
        return [checked(given[place], shape[0], f"{path}[{place}]") for place in sorted(given, key=_rank)]
    if isinstance(shape, dict):
        if not isinstance(given, dict):
            raise Refusal("Invalid object", param=path)
        for name in given:
            if name not in shape and "*" not in shape:
                inner = f"{path}[{name}]" if path else name
                raise Refusal(f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
        return {
            name: checked(value, shape.get(name, shape.get("*")), f"{path}[{name}]" if path else name)
            for name, value in given.items()
        }
    return _plain(given, shape, path)


def _rank(place: str) -> int:
    return int(place) if place.isascii() and place.isdecimal() else 0


def _plain(given: Any, kind: type, path: str) -> Any:
    if not isinstance(given, str):
        raise Refusal("Invalid value", param=path)
    if kind is SWITCH:
        if given not in ("true", "false"):
            raise Refusal(f"Invalid boolean: {given}", param=path)
        return given == "true"
    if kind is NUMBER:
        if not re.fullmatch(r"-?[0-9]{1,18}", given):
            raise Refusal(f"Invalid integer: {given}", param=path, code="parameter_invalid_integer")
        return int(given)
    return given


def needed(asked: Document, *names: str) -> None:
    for name in names:
        if not asked.get(name):
            raise Refusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
