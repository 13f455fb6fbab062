"""A service that asks us to come back much later is not waited for: a buyer may be behind, and a job asks again."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pupitre.gateways import Call, Unreachable, paypal, stripe


@pytest.fixture
def busy_service() -> Iterator[str]:
    """Both services, on a very bad day."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(429)
            self.send_header("Retry-After", "60")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *arguments: object) -> None:
            """Silence."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


@pytest.mark.parametrize("service", [stripe, paypal], ids=["stripe", "paypal"])
def test_whoever_asks_for_a_minute_is_not_waited_for(settings, busy_service, service):
    settings.STRIPE_API_BASE = settings.PAYPAL_API_BASE = busy_service
    calls: list[Call] = []
    gateway = service.from_settings(settings, record=calls.append)

    with pytest.raises(Unreachable):
        gateway.read("cs_test_1")

    assert [call.status for call in calls] == [429]
