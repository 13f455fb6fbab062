"""Receipts: what was paid, by whom and how, what was given back since, and what remains."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from pupitre import formats
from pupitre.documents import bill, facts
from pupitre.documents.facts import Facts
from pupitre.models import Edition, Order, Refund
from pupitre.refusals import Refused


class NothingPaidYet(Refused):
    code = "nothing_paid_yet"
    message = gettext_lazy("The receipt is available once the order is paid.")


def draw(order: Order, language: str) -> bytes:
    """The receipt of a paid order, as it stands today: the same bytes until money is given back."""
    if not order.is_paid:
        raise NothingPaidYet()
    said, refunds = _billed(order), _refunds(order)
    with override(language):
        return bill.typeset_bill(
            said,
            language,
            title=_("Receipt"),
            name=_("Receipt: order {number}").format(number=order.number),
            about=[
                *bill.about_order(said),
                (_("Payment date"), bill.day(said["order"]["paid_at"], said, language)),
            ],
            parties=[(_("Billed to"), said["bill_to"]), (_("Payment"), bill.terms(said, language))],
            columns=[_("Quantity"), _("Unit price"), _("Amount")],
            total=_("Total paid"),
            saving=bill.saving(said, language),
            after=_given_back(order, refunds, language),
            written_at=max([order.paid_at, *(refund.settled_at or refund.requested_at for refund in refunds)]),
        )


def _billed(order: Order) -> Facts:
    """What the latest invoice says; an order paid before there were invoices speaks for itself."""
    latest = Edition.objects.filter(invoice__order=order).order_by("rank").last()
    return latest.facts if latest else facts.of_order(order)


def _refunds(order: Order) -> list[Refund]:
    """The money given back, or on its way, of the payment that paid the order."""
    paid = Refund.objects.filter(payment__order=order, payment__disposition="applied")
    return list(paid.exclude(status__in=Refund.NOT_GIVEN_BACK).select_related("credit_note"))


def _given_back(order: Order, refunds: list[Refund], language: str) -> bill.Rows:
    """A line for each refund, with its date and its reference, then what remains of the payment."""
    if not refunds:
        return []
    rows = [(_refund_name(refund, language), formats.money(-refund.amount_cents, language)) for refund in refunds]
    balance = order.total_cents - sum(refund.amount_cents for refund in refunds)
    return [*rows, (_("Balance"), formats.money(balance, language))]


def _refund_name(refund: Refund, language: str) -> str:
    when = formats.plain_day(refund.settled_at or refund.requested_at, language, settings.TIME_ZONE)
    sentence = _("Refund of {date}") if refund.settled_at else _("Refund asked for on {date}")
    references = [str(refund.credit_note or ""), refund.provider_reference]
    return ", ".join([sentence.format(date=when), *(reference for reference in references if reference)])
