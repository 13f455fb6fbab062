"""A small web server, one thread per request: plenty for a demonstration, and it can hang up without answering."""

import logging
import signal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

log = logging.getLogger(__name__)

LOST = "X-Sandbox-Answer-Lost"


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Quiet(WSGIRequestHandler):
    timeout = 60

    def handle(self) -> None:
        # Browsers open connections ahead, and leave them idle.
        with suppress(TimeoutError):
            super().handle()

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)


class Server:
    def __init__(self, host: str, port: int):
        self._http = _Threads((host, port), _Quiet)
        name = f"[{host}]" if ":" in host else host
        self.address = f"http://{name}:{self._http.server_port}"

    def run(self) -> None:
        """Serve until Ctrl-C or a polite end."""
        from django.conf import settings
        from django.core.wsgi import get_wsgi_application

        from pupitre.sandbox import webhooks
        from pupitre.sandbox.state import state
        from pupitre.sandbox.time_passing import time_passes

        state.open(settings.SANDBOX_FILE)
        self._http.set_app(_hanging_up(get_wsgi_application()))
        webhooks.post_office.start(meanwhile=time_passes)
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=self._http.shutdown).start())
        print(f"Payment sandbox: {settings.SANDBOX_URL}/_sandbox/", flush=True)
        try:
            self._http.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            log.info("The payment sandbox stops.")
        finally:
            self._http.server_close()
            webhooks.post_office.stop()
            state.close()


def _hanging_up(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Close the connection without a word when an answer must be lost: the shop cannot know what was done."""

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        started: list[tuple[Any, ...]] = []
        answer = application(environ, lambda *arguments: started.append(arguments))
        status, headers, *rest = started[-1]
        if any(name == LOST for name, _ in headers):
            raise ConnectionAbortedError
        start_response(status, headers, *rest)
        return answer

    return call
