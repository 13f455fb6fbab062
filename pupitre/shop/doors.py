"""Who may come in by a page, and what may be kept of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from pupitre.models import Right
from pupitre.shop.views.errors import not_allowed, without_establishment

View = Callable[..., HttpResponse]


def for_establishment(right: Right) -> Callable[[View], View]:
    """Only for people who have this right in the establishment they act for: the others are told so, kindly."""

    def door(view: View) -> View:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            membership = request.user.membership  # type: ignore[union-attr]
            if membership is None:
                return without_establishment(request)
            if right not in membership.rights:
                return not_allowed(request, membership)
            return view(request, *args, **kwargs)

        return page

    return door


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
