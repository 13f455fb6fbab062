"""Finding a course, choosing a session of it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import carts
from pupitre.queries import catalogue as offered
from pupitre.refusals import refusals_shown_on
from pupitre.shop import basket, waiting
from pupitre.shop.forms.cart import SessionChoice
from pupitre.shop.forms.catalogue import Filters

COURSES_PER_PAGE = 24


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    sessions = offered.sessions_on_sale()
    filters = Filters(request.GET or None, sessions=sessions)
    chosen = filters.chosen() if filters.is_bound else {}
    offers = offered.offers(offered.courses_for(basket.buyer_of(request)), sessions, **chosen)
    page = Paginator(offers, COURSES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"filters": filters, "page_obj": page, "is_filtered": any(chosen.values())}
    return render(request, "shop/catalogue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def course(request: HttpRequest, slug: str) -> HttpResponse:
    shown = get_object_or_404(offered.courses_for(basket.buyer_of(request)), slug=slug)
    on_sale = shown.sessions.on_sale().order_by("starts_at", "pk")
    form = SessionChoice(request.POST if request.method == "POST" else None, sessions=on_sale)

    if form.is_valid():
        with refusals_shown_on(form, "quantity"):
            carts.put(basket.opened(request), form.cleaned_data["session"], form.cleaned_data["quantity"])
            return redirect("shop:cart")

    sessions = list(on_sale)
    for session in sessions:
        session.course = shown
    open_ones = [session for session in sessions if not session.is_full]
    chosen = form["session"].value() or (open_ones[0].code if len(open_ones) == 1 else "")
    wanted = next((session for session in sessions if session.code == chosen), None)
    context = {
        "course": shown,
        "sessions": sessions,
        "form": form,
        "chosen": chosen,
        "has_room": bool(open_ones),
        "shortage": waiting.shortage(wanted, form),
    }
    return render(request, "shop/course.html", context, status=422 if form.errors else 200)
