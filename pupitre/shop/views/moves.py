"""Seats that go to another session of their course, and two people who exchange theirs: choose, read, then do it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pupitre import formats
from pupitre.actions import moves, supplements, swaps
from pupitre.models import CourseSession, CreditNote, Right, Seat
from pupitre.queries.moves import MOVES, seats_in_force
from pupitre.refusals import refusals_shown_on
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms.moves import PersonToSwapWith, SeatsToMove
from pupitre.shop.views.purchases import own_session


@for_establishment(Right.BUY)
@require_http_methods(["GET", "HEAD", "POST"])
def session_move(request: HttpRequest, code: str) -> HttpResponse:
    """Some of the establishment's seats of a session, or all of them."""
    return _done(request) or _move(request, own_session(request, code))


@for_establishment(Right.BUY)
@require_http_methods(["GET", "HEAD", "POST"])
def seat_move(request: HttpRequest, code: str) -> HttpResponse:
    """One seat, with whoever holds it."""
    seat = _own_seat(request, code)
    if seat.cancelled_at:
        return redirect(seat)
    return _done(request, seat) or _move(request, seat.session, seat)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def swap(request: HttpRequest, code: str) -> HttpResponse:
    """The holder of a seat and someone of another session take each other's place."""
    seat = _own_seat(request, code)
    if seat.cancelled_at or seat.assignment is None:
        return redirect(seat)
    form = PersonToSwapWith(request.POST or None, offers=swaps.candidates(seat))
    if form.is_valid() and "confirmed" in request.POST:
        with refusals_shown_on(form):
            return _swapped(request, seat, form.chosen)
        seat = _own_seat(request, code)
        if seat.assignment is None:
            return redirect(seat)
    refusal = swaps.refusal(seat)
    context = {"seat": seat, "assignment": seat.assignment, "form": form, "refusal": refusal}
    if form.is_valid() and not refusal:
        return render(request, "shop/swap_check.html", context | {"other": form.chosen})
    return render(request, "shop/swap.html", context, status=422 if form.errors else 200)


def _move(request: HttpRequest, session: CourseSession, only: Seat | None = None) -> HttpResponse:
    form = _form(request, session, only)
    if form.is_valid() and "confirmed" in request.POST:
        with refusals_shown_on(form):
            agreed = {
                "agreed_total_cents": _amount(request.POST.get("total", "")),
                "by": request.user,
                "leaving": _uuids(request.POST.getlist("leaving")),
            }
            if form.plan and form.plan.supplement:
                language = get_language() or "fr-ca"
                return redirect(moves.order_supplement(form.chosen, form.target, language=language, **agreed))
            notes = moves.move(form.chosen, form.target, **agreed)
            _tell(request, len(form.chosen), form.target, notes)
            return _result(form.target, only)
        refused, form = form, _form(request, session, only)
        if form.is_valid():
            for sentence in refused.non_field_errors():
                form.add_error(None, sentence)
            return _check_page(request, session, form, only)
    if form.is_valid():
        return _check_page(request, session, form, only)
    context = _context(session, form, only)
    return render(request, "shop/move.html", context, status=422 if form.is_bound else 200)


def _form(request: HttpRequest, session: CourseSession, only: Seat | None) -> SeatsToMove:
    offers = moves.offers(request.user.establishment, session)
    if only:
        offers = [offer for offer in offers if offer.seat.pk == only.pk]
    sent = request.POST if request.method == "POST" else None
    return SeatsToMove(sent, offers=offers, initial={"places": request.GET.getlist("place")})


def _context(session: CourseSession, form: SeatsToMove, only: Seat | None) -> dict:
    way_back = only.get_absolute_url() if only else reverse("shop:purchase", args=[session.code])
    return {"session": session, "form": form, "only": only, "way_back": way_back}


def _check_page(request: HttpRequest, session: CourseSession, form: SeatsToMove, only: Seat | None) -> HttpResponse:
    held = [seat.assignment for seat in form.chosen if seat.assignment]
    context = _context(session, form, only) | {"plan": form.plan, "held": held, "here": request.path}
    return render(request, "shop/move_check.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, only: Seat | None = None) -> HttpResponse | None:
    """Where these very seats went, or the order that awaits its payment, when the same form is sent twice."""
    if "confirmed" not in request.POST:
        return None
    codes, target = set(request.POST.getlist("places")), request.POST.get("session", "")
    own = seats_in_force(request.user.establishment).filter(code__in=codes)
    if waiting := supplements.order_of(own, target):
        return redirect(waiting)
    there = own.filter(session__code=target)
    arrived = list(there[: len(codes)])
    if not codes or len(arrived) < len(codes):
        return None
    return _result(arrived[0].session, only)


def _result(target: CourseSession, only: Seat | None) -> HttpResponse:
    return redirect(only) if only else redirect("shop:purchase", target.code)


def _tell(request: HttpRequest, count: int, target: CourseSession, notes: list[CreditNote]) -> None:
    language = get_language() or "fr-ca"
    date = formats.moment(target.starts_at, language, target.timezone)
    done = ngettext("{n} seat is moved. New session: {date}.", "{n} seats are moved. New session: {date}.", count)
    messages.success(request, done.format(n=count, date=date))
    for note in notes:
        credited = _("Credit note {number}: {amount} will be returned to the original payment method.")
        messages.info(request, credited.format(number=note.number, amount=formats.money(note.total_cents, language)))


def _swapped(request: HttpRequest, seat: Seat, other: Seat) -> HttpResponse:
    leaving = _uuids(request.POST.getlist("leaving"))
    shown = (leaving[0], leaving[1]) if len(leaving) == 2 else _both(seat, other)
    swaps.swap(seat, other, by=request.user, leaving=shown, from_session=request.POST.get("from", ""))
    messages.success(request, _("The exchange is done. Both people keep their codes, and are told."))
    return redirect(seat)


def _both(seat: Seat, other: Seat) -> tuple[UUID, UUID]:
    assert seat.assignment is not None  # someone holds each seat that is offered
    assert other.assignment is not None
    return seat.assignment.uuid, other.assignment.uuid


def _own_seat(request: HttpRequest, code: str) -> Seat:
    own = Seat.objects.bought_by(request.user.establishment).with_holders()
    return get_object_or_404(own.select_related("establishment", "line__session").prefetch_related(*MOVES), code=code)


def _amount(text: str) -> int | None:
    """What was agreed to, below zero when money goes back; nothing when it is not a number."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
