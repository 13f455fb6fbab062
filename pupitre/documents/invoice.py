"""Invoices: everything a registered buyer needs to claim the taxes back, whatever the amount."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from pupitre.documents import bill
from pupitre.documents.facts import Facts


def draw(said: Facts, language: str) -> bytes:
    """The invoice these facts make, and nothing else: the same facts give the same bytes."""
    with override(language):
        return bill.typeset_bill(
            said,
            language,
            title=_("Invoice"),
            name=_("Invoice {number}").format(number=said["number"]),
            about=[
                (_("Invoice number"), said["number"]),
                (_("Date"), bill.day(said["issued_at"], said, language)),
                *bill.about_order(said),
            ],
            parties=[(_("Billed to"), said["bill_to"]), (_("Payment"), bill.terms(said, language))],
            columns=[_("Quantity"), _("Unit price"), _("Amount")],
            total=_("Total"),
            saving=bill.saving(said, language),
            written_at=datetime.fromisoformat(said["issued_at"]),
        )
