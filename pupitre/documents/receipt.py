"""Receipts: what was paid, by whom and how, with what a registered buyer needs to claim the taxes back."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from pupitre import formats
from pupitre.documents.details import letterhead, no_value, place_of, time_of
from pupitre.documents.typesetting import typeset
from pupitre.models import Order, OrderLine, OrderTax, Provider, TaxClass
from pupitre.models.payments import Means
from pupitre.refusals import Refused


class NothingPaidYet(Refused):
    code = "nothing_paid_yet"
    message = gettext_lazy("The receipt is available once the order is paid.")


def draw(order: Order, language: str) -> bytes:
    """The receipt of a paid order. It says everything, whatever the amount, and the same order gives the same bytes."""
    if not order.is_paid:
        raise NothingPaidYet()
    provider = Provider.current()
    with override(language):
        facts = {
            "title": _("Receipt: order {number}").format(number=order.number),
            "lang": language[:2],
            "provider": letterhead(provider, language),
            "no_value": no_value(order),
            "words": _words(order, language),
            "about": _about(order, language),
            "bill_to": order.bill_to.splitlines(),
            "terms": _terms(order, language),
            "lines": [_line(line, language) for line in order.lines.select_related("session__course")],
            "sums": _sums(order, language),
            "total": formats.money(order.total_cents, language),
            "notes": _notes(provider),
        }
    return typeset("receipt.typ", facts, written_at=order.paid_at)


def _words(order: Order, language: str) -> dict[str, str]:
    return {
        "title": _("Receipt"),
        "bill_to": _("Billed to"),
        "payment": _("Payment"),
        "description": _("Description"),
        "quantity": _("Quantity"),
        "unit_price": _("Unit price"),
        "amount": _("Amount"),
        "total": _("Total paid"),
        "currency": _("All amounts are in Canadian dollars."),
        "page": _("Page {n} of {total}"),
        # Each language says in the other one that the document exists there too.
        "other_language": _("Ce reçu existe aussi en français dans « Mes achats », commande {number}.").format(
            number=order.number
        ),
        "other_lang": "en" if language.startswith("fr") else "fr",
    }


def _about(order: Order, language: str) -> list[tuple[str, str]]:
    return [
        (_("Order number"), order.number),
        (_("Payment date"), formats.plain_day(order.paid_at, language, settings.TIME_ZONE)),
    ]


def _terms(order: Order, language: str) -> list[str]:
    """How it was paid: the terms the tax authorities ask for, then what finds the payment again."""
    payment = order.payment
    if payment is None:
        return [_("Payment terms: nothing to pay")]

    terms = {
        Means.STRIPE: _("Payment terms: paid in full on {date}, by credit card"),
        Means.PAYPAL: _("Payment terms: paid in full on {date}, by PayPal"),
    }
    date = formats.plain_day(order.paid_at, language, settings.TIME_ZONE)
    reference = payment.charge_reference or payment.provider_reference
    said = [
        terms[Means(payment.means)].format(date=date),
        payment.paid_with,
        _("Payment reference: {reference}").format(reference=reference) if reference else "",
    ]
    return [line for line in said if line]


def _line(line: OrderLine, language: str) -> dict[str, Any]:
    session = line.session
    time = time_of(session, language)
    return {
        "what": session.course.title,
        "details": [f"{time['when']} ({time['zone']})", ", ".join(place_of(session, language)), _untaxed(line)],
        "quantity": formats.number(line.quantity, language),
        "unit_price": formats.money(line.unit_price_cents, language),
        "amount": formats.money(line.net_cents, language),
    }


def _untaxed(line: OrderLine) -> str:
    """Why a line bears no tax."""
    if line.tax_class == TaxClass.TAXABLE:
        return ""
    kind = _("Tax exempt") if line.tax_class == TaxClass.EXEMPT else _("Zero-rated")
    reason = line.session.course.tax_reason
    return f"{kind} ({reason})" if reason else kind


def _sums(order: Order, language: str) -> list[tuple[str, str]]:
    due = list(order.taxes.all())
    several_places = len({tax.place for tax in due}) > 1
    return [
        (_("Subtotal"), formats.money(order.net_cents, language)),
        *((_tax_name(tax, language, several_places), formats.money(tax.amount_cents, language)) for tax in due),
    ]


def _tax_name(tax: OrderTax, language: str, with_place: bool) -> str:
    names = {"gst": _("GST ({rate})"), "qst": _("QST ({rate})"), "hst": _("HST ({rate})")}
    name = names[tax.code].format(rate=formats.rate(tax.rate, language))
    return f"{name}, {formats.province_name(tax.place, language)}" if with_place else name


def _notes(provider: Provider) -> list[str]:
    """What the buyer needs to claim the taxes and to count the training: numbers of registration and accreditation."""
    notes = []
    if provider.is_registered_for_taxes:
        notes.append(_("GST number: {number}").format(number=provider.gst_number))
        if provider.qst_number:
            notes.append(_("QST number: {number}").format(number=provider.qst_number))
    else:
        notes.append(_("Supplier not registered for GST or QST: no tax collected"))
    if provider.accreditation_number:
        accredited = _(
            "Training body accredited under the Act to promote workforce skills development and recognition, "
            "accreditation number: {number}"
        )
        notes.append(accredited.format(number=provider.accreditation_number))
    return notes
