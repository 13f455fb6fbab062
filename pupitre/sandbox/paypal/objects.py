"""What every object of PayPal has in common: names, moments, amounts, links, and how it is found and announced.

Fields beginning with “_” are ours and never shown.
"""

import secrets
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from pupitre.sandbox import webhooks
from pupitre.sandbox.paypal.refusals import Refusal, not_conforming, refused
from pupitre.sandbox.state import Document, new_id, state

CENT = Decimal("0.01")
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
MERCHANT = "BACASAB234567"
PAYEE = {"email_address": "vendeur@example.com", "merchant_id": MERCHANT}


def find(kind: str, name: str) -> Document:
    found = state.get(kind, name)
    if found is None:
        description = "Specified resource ID does not exist. Please check the resource ID and try again."
        raise Refusal("RESOURCE_NOT_FOUND", [{"issue": "INVALID_RESOURCE_ID", "description": description}])
    return found


def public(document: Document) -> Document:
    return {name: value for name, value in document.items() if not name.startswith("_")}


def tell(kind: str, resource_type: str, summary: str, resource: Document) -> None:
    """Announce what happened to an object, as it is at this moment."""
    name = f"WH-{new_id('', 17).upper()}-{new_id('', 17).upper()}"
    event = {
        "id": name,
        "event_version": "1.0",
        "create_time": moment(),
        "resource_type": resource_type,
        "resource_version": "2.0",
        "event_type": kind,
        "summary": summary,
        "resource": resource,
        "links": [
            link("self", "GET", f"/v1/notifications/webhooks-events/{name}"),
            link("resend", "POST", f"/v1/notifications/webhooks-events/{name}/resend"),
        ],
    }
    webhooks.post_office.post("paypal", kind, event)


def value(money: Any) -> Decimal:
    try:
        amount = Decimal(money["value"])
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise not_conforming("/purchase_units/@reference_id=='default'/amount/value") from error
    if not amount.is_finite() or abs(amount) > 10**9:
        raise refused("DECIMAL_PRECISION")
    return amount


def cents(money: Document) -> int:
    return int(value(money) * 100)


def new_name(length: int = 17) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def link(relation: str, method: str, path: str) -> Document:
    return {"rel": relation, "method": method, "href": f"{settings.SANDBOX_URL}{path}"}
