"""What an invoice or a credit note says, in no language: numbers, names, moments. Frozen the day it is issued, and the
only thing its copies are drawn from. Nothing here but what JSON can hold.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Model, Prefetch, prefetch_related_objects

from pupitre.models import CourseSession, Order, OrderLine, OrderTax, Payment, Provider

Facts = dict[str, Any]

SELLER = (
    *("name", "street", "city", "province", "postal_code", "phone", "email"),
    *("gst_number", "qst_number", "accreditation_number"),
)
REGISTRATION = ("gst_number", "qst_number")
PLACE = ("timezone", "delivery", "venue", "street", "city", "province", "postal_code")
PRICE = (
    *("quantity", "list_price_cents", "unit_price_cents", "volume_discount_cents", "promo_discount_cents"),
    *("net_cents", "tax_class", "tax_reason", "tax_place", "tax_place_reason"),
)
# What a credit note repeats of the line it takes back from.
DESCRIPTION = ("title", "session", "tax_class", "tax_reason", "tax_place", "tax_place_reason")


def of_order(order: Order) -> Facts:
    """What was bought, by whom, at what price, and how it was paid."""
    prefetch_related_objects([order], Prefetch("lines", OrderLine.objects.select_related("session__course")), "taxes")
    seller = Provider.current()
    return {
        "mode": order.mode,
        "language": order.language,
        "time_zone": settings.TIME_ZONE,
        "seller": _some(seller, SELLER),
        "bill_to": order.bill_to.splitlines(),
        "order": {
            "number": order.number,
            "purchase_order_number": order.purchase_order_number,
            "terms_version": order.terms.number if order.terms else None,
            "placed_at": order.placed_at.isoformat(),
            "paid_at": order.paid_at.isoformat() if order.paid_at else None,
        },
        "payment": _payment(order.payment),
        "promo_code": order.promo.code if order.promo else "",
        "lines": [_line(line) for line in order.lines.all()],
        "taxes": [_tax(tax, seller) for tax in order.taxes.all()],
        "net_cents": order.net_cents,
        "total_cents": order.total_cents,
    }


def of_credit(
    billed: Facts, lines: Iterable[tuple[OrderLine, int, int]], taxes: Iterable[tuple[OrderTax, int]]
) -> Facts:
    """What is taken back from an invoice: so many seats and cents of its lines, so many cents of its taxes."""
    described = {line["id"]: line for line in billed["lines"]}
    charged = {tax["id"]: tax for tax in billed["taxes"]}
    credited_lines = [
        {name: described[line.pk][name] for name in DESCRIPTION} | {"quantity": seats, "net_cents": net}
        for line, seats, net in lines
    ]
    credited_taxes = [charged[tax.pk] | {"amount_cents": amount} for tax, amount in taxes]
    net = sum(line["net_cents"] for line in credited_lines)
    # A tax is given back under the number it was charged under.
    seller = _some(Provider.current(), SELLER) | {number: billed["seller"][number] for number in REGISTRATION}
    return {
        **{name: billed[name] for name in ("mode", "language", "time_zone", "bill_to", "order", "payment")},
        "seller": seller,
        "refers_to": {"number": billed["number"], "issued_at": billed["issued_at"]},
        "lines": credited_lines,
        "taxes": credited_taxes,
        "net_cents": net,
        "total_cents": net + sum(tax["amount_cents"] for tax in credited_taxes),
    }


def _payment(payment: Payment | None) -> Facts | None:
    if payment is None or not payment.is_applied:
        return None
    return {
        "means": payment.means,
        "paid_with": payment.paid_with,
        "reference": payment.charge_reference or payment.provider_reference,
    }


def _line(line: OrderLine) -> Facts:
    course = line.session.course
    return {
        "id": line.pk,
        "title": {"fr": course.title_fr, "en": course.title_en},
        "session": _session(line.session),
        **_some(line, PRICE),
        **({"pays_a_move": True} if line.order.is_supplement else {}),
    }


def _session(session: CourseSession) -> Facts:
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        **_some(session, PLACE),
    }


def _tax(tax: OrderTax, seller: Provider) -> Facts:
    return {
        "id": tax.pk,
        "place": tax.place,
        "code": tax.code,
        "rate": f"{tax.rate.normalize():f}",
        "base_cents": tax.base_cents,
        "amount_cents": tax.amount_cents,
        "number": seller.qst_number if tax.code == "qst" else seller.gst_number,
    }


def _some(row: Model, fields: Iterable[str]) -> Facts:
    return {field: getattr(row, field) for field in fields}
