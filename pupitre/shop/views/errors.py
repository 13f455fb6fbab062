"""Pages for when something stands in the way: what, why, and the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from pupitre.models import Membership, Right


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or came from elsewhere."""
    return render(request, "403_csrf.html", status=403)


def without_establishment(request: HttpRequest) -> HttpResponse:
    """A user who buys for nobody, such as the provider's staff."""
    return render(request, "shop/without_establishment.html", status=403)


def not_allowed(request: HttpRequest, membership: Membership, right: Right) -> HttpResponse:
    """A page that this person's role in the establishment does not open: what the role is, and who can change it."""
    context = {"membership": membership, "is_about_buying": right == Right.BUY}
    return render(request, "shop/not_allowed.html", context, status=403)


def acting_for_another(request: HttpRequest, membership: Membership) -> HttpResponse:
    """A form that was opened while its reader acted for another establishment: nothing was done, and two ways on."""
    known = {str(held.establishment_id): held.establishment for held in request.user.held_memberships}  # type: ignore[union-attr]
    context = {"now": membership.establishment, "then": known.get(request.POST["acting_for"])}
    context["page"] = _page_of_the_form(request)
    return render(request, "shop/acting_for_another.html", context, status=409)


def _page_of_the_form(request: HttpRequest) -> str:
    """Where the form was read, when the browser says so: some deeds have no page of their own."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if is_ours else request.get_full_path()


def page_of_another(request: HttpRequest, held: Membership) -> HttpResponse:
    """An address about another of the reader's own establishments: which one, and a button to act for it and go on."""
    context = {"now": request.user.establishment, "then": held.establishment, "is_read": True}  # type: ignore[union-attr]
    return render(request, "shop/acting_for_another.html", context)
