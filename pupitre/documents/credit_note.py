"""Credit notes: what is taken back from an invoice, with both taxes, so that the buyer gives back what was claimed."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from pupitre.documents import bill
from pupitre.documents.facts import Facts
from pupitre.models import CreditNote


def draw(said: Facts, language: str) -> bytes:
    """The credit note these facts make, and nothing else: the same facts give the same bytes."""
    with override(language):
        return bill.typeset_bill(
            said,
            language,
            title=_("Credit note"),
            name=_("Credit note {number}").format(number=said["number"]),
            about=[
                (_("Credit note number"), said["number"]),
                (_("Date"), bill.day(said["issued_at"], said, language)),
                *bill.about_order(said),
            ],
            parties=[(_("Issued to"), said["bill_to"]), (_("Reason"), _reason(said, language))],
            columns=[_("Quantity"), _("Amount")],
            total=_("Total refunded"),
            written_at=datetime.fromisoformat(said["issued_at"]),
        )


def _reason(said: Facts, language: str) -> list[str]:
    invoice = said["refers_to"]
    told = [
        _("Refers to invoice {number} of {date}").format(
            number=invoice["number"], date=bill.day(invoice["issued_at"], said, language)
        ),
        str(CreditNote.Reason(said["reason"]).label),
        _("Given back under the refund policy: {n}%").format(n=said["percent"]) if said["percent"] < 100 else "",
        said["note"],
    ]
    return [sentence for sentence in told if sentence]
