"""A payment sandbox that really runs, for tests: a process of its own, fresh secrets, its pages walked by HTTP.

with running_sandbox(site_url=live_server.url) as sandbox:
    sandbox.pay_stripe(started.url, card="4000000000000002")
"""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

NOWHERE = "http://127.0.0.1:9"  # a shop that never answers
CODE = "from pupitre.sandbox import serve; serve('127.0.0.1', 0)"


@dataclass
class PaymentSandbox:
    url: str
    settings: dict[str, Any]  # by the names of pupitre.settings

    @cached_property
    def browser(self) -> httpx.Client:
        def without_trouble(answer: httpx.Response) -> None:
            assert answer.status_code != 500 or answer.request.url.path.startswith(("/v1/", "/v2/")), answer.request.url

        hooks = {"response": [without_trouble]}
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30, event_hooks=hooks)

    # --- a buyer in front of the pages; each deed returns where the browser is sent, or "" ----------------------------

    def pay_stripe(
        self, page: str, card: str = "4242424242424242", *, bank: str = "confirm", email: str = "acheteuse@example.com"
    ) -> str:
        """Type a card and pay; when the bank asks for a confirmation, answer `bank`: confirm or fail."""
        answer = self.browser.post(page, data={"email": email, "number": card, "expiry": "12/34", "cvc": "123"})
        if answer.status_code == 303 and answer.headers["Location"].endswith("/3ds"):
            answer = self.browser.post(answer.headers["Location"], data={"answer": bank})
        return answer.headers.get("Location", "")

    def cancel_stripe(self, page: str) -> str:
        """Follow the link back to the shop."""
        return _last_link(self.browser.get(page).text, "actions")

    def approve_paypal(self, page: str, account: str = "pays") -> str:
        """Agree with an account: pays, declined, pending, refund-pending or closes."""
        return self.browser.post(page, data={"account": account}).headers.get("Location", "")

    def cancel_paypal(self, page: str) -> str:
        return _last_link(self.browser.get(page).text, "main")

    # --- the hands behind the curtain --------------------------------------------------------------------------------

    def config(self, **switches: Any) -> dict[str, Any]:
        """Ask for faults: see SWITCHES in pupitre/sandbox/state.py, and `token_revoked`."""
        return self._post("config", switches)

    def advance(self, seconds: float) -> None:
        """Make what exists older."""
        self._post("clock", {"advance": seconds})

    def reset(self) -> None:
        self._post("reset", {})

    def settle_capture(self, capture: str, status: str = "COMPLETED") -> None:
        """End PayPal's review of a pending payment: COMPLETED or DECLINED."""
        self.browser.post(f"/_sandbox/captures/{capture}", data={"status": status})

    def dispute(self, payment: str, reason: str = "") -> str:
        """Contest a payment, named by its session, intent, charge, order or capture. The id of the dispute."""
        return self._post("dispute", {"payment": payment} | ({"reason": reason} if reason else {}))["id"]

    def win(self, dispute: str) -> None:
        """End a dispute in favour of the shop."""
        self._post("win", {"dispute": dispute})

    def lose(self, dispute: str) -> None:
        """End a dispute in favour of the buyer."""
        self._post("lose", {"dispute": dispute})

    def refund(self, payment: str, cents: int | None = None) -> str:
        """Give money back from the service's own site: so many cents, or all that is left. The id of the refund."""
        return self._post("refund", {"payment": payment} | ({"amount": cents} if cents else {}))["id"]

    def fail_refund(self, refund: str) -> None:
        """Make a refund fail, even one that had succeeded."""
        self._post("fail-refund", {"refund": refund})

    def finish_refund(self, refund: str) -> None:
        """Make a pending refund succeed."""
        self._post("finish-refund", {"refund": refund})

    def reverse(self, payment: str) -> str:
        """PayPal takes the money back by itself. The id of the refund that says so."""
        return self._post("reverse", {"payment": payment})["id"]

    def resend(self, event: str = "", *, kind: str = "", times: int = 1) -> list[str]:
        """Send an event again, or all those of a kind. The ids of the deliveries."""
        return self._post("resend", {"event": event, "kind": kind, "times": times})["deliveries"]

    def log(self) -> dict[str, Any]:
        """The calls received, the events made and their deliveries, oldest first."""
        return self.browser.get("/_sandbox/log").raise_for_status().json()

    def deliveries(self, kind: str = "") -> list[dict[str, Any]]:
        log = self.log()
        kinds = {event["id"]: event["kind"] for event in log["events"]}
        return [one | {"kind": kinds[one["event"]]} for one in log["deliveries"] if kind in ("", kinds[one["event"]])]

    def wait_for(self, happened: Callable[[], Any], seconds: float = 10) -> Any:
        """What `happened` returns, as soon as it is true."""
        limit = time.monotonic() + seconds
        while not (found := happened()):
            assert time.monotonic() < limit, "It did not happen in time."
            time.sleep(0.05)
        return found

    def _post(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.browser.post(f"/_sandbox/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def running_sandbox(site_url: str = NOWHERE, **environment: str) -> Iterator[PaymentSandbox]:
    """Start a payment sandbox on a free port, in memory, with secrets of its own; end it afterwards."""
    given = {
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(12)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_sandbox{secrets.token_hex(16)}",
        "PAYPAL_CLIENT_ID": secrets.token_urlsafe(24),
        "PAYPAL_CLIENT_SECRET": secrets.token_urlsafe(24),
        "PAYPAL_WEBHOOK_ID": f"SANDBOX{secrets.token_hex(8).upper()}",
        "PAYMENT_MODE": "sandbox",
        "SITE_URL": site_url,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PUPITRE_", "DJANGO_"))}
    chosen = {f"PUPITRE_{name}": value for name, value in given.items()}
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        env=inherited | chosen | {"PUPITRE_SANDBOX_MEMORY": "1"} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = _address(process)
        settings = given | {
            "STRIPE_WEBHOOK_SECRETS": [given["STRIPE_WEBHOOK_SECRETS"]],
            "STRIPE_API_BASE": url,
            "PAYPAL_API_BASE": url,
            "SANDBOX_URL": url,
        }
        yield PaymentSandbox(url, settings)
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def _address(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline()
    found = re.search(r"(http://\S+)/_sandbox/", line)
    assert found, f"The payment sandbox did not start: {line}"
    return found[1]


def _last_link(page: str, after: str) -> str:
    links = re.findall(r'<a href="([^"]+)"', page[page.index(after) :])
    return next(link for link in reversed(links) if "://" in link and "?card=" not in link).replace("&amp;", "&")
