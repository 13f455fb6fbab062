"""Who may come in by a page, and what may be kept of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from pupitre.shop.views.errors import without_establishment

View = Callable[..., HttpResponse]


def for_establishment(view: View) -> View:
    """Only for people who buy for an establishment: the others are told so, kindly."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.establishment is None:  # type: ignore[union-attr]
            return without_establishment(request)
        return view(request, *args, **kwargs)

    return page


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
