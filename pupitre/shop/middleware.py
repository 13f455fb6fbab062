"""What every answer of the shop carries."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

log = logging.getLogger(__name__)

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}


class ContentSecurityPolicy:
    """Our pages load and send nothing elsewhere. One that leads to a payment service adds its host, and only there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Content-Security-Policy" not in response:
            response["Content-Security-Policy"] = policy()
        # htmx asks for the same addresses as the browser, and some pages answer it with less.
        patch_vary_headers(response, ["HX-Request"])
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response


class Busy:
    """A database that makes a visitor wait too long, or is away, is not their mistake: they may try again soon."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, trouble: Exception) -> HttpResponse | None:
        """Whatever was begun is undone already; nothing is half written."""
        if not isinstance(trouble, OperationalError):
            return None
        log.error("the database did not answer in time: %s", type(trouble.__cause__ or trouble).__name__)
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})


def policy(*, form_action: tuple[str, ...] = ()) -> str:
    """The policy as a header; `form_action` names hosts that a form of this page may lead to."""
    rules = POLICY | {"form-action": " ".join([POLICY["form-action"], *form_action])}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def leads_to_payment(response: HttpResponse) -> HttpResponse:
    """Let the forms of this page end at a payment page: browsers check the redirect too."""
    response["Content-Security-Policy"] = policy(form_action=payment_hosts())
    return response


def payment_hosts() -> tuple[str, ...]:
    if settings.PAYMENT_MODE == "sandbox":
        address = urlsplit(settings.SANDBOX_URL)
        return (f"{address.scheme}://{address.netloc}",)
    return ("https://checkout.stripe.com", "https://www.paypal.com", "https://www.sandbox.paypal.com")
