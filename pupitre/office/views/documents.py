"""The documents of an order: handed out, and issued again to a corrected address."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import documents
from pupitre.downloads import pdf
from pupitre.models import CreditNote, Invoice
from pupitre.office.pages import page

LANGUAGES = {"fr": "fr-ca", "en": "en"}


class Address(forms.Form):
    """To whom a document is billed: a name, then the lines of an address."""

    bill_to = forms.CharField(
        label=gettext_lazy("Bill to"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"}),
        help_text=gettext_lazy("The name on the first line, then the address."),
        error_messages={"required": gettext_lazy("Fill in this field.")},
    )

    def clean_bill_to(self) -> str:
        lines = (line.strip() for line in self.cleaned_data["bill_to"].splitlines())
        return "\n".join(line for line in lines if line)


@require_safe
def invoice(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    document = get_object_or_404(Invoice.objects.select_related("order__establishment"), order=pk)
    return _copy(request, document, language, _("invoice-{number}.pdf"))


@require_safe
def credit_note(request: HttpRequest, pk: int, serial: int, language: str) -> HttpResponse:
    notes = CreditNote.objects.select_related("order__establishment")
    document = get_object_or_404(notes, order=pk, serial=serial)
    return _copy(request, document, language, _("credit-note-{number}.pdf"))


@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Corrected copies of everything of an order, to the address typed here. The earlier copies are kept."""
    document = get_object_or_404(Invoice.objects.select_related("order__establishment"), order=pk)
    order = document.order
    on_paper = "\n".join(document.latest_edition.facts["bill_to"])
    today = order.establishment.bill_to
    form = Address(request.POST if request.method == "POST" else None, initial={"bill_to": today})
    form.use_required_attribute = False
    if form.is_valid():
        documents.reissue_all(order, form.cleaned_data["bill_to"], by=request.user)
        messages.success(request, _("Corrected copies are ready. The earlier copies are kept as well."))
        return redirect("admin:pupitre_order_change", order.pk)
    return page(
        request,
        "correction.html",
        _("Issue corrected copies: order {number}").format(number=order.number),
        order=order,
        form=form,
        on_paper=on_paper,
        documents=[document, *order.credit_notes.all()],
        status=422 if form.errors else 200,
    )


def _copy(request: HttpRequest, document: Invoice | CreditNote, language: str, name: str) -> HttpResponse:
    if language not in LANGUAGES:
        raise Http404
    copy = documents.hand_out(document, LANGUAGES[language], by=request.user)
    return pdf(bytes(copy.pdf), name.format(number=document.number))
