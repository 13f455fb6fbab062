"""An order: the four faces of its payment, then its seats."""

from uuid import uuid4

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre import gateways
from pupitre.actions import payments
from pupitre.documents import receipt as receipts
from pupitre.models import Order, OrderLine, Payment, Seat
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.doors import for_establishment
from pupitre.shop.downloads import pdf
from pupitre.shop.forms.checkout import MeansChoice
from pupitre.shop.middleware import leads_to_payment

# The page that waits for a confirmation asks again every two seconds, for half a minute.
POLLS = 15


@for_establishment
@require_http_methods(["GET", "HEAD"])
def order(request: HttpRequest, reference: str) -> HttpResponse:
    """Where the payment services send the buyer back to, and where an unpaid order can always be paid."""
    own = Order.objects.bought_by(request.user.establishment).prefetch_related("payments")
    told = get_object_or_404(own, reference=reference)
    answered = _ask_the_service(told)
    shown = told if told.is_paid else _own(request, reference)
    return _page(request, shown, MeansChoice(), is_unknown=not answered)


@for_establishment
@require_POST
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    shown = _own(request, reference)
    form = MeansChoice(request.POST)
    if form.is_valid():
        with refusals_shown_on(form):
            return redirect(payments.start(shown, form.cleaned_data["means"], by=request.user))
    return _page(request, _own(request, reference), form)


@for_establishment
@require_POST
def change(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the unpaid order back and return to the cart, where everything chosen still is."""
    try:
        payments.cancel(_own(request, reference), by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("shop:order", reference)
    return redirect("shop:cart")


@for_establishment
@require_safe
def thanks(request: HttpRequest, reference: str) -> HttpResponse:
    paid = get_object_or_404(_orders(request), reference=reference)
    if not paid.is_paid:
        return redirect("shop:order", reference)
    seats = Seat.objects.filter(line__order=paid).available()
    free = {line.session_id: 0 for line in paid.lines.all()}
    for session in seats.values_list("session_id", flat=True):
        free[session] += 1
    sessions = [{"session": line.session, "free": free[line.session_id]} for line in paid.lines.all()]
    context = {"order": paid, "sessions": sessions, "left": sum(free.values()), "batch": uuid4()}
    return render(request, "shop/thanks.html", context)


@for_establishment
@require_safe
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    paid = get_object_or_404(_orders(request), reference=reference, status=Order.Status.PAID)
    language = get_language() or "fr-ca"
    return pdf(receipts.draw(paid, language), _("receipt-{number}.pdf").format(number=paid.number))


def _orders(request: HttpRequest) -> QuerySet[Order]:
    """The establishment's orders, with their lines."""
    lines = Prefetch("lines", OrderLine.objects.select_related("session__course"))
    return (
        Order.objects.bought_by(request.user.establishment)
        .select_related("establishment", "placed_by")
        .prefetch_related(lines)
    )


def _own(request: HttpRequest, reference: str) -> Order:
    """One of them, with all that its payment page shows."""
    return get_object_or_404(_orders(request).prefetch_related("taxes", "payments"), reference=reference)


def _ask_the_service(shown: Order) -> bool:
    """Learn how the attempt under way stands. False when the service does not answer: it may be paid, or not."""
    latest = shown.payment
    if not shown.is_awaiting_payment or latest is None or not latest.is_live:
        return True
    try:
        shown.status = payments.settle(latest).order.status
    except gateways.GatewayError as trouble:
        payments.log.warning("payment %s could not be read: %s", latest.uuid, trouble.code)
        return False
    return True


def _page(request: HttpRequest, shown: Order, form: MeansChoice, *, is_unknown: bool = False) -> HttpResponse:
    """The face of an order as it now stands. One that is paid, by whoever was faster, goes on to the thanks."""
    if shown.is_paid:
        thanks_page = reverse("shop:thanks", args=[shown.reference])
        if "HX-Request" in request.headers:
            return HttpResponse(headers={"HX-Redirect": thanks_page})
        return redirect(thanks_page)
    latest = shown.payment
    polls = min(_whole(request.GET.get("n", "")), POLLS)
    context = {
        "order": shown,
        "form": form,
        "face": "pending" if is_unknown else _face(request, shown, latest),
        "payment": latest,
        "next_poll": polls + 1 if polls < POLLS else 0,
    }
    status = 422 if form.errors else 200
    return leads_to_payment(render(request, "shop/order.html", context, status=status))


def _face(request: HttpRequest, shown: Order, latest: Payment | None) -> str:
    """Which of its faces the order shows: `expired`, `pending`, `declined`, `interrupted` or `unpaid`."""
    if not shown.is_awaiting_payment:
        return "expired"
    if latest and (
        latest.status in (Payment.Status.CAPTURING, Payment.Status.PROCESSING)
        or latest.disposition == Payment.Disposition.REVIEW
    ):
        return "pending"
    if latest and latest.failure_code:
        return "declined"
    return "interrupted" if "interrompu" in request.GET else "unpaid"


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
