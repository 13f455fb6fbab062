"""A payment sandbox and a listener in the place of the shop: no database, no shop, real HTTP between them."""

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from pupitre.gateways import Bill, Call, Item, paypal, stripe
from tests.payment_sandbox import PaymentSandbox, running_sandbox

RETURN, CANCEL = "http://127.0.0.1:9/paiement/retour/?p=1", "http://127.0.0.1:9/paiement/annule/"


class Listener:
    """Keeps the webhooks it receives: address, headers, and the very bytes."""

    def __init__(self) -> None:
        self.received: list[SimpleNamespace] = []
        self.answers: list[int] = []  # what to answer next; 200 when empty
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def wait(self, kind: str, about: str, count: int = 1) -> list[SimpleNamespace]:
        """The webhooks of a kind about one payment: those of the test before may still be on their way."""
        limit = time.monotonic() + 10
        while len(found := self._about(kind, about)) < count:
            assert time.monotonic() < limit, f"{kind} did not come {count} times."
            time.sleep(0.02)
        return found

    def _about(self, kind: str, about: str) -> list[SimpleNamespace]:
        words = [f'"{kind}"'.encode(), about.encode()]
        return [one for one in self.received if all(word in one.body for word in words)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.received.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=body))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.end_headers()

            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Silence."""

        return Handler


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="session")
def sandbox(listener: Listener) -> Iterator[PaymentSandbox]:
    with running_sandbox(site_url=listener.url) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _a_quiet_morning(sandbox: PaymentSandbox, listener: Listener) -> None:
    sandbox.reset()
    listener.received.clear()
    listener.answers.clear()


@pytest.fixture
def settings(sandbox: PaymentSandbox) -> SimpleNamespace:
    """The settings of a shop that talks to this sandbox: a test may change them."""
    return SimpleNamespace(**sandbox.settings)


@pytest.fixture
def calls() -> list[Call]:
    return []


@pytest.fixture
def stripe_gateway(settings: SimpleNamespace, calls: list[Call]) -> stripe.StripeGateway:
    return stripe.from_settings(settings, record=calls.append)


@pytest.fixture
def paypal_gateway(settings: SimpleNamespace, calls: list[Call]) -> paypal.PayPalGateway:
    return paypal.from_settings(settings, record=calls.append)


@pytest.fixture
def paypal_token(sandbox: PaymentSandbox, settings: SimpleNamespace) -> dict[str, str]:
    """The header that opens PayPal's calls, for tests that make them by hand."""
    keys = (settings.PAYPAL_CLIENT_ID, settings.PAYPAL_CLIENT_SECRET)
    asked = {"grant_type": "client_credentials"}
    token = sandbox.browser.post("/v1/oauth2/token", auth=keys, data=asked).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def bill() -> Bill:
    return a_bill()


def a_bill(**changes: object) -> Bill:
    """Three places at 95 $, with both taxes: 327,68 $."""
    usual = {
        "payment": str(uuid.uuid4()),
        "order_number": f"P{uuid.uuid4().int % 10**8:08}",
        "attempt": 1,
        "items": (
            Item("Réanimation cardiorespiratoire – mise à jour", 3, 95_00),
            Item("TPS (5 %)", 1, 14_25, is_tax=True),
            Item("TVQ (9,975 %)", 1, 28_43, is_tax=True),
        ),
        "total_cents": 327_68,
        "language": "fr-ca",
        "customer_email": "achats@example.com",
        "seller_name": "Formation Boréale",
        "return_url": RETURN,
        "cancel_url": CANCEL,
        "expires_at": datetime.now(UTC) + timedelta(minutes=31),
    }
    return Bill(**(usual | changes))
