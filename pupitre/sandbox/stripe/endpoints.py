"""The addresses that the shop registered with Stripe for its webhooks, each with a secret shown once."""

import secrets
import time
from urllib.parse import urlsplit

from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe.objects import Refusal, shown


def register(asked: Document) -> Document:
    """Only this answer carries the secret: it cannot be read again."""
    _check_address(asked["url"])
    secret = f"whsec_{secrets.token_hex(16)}"
    endpoint = {
        "id": new_id("we_"),
        "object": "webhook_endpoint",
        "api_version": asked.get("api_version"),
        "application": None,
        "created": int(time.time()),
        "description": asked.get("description"),
        "enabled_events": asked["enabled_events"],
        "livemode": False,
        "metadata": asked.get("metadata", {}),
        "status": "enabled",
        "url": asked["url"],
        "_secret": secret,
    }
    state.put("webhook_endpoint", endpoint)
    return shown(endpoint) | {"secret": secret}


def _check_address(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise Refusal("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")


def change(endpoint: Document, asked: Document) -> Document:
    if "url" in asked:
        _check_address(asked["url"])
    changed = {name: asked[name] for name in ("url", "enabled_events", "description", "metadata") if name in asked}
    if "disabled" in asked:
        changed["status"] = "disabled" if asked["disabled"] else "enabled"
    return state.put("webhook_endpoint", endpoint | changed)


def forget(endpoint: Document) -> Document:
    state.remove("webhook_endpoint", endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
