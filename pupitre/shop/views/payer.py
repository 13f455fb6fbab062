"""The page of a payment link: someone without an account sees the bill of one order, and pays it."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import documents, payment_links
from pupitre.actions.throttles import TooManyAttempts
from pupitre.documents import receipt as receipts
from pupitre.downloads import pdf
from pupitre.models import Order, OrderLine, Payment, PaymentLink
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop import paying
from pupitre.shop.addresses import client_address
from pupitre.shop.doors import confidential
from pupitre.shop.forms.checkout import PayerChoice
from pupitre.shop.middleware import leads_to_payment

REMEMBERED = "payment_links"  # those this browser has paid through, to come back to


@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def bill(request: HttpRequest, word: str) -> HttpResponse:
    """The bill and the two ways to pay it, then the thanks. Opening it changes nothing; a button does."""
    try:
        link = payment_links.follow(word, address=client_address(request))
    except Refused as refusal:
        return _refused(request, refusal)
    if request.method != "POST":
        answered = paying.ask_the_service(link.order)
        return _page(request, link, PayerChoice(), is_unknown=not answered)

    form = PayerChoice(request.POST)
    if form.is_valid():
        _remember(request, link)
        with refusals_shown_on(form):
            return redirect(payment_links.pay(link, form.cleaned_data["means"], email=form.cleaned_data["email"]))
    return _page(request, link, form)


@require_safe
@confidential
def invoice(request: HttpRequest, word: str) -> HttpResponse:
    return _document(request, word, _invoice)


@require_safe
@confidential
def receipt(request: HttpRequest, word: str) -> HttpResponse:
    return _document(request, word, _receipt)


@require_safe
@confidential
def way_back(request: HttpRequest, payment: UUID) -> HttpResponse:
    """Where the payment service sends the payer back to: the browser knows the way to the bill, they do not."""
    remembered = request.session.get(REMEMBERED, [])
    link = PaymentLink.objects.filter(payments__uuid=payment, pk__in=remembered).first()
    if link is None:
        return render(request, "shop/payer_return.html")
    return redirect(f"{link.get_absolute_url()}{paying.word_of_return(request)}")


def _page(request: HttpRequest, link: PaymentLink, form: PayerChoice, *, is_unknown: bool = False) -> HttpResponse:
    """The face of the order as it now stands, whoever paid it meanwhile."""
    order = _shown(link)
    context = {"link": link, "order": order, "form": form, "face": _face(request, order, is_unknown=is_unknown)}
    context["next_look"] = paying.next_look(request)
    status = 422 if form.errors and not order.is_paid else 200
    return leads_to_payment(render(request, "shop/payer.html", context, status=status))


def _face(request: HttpRequest, order: Order, *, is_unknown: bool) -> str:
    if order.is_paid:
        return "paid"
    if is_unknown:
        return "pending"
    if order.status == Order.Status.CANCELLED:
        return "cancelled"
    return paying.face(request, order)


def _shown(link: PaymentLink) -> Order:
    """The order with all that its bill shows."""
    lines = Prefetch("lines", OrderLine.objects.select_related("session__course"))
    known = Order.objects.select_related("establishment", "promo")
    return known.prefetch_related(lines, "taxes", Prefetch("payments", Payment.objects.order_by("pk"))).get(
        pk=link.order_id
    )


def _remember(request: HttpRequest, link: PaymentLink) -> None:
    """Let this browser find the bill again when the payment service sends it back."""
    known = [pk for pk in request.session.get(REMEMBERED, []) if pk != link.pk]
    request.session[REMEMBERED] = [*known, link.pk][-20:]


def _document(request: HttpRequest, word: str, draw: Callable[[Order], HttpResponse]) -> HttpResponse:
    """What whoever paid takes away. Before that, the link leads to the bill."""
    try:
        link = payment_links.follow(word, address=client_address(request))
    except Refused as refusal:
        return _refused(request, refusal)
    return draw(link.order) if link.order.is_paid else redirect(link)


def _invoice(order: Order) -> HttpResponse:
    document = documents.invoice_of(order)
    copy = documents.hand_out(document, get_language() or documents.FRENCH, by=None)
    return pdf(bytes(copy.pdf), _("invoice-{number}.pdf").format(number=document.number))


def _receipt(order: Order) -> HttpResponse:
    name = _("receipt-{number}.pdf").format(number=order.number)
    return pdf(receipts.draw(order, get_language() or "fr-ca"), name)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    status = 404 if isinstance(refusal, payment_links.LinkUnknown) else 410
    response = render(request, "shop/payer_refused.html", {"refusal": refusal}, status=status)
    if isinstance(refusal, TooManyAttempts):
        response.status_code = 429
        response["Retry-After"] = str(refusal.facts["n"] * 60)
    return response
