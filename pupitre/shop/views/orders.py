"""An order: the four faces of its payment, then its seats."""

from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre.actions import carts, checkout, payment_links, payments, promotions, terms
from pupitre.documents import receipt as receipts
from pupitre.downloads import pdf
from pupitre.models import Order, OrderLine, Right, Seat
from pupitre.queries.claim_links import links_by_session
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop import basket, paying
from pupitre.shop.context import provider_of
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms.checkout import Agreement, LinkRecipient, MeansChoice
from pupitre.shop.middleware import leads_to_payment


@for_establishment(Right.BUY)
@require_http_methods(["GET", "HEAD"])
def order(request: HttpRequest, reference: str) -> HttpResponse:
    """Where the payment services send the buyer back to, and where an unpaid order can always be paid."""
    own = Order.objects.bought_by(request.user.establishment).select_related("offer").prefetch_related("payments")
    told = get_object_or_404(own, reference=reference)
    answered = paying.ask_the_service(told)
    shown = told if told.is_paid else _own(request, reference)
    return _page(request, shown, _form(request, shown), is_unknown=not answered)


@for_establishment(Right.BUY)
@require_POST
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    shown = _own(request, reference)
    form = _form(request, shown)
    try:
        if form.is_valid():
            page = _pay(request, shown, form)
            return redirect(page) if page else redirect("shop:thanks" if shown.is_free else "shop:order", reference)
    except promotions.PromoCodeNotValid as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _own(request, reference), form, promo_is_lost=True)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return _page(request, _own(request, reference), form)


