"""From which address a visitor comes: what attempts are counted by."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The visitor's address, as the outermost of our own proxies saw it.

    Each proxy adds to the right of `X-Forwarded-For` who called it: with two proxies of ours, the visitor is the second
    name from the right. What stands further left was written by the visitor and is not believed.
    """
    nearest = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES < 1:
        return nearest
    passed_on = [name.strip() for name in request.headers.get("X-Forwarded-For", "").split(",") if name.strip()]
    if len(passed_on) < settings.TRUSTED_PROXIES:
        return nearest
    return passed_on[-settings.TRUSTED_PROXIES]
