"""The connection to PayPal: our own thin client, for PayPal's SDK verifies no webhook and never renews a token."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from pupitre.gateways import Call, Declined, GatewayError, Misconfigured, Unreachable
from pupitre.gateways.headers import LONGEST_PAUSE, pause_asked

TRIES = 3
TIMEOUT = httpx.Timeout(20, connect=3)

Record = Callable[[Call], None]
Object = dict[str, Any]


@lru_cache(maxsize=4)
def account(base: str, client_id: str, client_secret: str) -> "Account":
    """One per process, so that connections and tokens serve more than once."""
    return Account(base, client_id, client_secret)


class Account:
    """A merchant's account at PayPal: the connection, and the token that opens it."""

    def __init__(self, base: str, client_id: str, client_secret: str):
        self.base = base
        self._credentials = (client_id, client_secret)
        # Plain http is the payment sandbox on this machine: no proxy stands between.
        self._http = httpx.Client(base_url=base, timeout=TIMEOUT, trust_env=base.startswith("https:"))
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._certificates: dict[str, httpx.Response] = {}
        self.application = ""  # PayPal's name for what the keys open, told with each token

    def ask(self, method: str, path: str, *, record: Record, key: str = "", body: Object | None = None) -> Object:
        """One question, repeated under the same key when no answer came."""
        return read(self.answer(method, path, record=record, key=key, body=body))

    def pages(self, path: str, *, record: Record) -> Iterator[Object]:
        """A list, page after page. PayPal gives the address of the next one: we keep to our own host."""
        while path:
            page = self.ask("GET", path, record=record)
            yield page
            following = [link["href"] for link in page.get("links", []) if link["rel"] == "next"]
            path = urlsplit(following[0])._replace(scheme="", netloc="").geturl() if following else ""

    def answer(
        self, method: str, path: str, *, record: Record, key: str = "", body: Object | None = None
    ) -> httpx.Response:
        """What PayPal answers, headers included. A refused token is renewed once."""
        headers = {"Prefer": "return=representation"} | ({"PayPal-Request-Id": key} if key else {})
        token = self._current_token(record)
        answer = self._send(method, path, record, headers | {"Authorization": f"Bearer {token}"}, json=body)
        if answer.status_code == 401:
            token = self._current_token(record, refused=token)
            answer = self._send(method, path, record, headers | {"Authorization": f"Bearer {token}"}, json=body)
        return answer

    def certificate(self, address: str, *, record: Record) -> httpx.Response:
        """A public document, asked for without any token, and once: what has this name never changes."""
        if address not in self._certificates:
            answer = self._send("GET", address, record, {})
            if answer.status_code != 200:
                return answer
            self._certificates[address] = answer
        return self._certificates[address]

    def sign_in(self, *, record: Record) -> None:
        """Ask for a new token, even if the last one is still good."""
        self._current_token(record, refused=self._token)

    def _current_token(self, record: Record, refused: str = "") -> str:
        # Under a lock: threads that meet an old token together must fetch one new token, not one each.
        with self._lock:
            if not all(self._credentials):
                raise Misconfigured("The keys of PayPal are missing.")
            if self._token == refused or time.monotonic() >= self._renew_at:
                answer = self._send(
                    "POST",
                    "/v1/oauth2/token",
                    record,
                    {},
                    auth=self._credentials,
                    data={"grant_type": "client_credentials"},
                )
                granted = read(answer)
                self._token = granted["access_token"]
                self._renew_at = time.monotonic() + 0.8 * granted["expires_in"]
                self.application = granted.get("app_id", "")
            return self._token

    def _send(
        self, method: str, address: str, record: Record, headers: dict[str, str], **content: Any
    ) -> httpx.Response:
        for attempt in range(1, TRIES):
            answer = self._try(method, address, record, headers, content)
            pause = pause_asked(answer.headers if answer is not None else {}, attempt)
            if (answer is not None and not _may_change(answer)) or pause > LONGEST_PAUSE:
                break
            time.sleep(pause)
        else:
            answer = self._try(method, address, record, headers, content)
        if answer is None:
            raise Unreachable("PayPal does not answer.")
        return answer

    def _try(
        self, method: str, address: str, record: Record, headers: dict[str, str], content: dict[str, Any]
    ) -> httpx.Response | None:
        began = time.monotonic()
        answer = None
        # No answer: PayPal may have done what was asked. The same key will tell.
        with suppress(httpx.RequestError):
            answer = self._http.request(method, address, headers=headers, **content)
        record(
            Call(
                method=method,
                path=urlsplit(address).path,
                key=headers.get("PayPal-Request-Id", ""),
                status=answer.status_code if answer is not None else 0,
                milliseconds=round((time.monotonic() - began) * 1000),
                request_id=answer.headers.get("PayPal-Debug-Id", "") if answer is not None else "",
            )
        )
        return answer


def _may_change(answer: httpx.Response) -> bool:
    """Servers in trouble or busy; or 409: the same key is still running, and its answer will soon be ours too."""
    return answer.status_code >= 500 or answer.status_code in (409, 429)


def read(answer: httpx.Response) -> Object:
    """What PayPal says, or the error it means. It says nothing when something was taken away (204)."""
    if answer.status_code == 204:
        return {}
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.is_success and isinstance(body, dict):
        return body
    raise _error(answer.status_code, body if isinstance(body, dict) else {})


def _error(status: int, body: Object) -> GatewayError:
    """PayPal's own word for what it refuses stands in `code`: CAPTURE_FULLY_REFUNDED, PENDING_CAPTURE…"""
    details = body.get("details") or [{}]
    code = details[0].get("issue") or body.get("name") or body.get("error") or ""
    if status in (401, 403):
        return Misconfigured("PayPal refuses our keys.", code)
    if status == 404:
        return Declined("PayPal does not know this reference.", "RESOURCE_NOT_FOUND")
    if status in (400, 422):
        return Declined(body.get("message") or "PayPal refused.", code)
    # Servers in trouble (5xx) or busy (429), the same key still running (409), an answer that is not PayPal’s.
    return Unreachable("PayPal gave no usable answer.", code)
