"""What every object of Stripe has in common: how it is found, shown, refused, and announced.

Fields beginning with “_” are ours and never shown. Every object holds all the fields that Stripe always gives.
"""

import time

from pupitre.sandbox import webhooks
from pupitre.sandbox.state import Document, new_id, state

VERSION = "2026-10-28.endive"  # the one that the shop's SDK speaks
KINDS = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "txn": "balance_transaction",
    "re": "refund",
    "du": "dispute",
    "we": "webhook_endpoint",
}
SOMETIMES = ("failure_balance_transaction",)  # fields that Stripe leaves out while they are empty
DEEPEST = 4  # levels that `expand` may go down


class Refusal(Exception):
    """An answer in Stripe's shape of errors."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **details: str):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **details}}


def find(name: str, *, kind: str = "") -> Document:
    found = state.get(KINDS.get(name.partition("_")[0], ""), name)
    if found is None or (kind and found["object"] != kind):
        label = kind.replace(".", " ") or "object"
        raise Refusal(f"No such {label}: '{name}'", status=404, code="resource_missing", param="id")
    return found


def shown(document: Document, expand: list[str] | None = None) -> Document:
    """A document as Stripe shows it, ids replaced by whole objects along the paths of `expand`."""
    public = {name: value for name, value in document.items() if not name.startswith("_")}
    if document["object"] == "balance_transaction":
        public["status"] = status_of(document)
    deeper: dict[str, list[str]] = {}
    for path in expand or []:
        field, _, rest = path.partition(".")
        if path.count(".") >= DEEPEST:
            raise Refusal(f"You cannot expand more than {DEEPEST} levels of a property ({path}).", param="expand[0]")
        deeper.setdefault(field, []).extend([rest] if rest else [])
    for field, rests in deeper.items():
        if field in SOMETIMES and field not in document:
            continue
        public[field] = _expanded(document, field, rests)
    return public


def _expanded(document: Document, field: str, rests: list[str]) -> Document | None:
    if field == "line_items" and "_line_items" in document:
        return line_items(document)
    if field not in document or field.startswith("_"):
        raise Refusal(f"This property cannot be expanded ({field}).", param="expand[0]")
    name = document[field]
    if name is None:
        return None
    if not isinstance(name, str) or name.partition("_")[0] not in KINDS:
        raise Refusal(f"This property cannot be expanded ({field}).", param="expand[0]")
    return shown(find(name), rests)


def status_of(transaction: Document) -> str:
    """Money is pending until the day it becomes available."""
    return "available" if state.is_past(transaction["available_on"], transaction) else "pending"


def line_items(session: Document) -> Document:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "url": url, "has_more": False, "data": session["_line_items"]}


def tell(kind: str, thing: Document) -> None:
    """Announce what happened to an object, as it is at this moment."""
    live = state.switches()["live"]
    told = shown(thing)
    event: Document = {
        "id": new_id("evt_"),
        "object": "event",
        "api_version": VERSION,
        "created": int(time.time()),
        "data": {"object": told | ({"livemode": live} if "livemode" in told else {})},
        "livemode": live,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    webhooks.post_office.post("stripe", kind, event)
