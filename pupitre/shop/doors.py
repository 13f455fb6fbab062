"""Who may come in by a page, and what may be kept of it."""

import time
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from functools import wraps
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from pupitre.models import Membership, Right
from pupitre.shop.views.errors import acting_for_another, not_allowed, page_of_another, without_establishment

View = Callable[..., HttpResponse]

READING = ("GET", "HEAD")


def for_establishment(right: Right | None = None) -> Callable[[View], View]:
    """Only for people who have this right in the establishment they act for: the others are told so, kindly.

    Without a right, any member may come in. A form that was shown for one establishment does nothing for another: it
    says for which by `acting_for` (components/_acting_for.html), wherever its address alone does not tell; so does the
    address of a page that a letter leads to. A page about another of the reader's own establishments says which one,
    and shows nothing of it before they act for it.
    """

    def door(view: View) -> View:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            membership = request.user.membership  # type: ignore[union-attr]
            if membership is None:
                return without_establishment(request)
            if held := _asked_for(request):
                return page_of_another(request, held)
            if right is not None and right not in membership.rights:
                return not_allowed(request, membership, right)
            if request.POST.get("acting_for", own := str(membership.establishment_id)) != own:
                return acting_for_another(request, membership)
            try:
                return view(request, *args, **kwargs)
            except Http404:
                if held := _another_that_has(request, right, lambda asked: view(asked, *args, **kwargs)):
                    return page_of_another(request, held)
                raise

        return page

    return door


def _asked_for(request: HttpRequest) -> Membership | None:
    """Another of the reader's own establishments, when the address says that the page is about it."""
    wanted = request.GET.get("acting_for") if request.method in READING else None
    return next((held for held in _others(request) if str(held.establishment_id) == wanted), None)


def _another_that_has(
    request: HttpRequest, right: Right | None, view: Callable[[HttpRequest], HttpResponse]
) -> Membership | None:
    """Another of the reader's own establishments for which this page exists, and which they could see there. Whatever
    reads changes nothing, so the page is asked for each of them, and thrown away.
    """
    if request.method not in READING:
        return None
    for held in _others(request):
        if right is None or right in held.rights:
            asked = copy(request)
            asked.user = copy(request.user)
            asked.user.held_memberships = [held]  # type: ignore[union-attr, misc]
            asked.__dict__.pop("_messages", None)  # what they were told is still to be shown
            with suppress(Http404):
                view(asked)
                return held
    return None


def _others(request: HttpRequest) -> list[Membership]:
    return request.user.held_memberships[1:]  # type: ignore[union-attr]


def password_just_given(request: HttpRequest) -> None:
    """Ask for the password again, unless it was given a moment ago, were it to sign in: what follows cannot be taken
    back by its author alone. The form that was sent goes on by itself afterwards.
    """
    since = time.time() - account_settings.REAUTHENTICATION_TIMEOUT
    given = get_authentication_records(request, request.user)
    if any(record["method"] == "password" and record["at"] > since for record in given):
        return
    raise_if_reauthentication_required(request, app="allauth.account")


def confidential(view: View) -> View:
    """A page that shows a code, or whose address holds one: never stored, never indexed, its address never passed on.

    The address is kept from other sites only: with `no-referrer`, browsers would send our own forms with no origin, and
    the protection against forged forms would refuse them.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return page
