"""My purchases: every seat the establishment ever bought."""

from uuid import uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from pupitre.models import CourseSession, Order, Right, Seat
from pupitre.queries.claim_links import links_of
from pupitre.queries.purchases import ROWS_PER_PAGE, Part, Purchases, free_seats, holders, purchases_of
from pupitre.shop.doors import confidential, for_establishment
from pupitre.shop.forms.purchases import Filters


@for_establishment(Right.ASSIGN)
@require_safe
def purchases(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET)
    part = filters.part
    bought = purchases_of(request.user.establishment, filters.text)
    page = bought.page(part, request.GET.get("page"))
    context = {
        "bought": bought,
        "part": part,
        "text": filters.text,
        "filters": filters,
        "tabs": _tabs(bought, part),
        "page_obj": page,
        "sessions": bought.by_session(page, part),
        "found": bought.seats_in(part),
        "unpaid": Order.objects.bought_by(request.user.establishment).awaiting_payment(),
    }
    return render(request, "shop/purchases.html", context)


@for_establishment(Right.ASSIGN)
@require_safe
@confidential
def purchase(request: HttpRequest, code: str) -> HttpResponse:
    """The establishment's seats of one session, with their codes: also what an assignment of several gives."""
    session = own_session(request, code)
    page = Paginator(holders(request.user.establishment, session), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"session": session, "page_obj": page, "free": free_seats(request.user.establishment, session)}
    context |= {"links": links_of(request.user.establishment, session), "batch": uuid4()}
    return render(request, "shop/purchase.html", context)


def own_session(request: HttpRequest, code: str) -> CourseSession:
    """A session in which the user's establishment has bought seats; any other is not found."""
    sessions = CourseSession.objects.select_related("course").filter(
        pk__in=Seat.objects.bought_by(request.user.establishment).values("session")
    )
    return get_object_or_404(sessions, code=code)


def _tabs(bought: Purchases, current: Part) -> list[dict]:
    kept = {"q": bought.text} if bought.text else {}
    return [
        {
            "url": f"{reverse('shop:purchases')}?{urlencode(kept | {'etat': part})}",
            "label": part.label,
            "count": bought.seats_in(part),
            "is_current": part == current,
        }
        for part in Part
    ]
