"""Orders and invoices: every order of the establishment, and the documents that go with it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import documents as issued
from pupitre.downloads import pdf
from pupitre.models import CreditNote, Invoice, Right
from pupitre.queries.documents import ORDERS_PER_PAGE, OrderRow, orders_of, standing_of
from pupitre.refusals import refusals_shown_on
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms import Form


@for_establishment(Right.SEE_MONEY)
@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    page = Paginator(orders_of(request.user.establishment), ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [OrderRow(order, standing_of(order)) for order in page]
    return render(request, "shop/documents.html", {"page_obj": page, "rows": rows})


@for_establishment(Right.SEE_MONEY)
@require_safe
def invoice(request: HttpRequest, reference: str) -> HttpResponse:
    return _copy(request, _own_invoice(request, reference), _("invoice-{number}.pdf"))


@for_establishment(Right.SEE_MONEY)
@require_safe
def credit_note(request: HttpRequest, reference: str, serial: int) -> HttpResponse:
    own = CreditNote.objects.filter(order__establishment=request.user.establishment)
    document = get_object_or_404(own.select_related("order__establishment"), order__reference=reference, serial=serial)
    return _copy(request, document, _("credit-note-{number}.pdf"))


@for_establishment(Right.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for corrected copies of what was issued to a former name or address."""
    document = _own_invoice(request, reference)
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_shown_on(form):
            issued.correct_address(document.order, by=request.user)
            messages.success(request, _("Corrected copies are ready. The earlier copies are kept as well."))
            return redirect("shop:documents")
    context = {
        "form": form,
        "order": document.order,
        "documents": [document, *document.order.credit_notes.all()],
        "on_paper": document.latest_edition.facts["bill_to"],
        "today": document.order.establishment.bill_to.splitlines(),
    }
    return render(request, "shop/invoice_address.html", context, status=422 if form.errors else 200)


def _own_invoice(request: HttpRequest, reference: str) -> Invoice:
    """The invoice of one of the establishment's orders; any other is not found."""
    own = Invoice.objects.filter(order__establishment=request.user.establishment)
    return get_object_or_404(own.select_related("order__establishment"), order__reference=reference)


def _copy(request: HttpRequest, document: Invoice | CreditNote, name: str) -> HttpResponse:
    """The copy in the language of the page it was asked from: each language has its address."""
    copy = issued.hand_out(document, get_language() or issued.FRENCH, by=request.user)
    return pdf(bytes(copy.pdf), name.format(number=document.number))
