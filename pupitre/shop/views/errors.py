"""Pages for when something stands in the way: what, why, and the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pupitre.models import Membership


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or came from elsewhere."""
    return render(request, "403_csrf.html", status=403)


def without_establishment(request: HttpRequest) -> HttpResponse:
    """A user who buys for nobody, such as the provider's staff."""
    return render(request, "shop/without_establishment.html", status=403)


def not_allowed(request: HttpRequest, membership: Membership) -> HttpResponse:
    """A page that this person's role in the establishment does not open: what the role is, and who can change it."""
    return render(request, "shop/not_allowed.html", {"membership": membership}, status=403)
