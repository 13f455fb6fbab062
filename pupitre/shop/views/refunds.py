"""Seats given back by those who bought them: choose them, read what they come to, then do it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import returns
from pupitre.models import CreditNote, Order, Right, Seat
from pupitre.queries.refunds import propose_seats
from pupitre.refusals import refusals_shown_on
from pupitre.shop.context import provider_of
from pupitre.shop.doors import confidential, for_establishment
from pupitre.shop.forms.refunds import SeatsToGiveBack


@for_establishment(Right.BUY)
@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def refund(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose seats of a paid order, read what will be given back and whose code stops working, then confirm."""
    paid = _own_order(request, reference)
    sent = request.POST if request.method == "POST" else None
    if sent and (done := _done(paid, sent.getlist("places"))):
        return redirect("shop:refund_result", reference, done.serial)
    form = _form(request, paid)
    if refusal := returns.owners_refusal(paid, provider_of(request)):
        return _choice_page(request, paid, form, refusal=refusal)

    if form.is_valid() and "confirmed" in request.POST:
        with refusals_shown_on(form):
            credit_note = returns.give_back_by_owner(
                paid,
                form.chosen,
                agreed_total_cents=_whole(request.POST.get("total", "")),
                by=request.user,
                leaving=_uuids(request.POST.getlist("leaving")),
            )
            return redirect("shop:refund_result", reference, credit_note.serial)
        return _after_refusal(request, paid, form)
    if form.is_valid():
        return _check_page(request, paid, form)
    return _choice_page(request, paid, form)


@for_establishment(Right.BUY)
@require_safe
def result(request: HttpRequest, reference: str, serial: int) -> HttpResponse:
    """What was given back, under which credit note, and how the money goes."""
    notes = CreditNote.objects.filter(order=_own_order(request, reference)).select_related("order")
    credit_note = get_object_or_404(notes.prefetch_related("refunds__payment"), serial=serial)
    refunds = list(credit_note.refunds.all())
    seats = Seat.objects.filter(credited_by__credit_note=credit_note).select_related("session__course")
    context = {"credit_note": credit_note, "refund": refunds[-1] if refunds else None, "seats": seats}
    return render(request, "shop/refund_result.html", context)


def _own_order(request: HttpRequest, reference: str) -> Order:
    own = Order.objects.bought_by(request.user.establishment).select_related("placed_by").prefetch_related("payments")
    return get_object_or_404(own, reference=reference, status=Order.Status.PAID)


def _form(request: HttpRequest, paid: Order) -> SeatsToGiveBack:
    return SeatsToGiveBack(
        request.POST if request.method == "POST" else None,
        offers=returns.offers_to_owner(paid, provider_of(request)),
        initial={"places": request.GET.getlist("place")},
    )


def _done(paid: Order, codes: list[str]) -> CreditNote | None:
    """The credit note of these very seats, when the same form is sent twice."""
    seats = Seat.objects.filter(line__order=paid, code__in=codes).select_related("credited_by__credit_note")
    notes = {seat.credited_by.credit_note if seat.credited_by else None for seat in seats}
    return notes.pop() if len(notes) == 1 else None


def _after_refusal(request: HttpRequest, paid: Order, refused: SeatsToGiveBack) -> HttpResponse:
    """The amount, the holder or the hour has changed: show how things stand now, with what was chosen kept."""
    form = _form(request, paid)
    if not form.is_valid():
        return _choice_page(request, paid, form)
    for message in refused.non_field_errors():
        form.add_error(None, message)
    return _check_page(request, paid, form)


def _choice_page(
    request: HttpRequest, paid: Order, form: SeatsToGiveBack, *, refusal: Exception | None = None
) -> HttpResponse:
    context = {"order": paid, "form": form, "refusal": refusal}
    return render(request, "shop/refund.html", context, status=422 if form.is_bound else 200)


def _check_page(request: HttpRequest, paid: Order, form: SeatsToGiveBack) -> HttpResponse:
    proposal = propose_seats(paid, form.chosen)
    context = {
        "order": paid,
        "form": form,
        "proposal": proposal,
        "held": [seat.assignment for seat in proposal.seats if seat.assignment],
    }
    return render(request, "shop/refund_check.html", context, status=422 if form.errors else 200)


def _whole(text: str) -> int:
    """What was agreed to; an amount that nothing comes to when it is not a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
