"""Do the invoices and the credit notes agree with the orders, with their numbers, and with their fingerprints?"""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Concat

from pupitre.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    Edition,
    Invoice,
    IssuedCopy,
    Job,
    NumberSeries,
    Order,
    OrderLine,
    OrderTax,
)

CHUNK = 50


def disagreements() -> Iterator[str]:
    """Every document that contradicts something, in a sentence that names it."""
    yield from _invoices()
    yield from _numbers("invoice", Invoice)
    yield from _numbers("credit_note", CreditNote)
    yield from _too_much_credited()
    yield from _credit_notes_add_up()
    yield from _editions()
    yield from _copies()


def _invoices() -> Iterator[str]:
    """A paid order has its invoice, for the same amounts; another order has none."""
    late = Job.objects.unfinished().filter(key=Concat(Value("invoice.issue:"), OuterRef("reference")))
    for order in Order.objects.filter(~Exists(late), status=Order.Status.PAID, invoice=None):
        yield f"order {order}: paid, and it has no invoice"
    invoices = Invoice.objects.select_related("order")
    for invoice in invoices.exclude(order__status=Order.Status.PAID):
        yield f"invoice {invoice}: its order {invoice.order} is not paid"
    for invoice in invoices.exclude(net_cents=F("order__net_cents"), total_cents=F("order__total_cents")):
        yield f"invoice {invoice}: {invoice.total_cents} cents, its order says {invoice.order.total_cents}"


def _numbers(kind: str, documents: type[Invoice] | type[CreditNote]) -> Iterator[str]:
    """Numbers begin at 1 and none is missing: as many documents as the last number, which is the one of the series."""
    given = {row["mode"]: row for row in documents.objects.values("mode").annotate(n=Count("pk"), last=Max("serial"))}
    series = dict(NumberSeries.objects.filter(kind=kind).values_list("mode", "last"))
    for mode in sorted(given.keys() | series.keys()):
        found = given.get(mode, {"n": 0, "last": 0})
        if not found["n"] == found["last"] == series.get(mode, 0):
            said = f"{found['n']} documents, the last number is {found['last']}, the series says {series.get(mode, 0)}"
            yield f"{kind} numbers, {mode}: {said}"


def _too_much_credited() -> Iterator[str]:
    """No line, no tax and no order gives back more than it holds."""
    lines = OrderLine.objects.annotate(
        count=Coalesce(Sum("credited__seat_count"), 0), cents=Coalesce(Sum("credited__net_cents"), 0)
    )
    for line in lines.filter(Q(count__gt=F("quantity")) | Q(cents__gt=F("net_cents"))).select_related("order"):
        yield f"order {line.order}: {line.count} seats and {line.cents} cents credited of a line of {line.net_cents}"
    for tax in OrderTax.objects.annotate(cents=Coalesce(Sum("credited__amount_cents"), 0)).filter(
        cents__gt=F("amount_cents")
    ):
        yield f"order {tax.order}: {tax.cents} cents credited of a tax of {tax.amount_cents}"
    for order in Order.objects.annotate(cents=Coalesce(Sum("credit_notes__total_cents"), 0)).filter(
        cents__gt=F("total_cents")
    ):
        yield f"order {order}: {order.cents} cents credited of {order.total_cents}"


def _credit_notes_add_up() -> Iterator[str]:
    notes = CreditNote.objects.annotate(
        lines_cents=_sum_of(CreditNoteLine.objects.all(), "net_cents"),
        taxes_cents=_sum_of(CreditNoteTax.objects.all(), "amount_cents"),
    )
    adds_up = Q(net_cents=F("lines_cents"), total_cents=F("lines_cents") + F("taxes_cents"))
    for note in notes.exclude(adds_up):
        yield f"credit note {note}: {note.total_cents} cents, not {note.lines_cents} and {note.taxes_cents} of taxes"
    for line in CreditNoteLine.objects.exclude(line__order=F("credit_note__order")).select_related("credit_note"):
        yield f"credit note {line.credit_note}: it credits a line of another order"


def _sum_of(parts: QuerySet, field: str) -> Coalesce:
    own = parts.filter(credit_note=OuterRef("pk")).order_by().values("credit_note").annotate(cents=Sum(field))
    return Coalesce(Subquery(own.values("cents")), 0)


def _editions() -> Iterator[str]:
    """Every document has its words, and they are the ones that were written."""
    for documents in (Invoice.objects, CreditNote.objects):
        for document in documents.filter(editions=None):
            yield f"{document}: nothing says what it holds"
    for edition in Edition.objects.select_related("invoice", "credit_note").iterator(CHUNK):
        if not edition.is_intact:
            yield f"{edition}: its content is no longer what was issued"
        document, said = edition.document, edition.facts
        if (said["number"], said["total_cents"]) != (document.number, document.total_cents):
            yield f"{edition}: it speaks of {said['number']} and of {said['total_cents']} cents"


def _copies() -> Iterator[str]:
    for copy in IssuedCopy.objects.select_related("edition__invoice", "edition__credit_note").iterator(CHUNK):
        if not copy.is_intact:
            yield f"{copy.edition}: its copy in {copy.language} is no longer the file that was issued"
