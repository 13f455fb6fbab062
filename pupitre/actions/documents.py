"""What can be done with invoices and credit notes: issue them, correct their address, hand out their copies.

What was issued never changes. The number of a document is taken in the transaction of what causes it, as its last lock:
whatever is rolled back leaves no gap.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Sum

from pupitre import clock, journal
from pupitre.actions import people
from pupitre.documents import facts
from pupitre.documents.copies import copy_of
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
    User,
)
from pupitre.models.documents import fingerprint_of

FRENCH = "fr-ca"


class CreditedTooMuch(Exception):
    """More would be taken back than what remains: the caller counted wrong."""


@transaction.atomic(savepoint=False)
def issue_invoice(order: Order) -> Invoice:
    """The invoice of an order that has just been paid. Order locked by the caller, in the settling transaction."""
    said = facts.of_order(order)
    invoice = Invoice.objects.create(
        order=order,
        mode=order.mode,
        net_cents=order.net_cents,
        total_cents=order.total_cents,
        issued_at=clock.now(),
        serial=_next_number("invoice", order.mode),
    )
    _publish(invoice, said)
    return invoice


@transaction.atomic
def invoice_of(order: Order) -> Invoice:
    """The invoice of a paid order; issued now when it was paid before there were invoices. Locks the order."""
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    return Invoice.objects.filter(order=order).first() or issue_invoice(order)


def issue_late(order: Order) -> None:
    """Issue the invoice of an order paid before there were invoices."""
    invoice_of(order)


@transaction.atomic
def issue_credit_note(
    order: Order,
    *,
    lines: Sequence[tuple[OrderLine, int, int]],
    taxes: Sequence[tuple[OrderTax, int]],
    reason: CreditNote.Reason,
    note: str = "",
    percent: int = 100,
    by: User | None,
) -> CreditNote:
    """Take back from the invoice of an order: (line, seats, cents before taxes) and (tax, cents). Order locked by the
    caller, in the transaction of the refund. Raises CreditedTooMuch rather than take back what is no longer there.
    """
    _check_remains(lines, taxes)
    billed = invoice_of(order).latest_edition.facts
    said = facts.of_credit(billed, lines, taxes) | {"reason": str(reason), "note": note, "percent": percent}
    credit_note = CreditNote.objects.create(
        order=order,
        mode=order.mode,
        reason=reason,
        note=note,
        percent=percent,
        issued_by=by,
        net_cents=said["net_cents"],
        total_cents=said["total_cents"],
        issued_at=clock.now(),
        serial=_next_number("credit_note", order.mode),
    )
    CreditNoteLine.objects.bulk_create(
        [
            CreditNoteLine(credit_note=credit_note, line=line, seat_count=seats, net_cents=net)
            for line, seats, net in lines
        ]
    )
    CreditNoteTax.objects.bulk_create(
        [CreditNoteTax(credit_note=credit_note, tax=tax, amount_cents=amount) for tax, amount in taxes]
    )
    _publish(credit_note, said, by=by)
    told = {"number": credit_note.number, "total_cents": credit_note.total_cents}
    journal.record("credit_note.issued", by=by, establishment=order.establishment, order=order, facts=told)
    return credit_note


@transaction.atomic
def reissue(document: Invoice | CreditNote, bill_to: str, *, by: User) -> Edition:
    """A corrected copy: the same number and the same date to another address, naming the copy it replaces.

    The earlier copy stays. An address that is already the one on the latest copy makes none.
    """
    order = Order.objects.select_for_update(of=("self",)).select_related("establishment").get(pk=document.order_id)
    replaced = document.latest_edition
    if replaced.facts["bill_to"] == bill_to.splitlines():
        return replaced
    corrected = replaced.facts | {
        "bill_to": bill_to.splitlines(),
        "replaces": {"edition": replaced.rank, "issued_at": replaced.issued_at.isoformat()},
    }
    edition = _freeze(document, corrected, rank=replaced.rank + 1, by=by)
    told = {"number": document.number, "edition": edition.rank}
    journal.record("document.corrected", by=by, establishment=order.establishment, order=order, facts=told)
    return edition


@transaction.atomic
def correct_address(order: Order, *, by: User) -> None:
    """Reissue everything of an order to the address the establishment has now. Refuses whoever does not own it."""
    people.check_owns(by, order.establishment)
    reissue_all(order, order.establishment.bill_to, by=by)


@transaction.atomic
def reissue_all(order: Order, bill_to: str, *, by: User) -> None:
    """Corrected copies of everything of an order: its invoice and its credit notes."""
    issued: list[Invoice | CreditNote] = [invoice_of(order), *order.credit_notes.all()]
    for document in issued:
        reissue(document, bill_to, by=by)


def draw_copies(edition: Edition) -> None:
    """Draw the copies that will be asked for: the French one, always, and the one in the buyer's language."""
    for language in dict.fromkeys((FRENCH, edition.facts["language"])):
        copy_of(edition, language)


def hand_out(document: Invoice | CreditNote, language: str, *, by: User | None) -> IssuedCopy:
    """The latest copy of a document, in a language. Who got it and when is kept: a tax adjustment may depend on it."""
    edition = document.latest_edition
    copy = copy_of(edition, language)
    order = document.order
    told = {"number": document.number, "edition": edition.rank, "language": language}
    journal.record("document.downloaded", by=by, establishment=order.establishment, order=order, facts=told)
    return copy


def _check_remains(lines: Sequence[tuple[OrderLine, int, int]], taxes: Sequence[tuple[OrderTax, int]]) -> None:
    """No line, and no tax, gives back more than it has left; so neither does their total."""
    for line, seats, net in lines:
        gone = line.credited.aggregate(seats=Sum("seat_count", default=0), net=Sum("net_cents", default=0))
        if seats > line.quantity - gone["seats"] or net > line.net_cents - gone["net"]:
            raise CreditedTooMuch(f"line {line.pk}: {seats} seats and {net} cents, after {gone}")
    for tax, amount in taxes:
        gone = tax.credited.aggregate(cents=Sum("amount_cents", default=0))
        if amount > tax.amount_cents - gone["cents"]:
            raise CreditedTooMuch(f"tax {tax.pk}: {amount} cents, after {gone}")


def _next_number(kind: str, mode: str) -> int:
    """The next number of a series, begun when it has none: one statement, which holds the series until the commit."""
    table = connection.ops.quote_name(NumberSeries._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (kind, mode, last) VALUES (%s, %s, 1) "  # noqa: S608 - our own table
            f"ON CONFLICT (kind, mode) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [kind, mode],
        )
        return cursor.fetchone()[0]


def _publish(document: Invoice | CreditNote, said: facts.Facts, *, by: User | None = None) -> None:
    """The first edition of a document: what it says, with its number and its date."""
    numbered = said | {"number": document.number, "issued_at": document.issued_at.isoformat()}
    _freeze(document, numbered, rank=1, by=by)


def _freeze(document: Invoice | CreditNote, said: facts.Facts, *, rank: int, by: User | None) -> Edition:
    edition = Edition.objects.create(
        **{"invoice" if isinstance(document, Invoice) else "credit_note": document},
        rank=rank,
        facts=said,
        fingerprint=fingerprint_of(said),
        issued_by=by,
    )
    Job.objects.ask("document.draw", str(edition.pk), edition=edition.pk)
    return edition
