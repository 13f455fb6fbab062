"""What an accountant keeps: invoices, credit notes, and the copies that were issued. None of it ever changes.

The database refuses it: see the triggers in `migrations/0003_kept_documents.py`.
"""

import json
from hashlib import sha256
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.orders import Order, OrderLine, OrderTax
from pupitre.models.people import User


class NumberSeries(models.Model):
    """The last number given in a series. It moves in the transaction of the document that takes the next one, so that
    a document that could not be written leaves no gap.
    """

    kind = models.CharField(max_length=12)
    mode = models.CharField(max_length=8)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["kind", "mode"], name="one_series_per_kind_and_mode")]

    def __str__(self) -> str:
        return f"{self.kind} {self.mode}: {self.last}"


class NumberedDocument(models.Model):
    """What an invoice and a credit note have in common."""

    initials = ""
    editions: "models.QuerySet[Edition]"  # by the foreign keys of Edition

    mode = models.CharField(_("payment mode"), max_length=8)
    serial = models.PositiveIntegerField(_("number"))
    issued_at = models.DateTimeField(_("issued at"), default=clock.now)
    net_cents = models.PositiveIntegerField(_("subtotal"))
    total_cents = models.PositiveIntegerField(_("total"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people read: F-000042, or DEMO-F-000042 when it is worth nothing."""
        prefix = "" if self.mode == "live" else "DEMO-"
        return f"{prefix}{self.initials}-{self.serial:06}"

    @property
    def latest_edition(self) -> "Edition":
        """What the document says today: its first edition, or the last correction."""
        return self.editions.latest("rank")


class Invoice(NumberedDocument):
    """The invoice of a paid order, issued when it is paid."""

    initials = "F"

    order = models.OneToOneField(Order, models.PROTECT, verbose_name=_("order"), related_name="invoice")

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["mode", "serial"], name="one_invoice_per_number"),
            models.CheckConstraint(condition=Q(total_cents__gte=F("net_cents")), name="invoice_total_covers_its_net"),
        ]


class CreditNote(NumberedDocument):
    """What is taken back from an invoice: seats given back, or an amount."""

    initials = "NC"

    class Reason(models.TextChoices):
        SEATS = "seats", _("Seats given back")
        AMOUNT = "amount", _("Price reduction")
        ELSEWHERE = "elsewhere", _("Refund made at the payment service")
        DISPUTE = "dispute", _("Payment disputed by the buyer")
        MOVE = "move", _("Seats moved to a cheaper session")

    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("order"), related_name="credit_notes")
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = models.CharField(_("note"), max_length=240, blank=True, help_text=_("Printed on the credit note."))
    percent = models.PositiveSmallIntegerField(_("percentage given back"), default=100)
    issued_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("issued by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["mode", "serial"], name="one_credit_note_per_number"),
            models.CheckConstraint(
                condition=Q(total_cents__gte=F("net_cents")), name="credit_note_total_covers_its_net"
            ),
            models.CheckConstraint(condition=Q(total_cents__gte=1), name="credit_note_gives_something_back"),
        ]


class CreditNoteLine(models.Model):
    """What a credit note takes back from one line of the order, before taxes."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="credited")
    seat_count = models.PositiveIntegerField(_("number of seats"), default=0)
    net_cents = models.PositiveIntegerField(_("amount"))

    class Meta:
        verbose_name = _("line of a credit note")
        verbose_name_plural = _("lines of credit notes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "line"], name="one_credit_per_order_line"),
        ]

    def __str__(self) -> str:
        return f"{self.credit_note_id}: {self.net_cents}"


class CreditNoteTax(models.Model):
    """What a credit note takes back from one tax of the order."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="taxes")
    tax = models.ForeignKey(OrderTax, models.PROTECT, related_name="credited")
    amount_cents = models.PositiveIntegerField(_("amount"))

    class Meta:
        verbose_name = _("tax of a credit note")
        verbose_name_plural = _("taxes of credit notes")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["credit_note", "tax"], name="one_credit_per_order_tax")]

    def __str__(self) -> str:
        return f"{self.credit_note_id}: {self.amount_cents}"


class Edition(models.Model):
    """What a document says, frozen: the seller, the buyer, the lines, the taxes. A corrected address makes a second
    edition of the same number, which names the first.
    """

    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, blank=True, related_name="editions")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, null=True, blank=True, related_name="editions")
    rank = models.PositiveIntegerField(_("edition"), default=1)
    facts = models.JSONField(_("content"))
    fingerprint = models.CharField(_("fingerprint of the content"), max_length=64)
    issued_at = models.DateTimeField(_("issued at"), default=clock.now)
    issued_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("issued by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("edition of a document")
        verbose_name_plural = _("editions of documents")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "rank"], name="one_edition_per_rank_of_an_invoice"),
            models.UniqueConstraint(fields=["credit_note", "rank"], name="one_edition_per_rank_of_a_credit_note"),
            models.CheckConstraint(
                condition=Q(invoice=None, credit_note__isnull=False) | Q(invoice__isnull=False, credit_note=None),
                name="edition_of_one_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} ({self.rank})"

    @property
    def document(self) -> Invoice | CreditNote:
        document = self.invoice or self.credit_note
        assert document is not None  # the database refuses an edition of nothing
        return document

    @property
    def is_intact(self) -> bool:
        return self.fingerprint == fingerprint_of(self.facts)


class IssuedCopy(models.Model):
    """The PDF of an edition in one language, as it was handed out, for ever."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="copies")
    language = models.CharField(_("language"), max_length=5)
    pdf = models.BinaryField()
    fingerprint = models.CharField(_("fingerprint of the file"), max_length=64)
    drawn_at = models.DateTimeField(_("drawn at"), default=clock.now)

    class Meta:
        verbose_name = _("issued copy")
        verbose_name_plural = _("issued copies")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["edition", "language"], name="one_copy_per_language")]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.language}"

    @property
    def is_intact(self) -> bool:
        return self.fingerprint == sha256(self.pdf).hexdigest()


def fingerprint_of(facts: dict[str, Any]) -> str:
    """The same for the same content, in whatever order a database gives it back."""
    written = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(written.encode()).hexdigest()
