"""What every answer of the shop carries."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

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
