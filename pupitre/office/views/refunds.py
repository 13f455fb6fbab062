"""Something given back of an order: choose it, read what it comes to, confirm, and see how the money goes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import returns
from pupitre.models import BalanceEntry, CreditNote, Order, Seat, User
from pupitre.office.forms.refunds import TYPED_ABOVE_CENTS, Agreement, RefundChoice, What
from pupitre.office.pages import page
from pupitre.queries import debts
from pupitre.queries.refunds import credit_note_after, of_seats, remaining
from pupitre.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose, then check, then confirm. Nothing is written before, and nothing is written twice."""
    order = _order(pk)
    step = request.POST.get("step", "")
    agreement = Agreement(request.POST if step == "confirm" else None)
    if done := _done_already(order, agreement, by=request.user):
        return redirect("admin:order_refund_result", order.pk, done.serial)
    if refusal := returns.refusal(order):
        return _closed_page(request, order, refusal)
    form = RefundChoice(request.POST if request.method == "POST" else None, left=remaining(order))
    if step == "choose" or not form.is_valid():
        return _choice_page(request, form, status=422 if form.errors and step != "choose" else 200)
    if not agreement.is_bound:
        return _check_page(request, form)
    if "typed" in agreement.errors:
        return _check_page(request, form, agreement=agreement)
    return _confirmed(request, form, agreement)


@require_safe
def result(request: HttpRequest, pk: int, serial: int) -> HttpResponse:
    """What was given back, under which credit note, and how the money goes."""
    notes = CreditNote.objects.select_related("order").prefetch_related("refunds__payment", "order__payments")
    credit_note = get_object_or_404(notes, order=pk, serial=serial)
    refunds = list(credit_note.refunds.all())
    return page(
        request,
        "refund_result.html",
        _("Credit note {number}").format(number=credit_note.number),
        order=credit_note.order,
        credit_note=credit_note,
        refund=refunds[-1] if refunds else None,
        seats=Seat.objects.filter(credited_by__credit_note=credit_note).select_related("session__course"),
        debt=next((debt for debt in debts.open_debts(credit_note.order) if debt.credit_note == credit_note), None),
    )


def _order(pk: int) -> Order:
    orders = Order.objects.select_related("establishment", "placed_by").prefetch_related("payments")
    return get_object_or_404(orders, pk=pk)


def _confirmed(request: HttpRequest, form: RefundChoice, agreement: Agreement) -> HttpResponse:
    order = form.left.order
    try:
        credit_note = _give_back(form, agreement, by=request.user)
    except Refused as refusal:
        if done := _done_already(order, agreement, by=request.user):
            return redirect("admin:order_refund_result", order.pk, done.serial)
        return _after_refusal(request, order, refusal)
    if credit_note is None:
        messages.success(request, _("The seats were given back. No money goes with them."))
        return redirect("admin:pupitre_order_change", order.pk)
    return redirect("admin:order_refund_result", order.pk, credit_note.serial)


def _give_back(form: RefundChoice, agreement: Agreement, *, by: User) -> CreditNote | None:
    order, chosen = form.left.order, form.cleaned_data
    if chosen["what"] == What.AMOUNT:
        return returns.give_back_amount(
            order, chosen["amount"], agreed_left_cents=agreement.left_cents, by=by, note=chosen["note"]
        )
    leaving = agreement.leaving(form.left)
    if chosen["what"] == What.ALL:
        return returns.give_back_everything(
            order, agreed_total_cents=agreement.total_cents, by=by, note=chosen["note"], leaving=leaving
        )
    return returns.give_back_seats(
        order,
        form.chosen,
        agreed_total_cents=agreement.total_cents,
        by=by,
        percent=chosen["percent"],
        note=chosen["note"],
        leaving=leaving,
    )


def _done_already(order: Order, agreement: Agreement, *, by: User) -> CreditNote | None:
    """The credit note of this very form, when the same person sends it a second time."""
    if not agreement.is_bound:
        return None
    done = credit_note_after(order, agreement.left_cents)
    is_same = done and (done.issued_by_id, done.total_cents) == (by.pk, agreement.total_cents)
    return done if is_same else None


def _after_refusal(request: HttpRequest, order: Order, refusal: Refused) -> HttpResponse:
    """Nothing was changed: say why, and show how things stand now, with what was chosen kept."""
    order = _order(order.pk)
    if closed := returns.refusal(order):
        return _closed_page(request, order, closed)
    form = RefundChoice(request.POST, left=remaining(order))
    if not form.is_valid():
        return _choice_page(request, form, refusal=refusal, status=422)
    return _check_page(request, form, refusal=refusal)


def _closed_page(request: HttpRequest, order: Order, refusal: Refused) -> HttpResponse:
    return page(
        request,
        "refund_closed.html",
        _title(order),
        order=order,
        refusal=refusal,
        status=422 if request.method == "POST" else 200,
    )


def _choice_page(
    request: HttpRequest, form: RefundChoice, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    everything = of_seats(form.left, form.left.seats)
    percents = {share.line.pk: share.percent for share in everything.lines}
    lines = [(left, percents[left.line.pk]) for left in form.left.lines if left.seats]
    order = form.left.order
    return page(
        request, "refund.html", _title(order), order=order, form=form, lines=lines, refusal=refusal, status=status
    )


def _check_page(
    request: HttpRequest,
    form: RefundChoice,
    *,
    agreement: Agreement | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    order, proposal = form.left.order, form.proposal
    return page(
        request,
        "refund_check.html",
        _title(order),
        order=order,
        form=form,
        agreement=agreement or Agreement(),
        refusal=refusal,
        proposal=proposal,
        left=form.left,
        held=[seat.assignment for seat in proposal.seats if seat.assignment],
        fees_kept_cents=_fees_of(order),
        must_type=proposal.total_cents > TYPED_ABOVE_CENTS,
        status=422 if refusal or agreement else 200,
    )


def _fees_of(order: Order) -> int:
    """What the payment service took for the payment, as it wrote it: it does not give it back."""
    charged = BalanceEntry.objects.filter(payment__order=order, kind=BalanceEntry.Kind.CHARGE)
    return sum(charged.values_list("fee_cents", flat=True))


def _title(order: Order) -> str:
    return _("Refund order {number}").format(number=order.number)
