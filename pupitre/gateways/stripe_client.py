"""The connection to Stripe: its official SDK, with the few options whose defaults would hurt a shop."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe

from pupitre.gateways import Call, Declined, Misconfigured, Unreachable
from pupitre.gateways.headers import LONGEST_PAUSE, pause_asked

# The SDK would otherwise tell Stripe about this machine, under an identifier that it keeps on disk.
stripe.enable_telemetry = False

RETRIES = 2  # the SDK's own default for a client is none


def connect(api_base: str, secret_key: str, record: Callable[[Call], None]) -> Any:
    """Stripe's calls, under this key. Typed loosely: the SDK types its parameters for literals, ours are made."""
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base.rstrip("/")},
        http_client=_PatientClient(api_base, record),
        max_network_retries=RETRIES,
    ).v1


@contextmanager
def errors_in_our_words() -> Iterator[None]:
    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Misconfigured("Stripe refuses our key.", _code(error)) from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        # Servers in trouble (5xx) or busy (429), the same key still running (409), an answer that is not Stripe's.
        raise Unreachable("Stripe gave no usable answer.", _code(error)) from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:  # Stripe forgets nothing: this name was given by another account
            raise Misconfigured("Stripe does not know this reference.", _code(error)) from error
        raise Declined(error.user_message or "Stripe refused.", _code(error)) from error
    except stripe.StripeError as error:
        raise Declined(error.user_message or "Stripe refused.", _code(error)) from error


def _code(error: stripe.StripeError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error") or {}
    return str(details.get("decline_code") or details.get("code") or details.get("type") or "")


class _PatientClient(stripe.RequestsClient):
    """Reports every try, repeated ones too, and keeps one connection open per thread and address.

    The SDK repeats what got no answer, under the same key. A busy service (429) it would give up at once: here it is
    asked again when it says, if that is soon.
    """

    _sessions = threading.local()

    def __init__(self, api_base: str, record: Callable[[Call], None]):
        super().__init__(timeout=(3, 20), session=self._connection(api_base))
        self._record = record

    def _connection(self, api_base: str) -> requests.Session:
        kept: dict[str, requests.Session] = self._sessions.__dict__.setdefault("kept", {})
        if api_base not in kept:
            kept[api_base] = requests.Session()
            # Plain http is the payment sandbox on this machine: no proxy stands between.
            kept[api_base].trust_env = api_base.startswith("https:")
        return kept[api_base]

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **options: Any
    ) -> Any:
        for attempt in range(1, RETRIES + 1):
            answer = self._try(method, url, headers, post_data, options)
            pause = pause_asked(answer[2], attempt)
            if answer[1] != 429 or pause > LONGEST_PAUSE:
                return answer
            time.sleep(pause)
        return self._try(method, url, headers, post_data, options)

    def _try(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any, options: dict[str, Any]
    ) -> Any:
        began = time.monotonic()
        status, request_id = 0, ""
        try:
            answer = super().request(method, url, headers, post_data, **options)
            status, request_id = answer[1], answer[2].get("Request-Id", "")
            return answer
        finally:
            self._record(
                Call(
                    method=method.upper(),
                    path=urlsplit(url).path,
                    key=(headers or {}).get("Idempotency-Key", ""),
                    status=status,
                    milliseconds=round((time.monotonic() - began) * 1000),
                    request_id=request_id,
                )
            )
