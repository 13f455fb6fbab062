"""My purchases: every seat the establishment ever bought, whoever bought it."""

from typing import Any
from uuid import uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from pupitre.models import CourseSession, Order, Right, Seat
from pupitre.queries.board import balance_of
from pupitre.queries.claim_links import links_of
from pupitre.queries.lots import STANDINGS, Part, Wanted
from pupitre.queries.purchases import ROWS_PER_PAGE, Purchases, holders, purchases_of
from pupitre.queries.seat_story import undoable
from pupitre.shop.doors import confidential, for_establishment
from pupitre.shop.forms.purchases import Filters


@for_establishment(Right.ASSIGN)
@require_safe
def purchases(request: HttpRequest) -> HttpResponse:
    filters = Filters(request.GET)
    part = filters.part
    bought = purchases_of(request.user.establishment, filters.wanted)
    page = bought.page(part, request.GET.get("page"))
    context = {
        "bought": bought,
        "part": part,
        "filters": filters,
        "choices": filters.offer(bought),
        "kept": asked_for(bought.wanted, part),
        "tabs": [_tab(bought, each, part) for each in Part],
        "states": _states(bought, part),
        "page_obj": page,
        "sessions": bought.by_session(page, part),
        "found": bought.seats_in(part),
        "undoable": undoable(request.user.establishment),
    }
    if request.user.may["buy"]:
        unpaid = Order.objects.bought_by(request.user.establishment).awaiting_payment()
        context["unpaid"] = unpaid.select_related("offer")
    return render(request, "shop/purchases.html", context)


@for_establishment(Right.ASSIGN)
@require_safe
@confidential
def purchase(request: HttpRequest, code: str) -> HttpResponse:
    """The establishment's seats of one session, with their codes: also what an assignment of several gives."""
    session = own_session(request, code)
    page = Paginator(holders(request.user.establishment, session), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    balance = balance_of(request.user.establishment, session)
    context = {"session": session, "page_obj": page, "balance": balance, "free": balance.free}
    context |= {"links": links_of(request.user.establishment, session), "batch": uuid4()}
    return render(request, "shop/purchase.html", context)


def own_session(request: HttpRequest, code: str) -> CourseSession:
    """A session in which the user's establishment has bought seats; any other is not found."""
    sessions = CourseSession.objects.select_related("course").filter(
        pk__in=Seat.objects.bought_by(request.user.establishment).values("session")
    )
    return get_object_or_404(sessions, code=code)


def asked_for(wanted: Wanted, part: Part) -> dict[str, Any]:
    """What is looked for, as an address or a form says it."""
    said = {
        "q": wanted.text,
        "cours": wanted.course,
        "acheteur": wanted.buyer,
        "service": wanted.department,
        "statut": wanted.state,
        "etat": part,
    }
    return {name: value for name, value in said.items() if value}


def address_of(asked: dict[str, Any]) -> str:
    return f"{reverse('shop:purchases')}?{urlencode(asked)}"


def _tab(bought: Purchases, part: Part, current: Part) -> dict[str, Any]:
    """A part keeps everything that is looked for; a state that none of its seats is in would only hide them all."""
    asked, count = asked_for(bought.wanted, part), bought.seats_in(part)
    if not count and part != current:
        asked.pop("statut", None)
        count = bought.seats_in(part, state="")
    return {"url": address_of(asked), "label": part.label, "count": count, "is_current": part == current}


def _states(bought: Purchases, part: Part) -> list[dict[str, Any]]:
    """The states that seats of this part are in, with their number; none when they all stand alike."""
    asked, current = asked_for(bought.wanted, part), bought.wanted.state
    counts = [(state, label, bought.seats_in(part, state=state)) for state, label in STANDINGS]
    shown = [each for each in counts if each[2] or each[0] == current]
    if len(shown) < 2 and not current:
        return []
    return [
        {
            "url": address_of({name: value for name, value in asked.items() if name != "statut"} | {"statut": state}),
            "label": label,
            "count": count,
            "is_current": state == current,
        }
        for state, label, count in shown
    ]
