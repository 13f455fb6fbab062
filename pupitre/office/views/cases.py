"""What waits for a person: the list, and a page for each kind of decision."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import disputes, refunds, reviews
from pupitre.gateways.sites import dispute_page
from pupitre.models import CreditNote, Dispute, Order, Payment
from pupitre.office import to_do
from pupitre.office.forms.cases import WithNote, WithPrintedNote
from pupitre.office.pages import money, page
from pupitre.queries import attention, debts
from pupitre.queries.claims import claim_cents
from pupitre.queries.debts import Debt
from pupitre.refusals import Refused, refusals_shown_on

DECISIONS: dict[str, tuple[Callable[..., Payment], Any]] = {
    "accept": (reviews.accept, gettext_lazy("The payment was accepted: order {number} is delivered.")),
    "give_back": (reviews.give_back, gettext_lazy("The money of order {number} is on its way back.")),
}


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Everything that nobody but a person can settle, each with the way to do it."""
    to_answer = [
        (dispute, dispute_page(dispute.payment.means, dispute.provider_reference, dispute.payment.mode))
        for dispute in attention.disputes_to_answer()
    ]
    return page(
        request,
        "cases.html",
        _("To settle"),
        disputes=to_answer,
        reviews=attention.payments_to_review(),
        debts=debts.open_debts(),
        strays=attention.unknown_payments(),
        given_up=to_do.work_given_up(),
        not_delivered=to_do.letters_not_delivered(),
        zone=settings.TIME_ZONE,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """What came in is not what was asked for: deliver the order all the same, or give the money back."""
    payment = get_object_or_404(Payment.objects.select_related("order__establishment"), pk=pk)
    decision = request.POST.get("decision", "")
    form = WithNote(request.POST if decision in DECISIONS else None)
    if form.is_valid():
        decide, done = DECISIONS[decision]
        with refusals_shown_on(form):
            decide(payment, by=request.user, note=form.cleaned_data["note"])
            messages.success(request, done.format(number=payment.order.number))
            return redirect("admin:cases")
        payment.refresh_from_db()
    return page(
        request,
        "review.html",
        _("Payment to review: order {number}").format(number=payment.order.number),
        payment=payment,
        order=payment.order,
        form=form,
        is_open=payment.disposition == Payment.Disposition.REVIEW,
        decided=reviews.NotInReview(),
        status=422 if form.errors else 200,
    )


def owed_on_credit_note(request: HttpRequest, pk: int) -> HttpResponse:
    """A credit note whose money has not gone back."""
    credit_note = get_object_or_404(CreditNote.objects.select_related("order__establishment"), pk=pk)
    return _debt_page(request, credit_note.order, lambda debt: debt.credit_note == credit_note)


def owed_surplus(request: HttpRequest, pk: int) -> HttpResponse:
    """A payment that its order did not need, and that has not gone back."""
    of_surpluses = Payment.objects.filter(disposition=Payment.Disposition.SURPLUS)
    payment = get_object_or_404(of_surpluses.select_related("order__establishment"), pk=pk)
    return _debt_page(request, payment.order, lambda debt: (debt.payment, debt.credit_note) == (payment, None))


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """A dispute was lost: stop asking the buyer for the money, and take it back from the invoice."""
    lost = Dispute.objects.filter(status=Dispute.Status.LOST).select_related("payment__order__establishment")
    dispute = get_object_or_404(lost, pk=pk)
    order = dispute.payment.order
    form = WithPrintedNote(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_shown_on(form):
            credit_note = disputes.give_up_claim(dispute, by=request.user, note=form.cleaned_data["note"])
            messages.success(request, _("Credit note {number} was issued.").format(number=credit_note.number))
            return redirect("admin:pupitre_order_change", order.pk)
    return page(
        request,
        "claim.html",
        _("Give up the claim: order {number}").format(number=order.number),
        order=order,
        form=form,
        cents=claim_cents(order),
        nothing_lost=disputes.NothingLost(),
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def _debt_page(request: HttpRequest, order: Order, is_it: Callable[[Debt], bool]) -> HttpResponse:
    """Money still owed: ask the payment service again, or say that it was given back by other means."""
    debt = next((debt for debt in debts.open_debts(order) if is_it(debt)), None)
    by_hand, again = (request.POST.get("way") == way for way in ("by_hand", "again"))
    form, refusal = WithNote(request.POST if by_hand else None), None
    if debt and (again or form.is_valid()):
        try:
            done = _settle(request, debt, form)
            messages.success(request, done.format(amount=money(debt.owed_cents), number=order.number))
            return redirect("admin:pupitre_order_change", order.pk)
        except Refused as no:
            refusal = no
    return page(
        request,
        "debt.html",
        _("Money still owed: order {number}").format(number=order.number),
        order=order,
        debt=debt,
        form=form,
        refusal=refusal,
        zone=settings.TIME_ZONE,
        status=422 if refusal or form.errors else 200,
    )


def _settle(request: HttpRequest, debt: Debt, form: WithNote) -> str:
    """Do what was chosen. Gives the sentence that says so."""
    if form.is_bound:
        refunds.record_by_hand(debt, by=request.user, note=form.cleaned_data["note"])
        return _("It is written down: {amount} was given back by other means for order {number}.")
    refunds.try_again(debt, by=request.user)
    return _("The payment service is asked again to give back {amount} for order {number}.")
