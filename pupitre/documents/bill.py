"""What our invoices, credit notes and receipts share, written from their facts in the language of the reader."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.documents.details import accreditation, letterhead, no_value, place_of, time_of
from pupitre.documents.facts import Facts
from pupitre.documents.typesetting import typeset
from pupitre.models import CourseSession, Provider, TaxClass
from pupitre.models.payments import Means

Rows = list[tuple[str, str]]


def typeset_bill(
    said: Facts,
    language: str,
    *,
    title: str,
    name: str,
    about: Rows,
    parties: list[tuple[str, list[str]]],
    columns: list[str],
    total: str,
    written_at: datetime,
    saving: str = "",
    after: Rows | None = None,
) -> bytes:
    """A bill on as many sheets as it takes: `title` heads it, `name` is what a screen reader says of the file.

    `about` says its number and its date, `parties` to whom and how; `columns` names the amounts of each line, `total`
    the sum; `after` is what happened since.
    """
    return typeset(
        "bill.typ",
        {
            "title": name,
            "lang": language[:2],
            "provider": letterhead(Provider(**said["seller"]), language),
            "no_value": no_value(said["mode"]),
            "correction": _correction(said, language),
            "words": {
                "title": title,
                "total": total,
                "currency": _("All amounts are in Canadian dollars."),
                "page": _("Page {n} of {total}"),
                # Each language says in the other one that the document exists there too.
                "other_language": _(
                    "Ce document existe aussi en français dans «\u00a0Commandes et factures\u00a0», commande {number}."
                ).format(number=said["order"]["number"]),
                "other_lang": "en" if language.startswith("fr") else "fr",
            },
            "about": about,
            "parties": parties,
            "columns": [_("Description"), *columns],
            "lines": [_line(line, said, language, columns) for line in said["lines"]],
            "sums": _sums(said, language),
            "total": formats.money(said["total_cents"], language),
            "saving": saving,
            "after": after or [],
            "notes": _notes(said["seller"], said["order"]["terms_version"]),
        },
        written_at=written_at,
    )


def about_order(said: Facts) -> Rows:
    """The numbers by which both sides find the order again."""
    order = said["order"]
    asked = order["purchase_order_number"]
    return [(_("Order number"), order["number"]), *([(_("Purchase order number"), asked)] if asked else [])]


def day(written: str, said: Facts, language: str) -> str:
    """The day of a moment of the facts, by the clocks of the seller."""
    return formats.plain_day(datetime.fromisoformat(written), language, said["time_zone"])


def terms(said: Facts, language: str) -> list[str]:
    """How it was paid: the terms the tax authorities ask for, then what finds the payment again."""
    payment = said["payment"]
    if payment is None:
        return [_("Payment terms: nothing to pay")]

    sentences = {
        Means.STRIPE: _("Payment terms: paid in full on {date}, by credit card"),
        Means.PAYPAL: _("Payment terms: paid in full on {date}, by PayPal"),
    }
    told = [
        sentences[Means(payment["means"])].format(date=day(said["order"]["paid_at"], said, language)),
        payment["paid_with"],
        _("Payment reference: {reference}").format(reference=payment["reference"]) if payment["reference"] else "",
    ]
    return [sentence for sentence in told if sentence]


def saving(said: Facts, language: str) -> str:
    """What the buyer did not pay, thanks to rebates and member prices."""
    saved = sum(line["quantity"] * line["list_price_cents"] - line["net_cents"] for line in said["lines"])
    return _("You save {amount} before taxes.").format(amount=formats.money(saved, language)) if saved > 0 else ""


def _correction(said: Facts, language: str) -> str:
    replaced = said.get("replaces")
    if replaced is None:
        return ""
    sentence = _("Corrected copy {n}, replaces the copy of {date}")
    return sentence.format(n=replaced["edition"], date=day(replaced["issued_at"], said, language))


def _line(line: Facts, said: Facts, language: str, columns: list[str]) -> dict[str, Any]:
    amounts = [formats.number(line["quantity"], language) if line["quantity"] else "", ""]
    if "unit_price_cents" in line:
        amounts[1:1] = [formats.money(line["unit_price_cents"], language)]
    amounts[-1] = formats.money(line["net_cents"], language)
    session = _session(line["session"])
    time = time_of(session, language)
    details = [
        _("Price difference, to move to this session") if line.get("pays_a_move") else "",
        f"{time['when']} ({time['zone']})",
        ", ".join(place_of(session, language)),
        *_rebates(line, said, language),
        _untaxed(line),
        _taxed_where(line, said, language),
    ]
    return {
        "what": line["title"]["en"] if language.startswith("en") and line["title"]["en"] else line["title"]["fr"],
        "details": [detail for detail in details if detail],
        "amounts": amounts,
    }


def _session(known: Facts) -> CourseSession:
    """The session as it was the day the document was issued."""
    moments = {name: datetime.fromisoformat(known[name]) for name in ("starts_at", "ends_at")}
    return CourseSession(**known | moments)


def _rebates(line: Facts, said: Facts, language: str) -> list[str]:
    """What was taken off a line before its taxes."""
    told = []
    if line.get("unit_price_cents", 0) < line.get("list_price_cents", 0):
        price = formats.money(line["list_price_cents"], language)
        told.append(_("Member price, instead of {price}").format(price=price))
    if line.get("volume_discount_cents"):
        told.append(f"{_('Volume discount')} {formats.money(-line['volume_discount_cents'], language)}")
    if line.get("promo_discount_cents"):
        name = _("Discount ({code})").format(code=said["promo_code"])
        told.append(f"{name} {formats.money(-line['promo_discount_cents'], language)}")
    return told


def _untaxed(line: Facts) -> str:
    """Why a line bears no tax."""
    if line["tax_class"] == TaxClass.TAXABLE:
        return ""
    kind = _("Tax exempt") if line["tax_class"] == TaxClass.EXEMPT else _("Zero-rated")
    return f"{kind} ({line['tax_reason']})" if line["tax_reason"] else kind


def _taxed_where(line: Facts, said: Facts, language: str) -> str:
    """The province whose taxes a line bears, when the lines are not all of one."""
    if len({each["tax_place"] for each in said["lines"]}) < 2 or line["tax_class"] != TaxClass.TAXABLE:
        return ""
    reasons = {
        "venue": _("Taxes of {province}: where the session takes place"),
        "buyer_address": _("Taxes of {province}: the buyer’s address"),
    }
    return reasons[line["tax_place_reason"]].format(province=formats.province_name(line["tax_place"], language))


def _sums(said: Facts, language: str) -> Rows:
    several_places = len({tax["place"] for tax in said["taxes"]}) > 1
    return [
        (_("Subtotal"), formats.money(said["net_cents"], language)),
        *(
            (_tax_name(tax, language, several_places), formats.money(tax["amount_cents"], language))
            for tax in said["taxes"]
        ),
    ]


def _tax_name(tax: Facts, language: str, with_place: bool) -> str:
    names = {"gst": _("GST ({rate})"), "qst": _("QST ({rate})"), "hst": _("HST ({rate})")}
    name = names[tax["code"]].format(rate=formats.rate(Decimal(tax["rate"]), language))
    return f"{name}, {formats.province_name(tax['place'], language)}" if with_place else name


def _notes(seller: Facts, terms_version: int | None) -> list[str]:
    """What the buyer needs to claim the taxes and to count the training: numbers of registration and accreditation.
    Then the terms of sale that were agreed to.
    """
    notes = []
    if seller["gst_number"]:
        notes.append(_("GST number: {number}").format(number=seller["gst_number"]))
        if seller["qst_number"]:
            notes.append(_("QST number: {number}").format(number=seller["qst_number"]))
    else:
        notes.append(_("Supplier not registered for GST or QST: no tax collected"))
    if accredited := accreditation(seller["accreditation_number"]):
        notes.append(accredited)
    if terms_version:
        notes.append(_("Terms of sale, version {n}").format(n=terms_version))
    return notes