@for_establishment(Right.BUY)
@require_POST
def change(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the unpaid order back and return to the cart, where everything chosen still is. An offer is declined; seats
    that were to move stay.
    """
    unpaid = _own(request, reference)
    was_offered = unpaid.open_offer is not None
    try:
        payments.cancel(unpaid, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("shop:order", reference)
    if unpaid.is_supplement:
        messages.success(request, _("The move is cancelled: the seats stay where they are. Nothing was charged."))
        return redirect("shop:purchase", unpaid.moves.all()[0].from_session.code)
    if was_offered:
        messages.success(request, _("You have declined this offer. Your establishment waits no more for this session."))
    return redirect("shop:waitlist" if was_offered else "shop:cart")


@for_establishment(Right.BUY)
@require_POST
def restart(request: HttpRequest, reference: str) -> HttpResponse:
    """Put in the cart what is left of an order that was not paid in time."""
    former = _own(request, reference)
    if former.is_paid or former.is_awaiting_payment or former.is_supplement:
        return redirect("shop:order", reference)
    if not carts.start_over(basket.opened(request), former):
        messages.warning(request, _("No seats of this order are left. Choose another session."))
        return redirect("shop:catalogue")
    messages.success(request, _("The seats that are left are in your cart, at the prices of today."))
    return redirect("shop:cart")


@for_establishment(Right.BUY)
@require_POST
def payment_link(request: HttpRequest, reference: str) -> HttpResponse:
    """Let someone else pay: a link that can be copied, or sent at once."""
    shown = _own(request, reference)
    form = LinkRecipient(request.POST)
    if form.is_valid():
        with refusals_shown_on(form):
            link = payment_links.give(shown, by=request.user, email=form.cleaned_data["email"])
            done = _("The payment link is ready. Copy it and give it to the person who pays.")
            sent = _("The payment link was sent to {email}.").format(email=link.email)
            messages.success(request, sent if link.email else done)
            return redirect("shop:order", reference)
    return _page(request, _own(request, reference), link_form=form)


@for_establishment(Right.BUY)
@require_POST
def payment_link_removal(request: HttpRequest, reference: str) -> HttpResponse:
    link = payment_links.in_force(_own(request, reference))
    if link is not None:
        payment_links.revoke(link, by=request.user)
        messages.success(request, _("The payment link no longer works."))
    return redirect("shop:order", reference)


@for_establishment(Right.BUY)
@require_safe
def thanks(request: HttpRequest, reference: str) -> HttpResponse:
    paid = get_object_or_404(_orders(request), reference=reference)
    if not paid.is_paid:
        return redirect("shop:order", reference)
    seats = Seat.objects.filter(line__order=paid, line__session=F("session")).available()
    free = {line.session_id: 0 for line in paid.lines.all()}
    for session in seats.values_list("session_id", flat=True):
        free[session] += 1
    links = links_by_session(paid, [line.session for line in paid.lines.all()])
    sessions = [
        {"session": line.session, "free": free[line.session_id], "links": links.get(line.session_id, [])}
        for line in paid.lines.all()
    ]
    left = sum(free.values())
    context = {
        "order": paid,
        "sessions": sessions,
        "left": left,
        "all_given_back": not left and _is_all_given_back(paid),
        "batch": uuid4(),
    }
    return render(request, "shop/thanks.html", context)


def _is_all_given_back(paid: Order) -> bool:
    return not paid.is_supplement and not Seat.objects.filter(line__order=paid, cancelled_at=None).exists()


@for_establishment(Right.SEE_MONEY)
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
        .select_related("establishment", "placed_by", "invoice", "promo", "terms", "offer")
        .prefetch_related(lines)
    )


def _own(request: HttpRequest, reference: str) -> Order:
    """One of them, with all that its payment page shows."""
    return get_object_or_404(_orders(request).prefetch_related("taxes", "payments"), reference=reference)


def _form(request: HttpRequest, shown: Order) -> MeansChoice:
    """How to pay it. Whoever is offered what they waited for is asked to agree to it first, as on the review."""
    typed = request.POST if request.method == "POST" else None
    if not shown.is_from_waitlist or shown.terms_id is not None:
        return MeansChoice(typed, is_free=shown.is_free)
    return Agreement(
        typed,
        version=provider_of(request).terms,
        reader=request.user,
        language=get_language() or "fr-ca",
        initial={"purchase_order_number": shown.purchase_order_number},
    )


def _pay(request: HttpRequest, shown: Order, form: MeansChoice) -> str:
    means = form.cleaned_data["means"]
    if not isinstance(form, Agreement):
        return checkout.pay(shown, means, by=request.user)
    return checkout.accept(
        shown,
        means,
        by=request.user,
        language=get_language() or "fr-ca",
        purchase_order_number=form.cleaned_data["purchase_order_number"],
        agreement=form.cleaned_data["agreement"],
    )


def _page(
    request: HttpRequest,
    shown: Order,
    form: MeansChoice | None = None,
    *,
    is_unknown: bool = False,
    promo_is_lost: bool = False,
    link_form: LinkRecipient | None = None,
) -> HttpResponse:
    """The face of an order as it now stands. One that is paid, by whoever was faster, goes on to the thanks."""
    if shown.is_paid:
        thanks_page = reverse("shop:thanks", args=[shown.reference])
        if "HX-Request" in request.headers:
            return HttpResponse(headers={"HX-Redirect": thanks_page})
        return redirect(thanks_page)
    form = form or MeansChoice()
    refused = link_form or form
    link = payment_links.in_force(shown)
    agreement = form if isinstance(form, Agreement) else None
    version = agreement.version if agreement else None
    context = {
        "order": shown,
        "form": refused,
        "agreement": agreement,
        "terms": version,
        "terms_note": terms.note_of(version, request.user) if version else "",
        "offer": shown.open_offer,
        "face": "pending" if is_unknown else paying.face(request, shown),
        "next_look": paying.next_look(request),
        "promo_is_lost": promo_is_lost,
        "link": link,
        "link_address": settings.SITE_URL + link.get_absolute_url() if link else "",
        "link_form": link_form or LinkRecipient(),
    }
    status = 422 if refused.errors else 200
    return leads_to_payment(render(request, "shop/order.html", context, status=status))
