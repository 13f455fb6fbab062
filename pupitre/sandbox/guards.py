"""What stands before every page and call of the sandbox: who may come in, what is noted, and the faults asked for."""

import base64
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.http import http_date

from pupitre.sandbox.paypal.refusals import Refusal
from pupitre.sandbox.server import LOST
from pupitre.sandbox.state import state

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
PAYPAL = ("/v1/oauth2/", "/v1/notifications/", "/v1/customer/", "/v2/")
CERTIFICATES = "/v1/notifications/certs/"
TOKENS = "/v1/oauth2/"


class Guard:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request)
        response["Date"] = http_date(state.now())
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            return HttpResponse("This host is not the payment sandbox.", status=421, content_type="text/plain")
        if request.path.startswith(("/v1/", "/v2/")):
            return self._call(request)
        return self._page(request)

    def _page(self, request: HttpRequest) -> HttpResponse:
        if not _knows_the_password(request):
            challenge = {"WWW-Authenticate": 'Basic realm="Payment sandbox", charset="UTF-8"'}
            return HttpResponse("A password is needed.", status=401, headers=challenge)
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin and urlsplit(origin).netloc != request.get_host():
            return HttpResponse("This form was sent by another site.", status=403, content_type="text/plain")
        response = self._get_response(request)
        # Browsers hold the redirection that follows a form to the same rule: the shop must be named.
        back = " ".join(getattr(response, "leads_to", []))
        response["Content-Security-Policy"] = f"{POLICY} {back}".rstrip()
        response["Referrer-Policy"] = "same-origin"
        response["X-Content-Type-Options"] = "nosniff"
        response.setdefault("Cache-Control", "no-store")
        return response

    def _call(self, request: HttpRequest) -> HttpResponse:
        asked = request.body
        if request.path.startswith(CERTIFICATES):
            return self._get_response(request)
        if state.spend("too_many_requests"):
            response = _trouble(request, 429)
        elif state.spend("api_error"):
            response = _trouble(request, 500)
        else:
            response = self._get_response(request)
            if request.method == "POST" and not request.path.startswith(TOKENS) and state.spend("answer_lost"):
                response[LOST] = "1"
        self._note(request, asked, response)
        return response

    def _note(self, request: HttpRequest, asked: bytes, response: HttpResponse) -> None:
        secret = request.path.startswith(TOKENS)
        state.calls.append(
            {
                "at": time.time(),
                "method": request.method,
                "path": request.path,
                "query": request.META.get("QUERY_STRING", ""),
                "key": request.headers.get("Idempotency-Key") or request.headers.get("PayPal-Request-Id", ""),
                "asked": "" if secret else asked.decode(errors="replace"),
                "status": response.status_code,
                "lost": LOST in response,
                "answered": "" if secret else response.content.decode(errors="replace"),
            }
        )


def _knows_the_password(request: HttpRequest) -> bool:
    if not settings.SANDBOX_PASSWORD or request.path.startswith("/static/"):
        return True
    _, password = basic_credentials(request)
    return constant_time_compare(password, settings.SANDBOX_PASSWORD)


def basic_credentials(request: HttpRequest) -> tuple[str, str]:
    """The name and password given the simplest way, both empty when there are none that can be read."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, password = base64.b64decode(given if scheme == "Basic" else "").decode().partition(":")
    except ValueError:
        return "", ""
    return name, password


def _trouble(request: HttpRequest, status: int) -> HttpResponse:
    """What each service answers when it is asked too much, or does not work."""
    if request.path.startswith(PAYPAL):
        refusal = Refusal("RATE_LIMIT_REACHED" if status == 429 else "INTERNAL_SERVER_ERROR")
        return JsonResponse(refusal.body, status=status)
    error = {"type": "api_error", "message": "The payment sandbox was asked to fail."}
    if status == 429:
        error = {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."}
    return JsonResponse({"error": error}, status=status)
