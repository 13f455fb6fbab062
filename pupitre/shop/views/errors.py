"""Pages for when something stands in the way: what, why, and the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or came from elsewhere."""
    return render(request, "403_csrf.html", status=403)


def without_establishment(request: HttpRequest) -> HttpResponse:
    """A user who buys for nobody, such as the provider's staff."""
    return render(request, "shop/without_establishment.html", status=403)
