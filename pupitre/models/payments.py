"""Money: attempts to pay, what the payment services told us, and refunds.

The payment service is the truth and these rows are our copy of it; `actions/payments.py` is the only one to write them.
"""

from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre import clock, codes
from pupitre.models.orders import Order
from pupitre.models.people import User


class Means(models.TextChoices):
    """The ways to pay, by the key of their gateway."""

    STRIPE = "stripe", _("Credit card")
    PAYPAL = "paypal", "PayPal"


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self):
        """Those through which money could still come in."""
        return self.filter(status__in=Payment.LIVE_STATUSES)

    def known_as(self, means: str, uuid: str, *references: str) -> "Payment | None":
        """The payment that a service speaks of: by the name we gave it, or by one of the service's own."""
        ours = self.filter(means=means)
        if uuid and is_uuid(uuid) and (found := ours.filter(uuid=uuid).first()):
            return found
        names = [reference for reference in references if reference]
        return ours.filter(Q(provider_reference__in=names) | Q(charge_reference__in=names)).first()


class Payment(models.Model):
    """One attempt to pay an order. Never more than one can be paid at a time."""

    class Status(models.TextChoices):
        CREATED = "created", _("Created")
        OPEN = "open", _("Open")
        CAPTURING = "capturing", _("Capturing")
        PROCESSING = "processing", _("Processing")
        SUCCEEDED = "succeeded", _("Succeeded")
        CLOSED = "closed", _("Closed")
        ABANDONED = "abandoned", _("Abandoned")

    LIVE_STATUSES = (Status.CREATED, Status.OPEN, Status.CAPTURING, Status.PROCESSING)

    class Disposition(models.TextChoices):
        """What became of the money of a payment that succeeded."""

        APPLIED = "applied", _("Applied to the order")
        SURPLUS = "surplus", _("Refunded: the order did not need it")
        REVIEW = "review", _("To be reviewed by a person")

    uuid = models.UUIDField(_("identifier"), unique=True, default=uuid4, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("order"), related_name="payments")
    means = models.CharField(_("payment method"), max_length=12, choices=Means)
    attempt = models.PositiveIntegerField(_("attempt"), default=1)
    mode = models.CharField(_("payment mode"), max_length=8)
    amount_cents = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, default="CAD")
    received_cents = models.PositiveIntegerField(
        _("amount received"), null=True, blank=True, help_text=_("What the service says it took, once it did.")
    )
    received_currency = models.CharField(_("currency received"), max_length=3, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.CREATED)
    disposition = models.CharField(_("what became of it"), max_length=8, choices=Disposition, blank=True)
    request_body = models.JSONField(default=dict)
    link = models.ForeignKey(
        "PaymentLink", models.PROTECT, verbose_name=_("paid through"), null=True, blank=True, related_name="payments"
    )
    provider_reference = models.CharField(_("reference at the payment service"), max_length=255, blank=True)
    charge_reference = models.CharField(_("reference of the charge"), max_length=255, blank=True)
    url = models.TextField(blank=True)
    paid_with = models.CharField(
        _("paid with"), max_length=255, blank=True, help_text=_("“Visa •••• 4242”, or the payer’s address.")
    )
    failure_code = models.CharField(_("reason of the failure"), max_length=80, blank=True)
    checks = models.PositiveIntegerField(_("number of checks"), default=0)
    captures_declined = models.PositiveIntegerField(_("captures declined"), default=0)
    created_at = models.DateTimeField(_("started at"), default=clock.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["created", "open", "capturing", "processing"]),
                name="one_live_payment_per_order",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(disposition="applied"), name="one_applied_payment_per_order"
            ),
            models.UniqueConstraint(
                fields=["means", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="one_payment_per_provider_reference",
            ),
            models.CheckConstraint(
                condition=Q(status="succeeded") & ~Q(disposition="") | ~Q(status="succeeded") & Q(disposition=""),
                name="succeeded_payment_says_what_became_of_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_means_display()} {self.provider_reference or self.uuid}"

    @property
    def key(self) -> str:
        return f"pay_{self.uuid}"

    @property
    def capture_key(self) -> str:
        # A service that declined a capture may say the same again to the same key: a new try takes a new one.
        return f"cap_{self.uuid}_{self.captures_declined}"

    @property
    def is_live(self) -> bool:
        """Whether money could still come in through this attempt."""
        return self.status in self.LIVE_STATUSES

    @property
    def is_applied(self) -> bool:
        return self.disposition == self.Disposition.APPLIED


class ProviderEvent(models.Model):
    """A webhook that a payment service signed. A trigger to ask it again, never a fact in itself."""

    means = models.CharField(_("payment method"), max_length=12, choices=Means)
    event_id = models.CharField(_("notice number"), max_length=255)
    kind = models.CharField(_("kind"), max_length=120)
    mode = models.CharField(_("payment mode"), max_length=8)
    payment_uuid = models.CharField(_("payment"), max_length=64, blank=True)
    reference = models.CharField(_("reference"), max_length=255, blank=True)
    dispute_reference = models.CharField(_("dispute"), max_length=255, blank=True)
    body = models.TextField(_("content"), blank=True, help_text=_("Forgotten after 90 days."))
    received_at = models.DateTimeField(_("received at"), default=clock.now)
    was_missed = models.BooleanField(
        _("missed"), default=False, help_text=_("It never arrived: it was found by asking the service.")
    )
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("payment notice")
        verbose_name_plural = _("payment notices")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["means", "event_id"], name="one_row_per_provider_event")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class ProviderCall(models.Model):
    """What we asked a payment service, and when: no body, no key, no name."""

    means = models.CharField(_("payment method"), max_length=12, choices=Means)
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("path"), max_length=300)
    key = models.CharField(_("key"), max_length=120, blank=True)
    status = models.PositiveIntegerField(_("answer"), help_text=_("0 when no answer came."))
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    request_id = models.CharField(_("request number"), max_length=120, blank=True)
    at = models.DateTimeField(_("when"), default=clock.now)

    class Meta:
        verbose_name = _("question to a payment service")
        verbose_name_plural = _("questions to payment services")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class Refund(models.Model):
    """Money given back on a payment."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        SUBMITTED = "submitted", _("Submitted")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", pgettext_lazy("refund", "Cancelled")

    class Origin(models.TextChoices):
        US = "us", _("Asked for here")
        DASHBOARD = "dashboard", _("Made at the payment service")
        HAND = "hand", _("Given back by other means")

    NOT_GIVEN_BACK = (Status.FAILED, Status.CANCELED)
    DISPUTED = "disputed"  # the reason, in our own words, of one given up because the bank gave the money back

    uuid = models.UUIDField(_("identifier"), unique=True, default=uuid4, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, verbose_name=_("payment"), related_name="refunds")
    credit_note = models.ForeignKey(
        "CreditNote", models.PROTECT, verbose_name=_("credit note"), null=True, blank=True, related_name="refunds"
    )
    origin = models.CharField(_("origin"), max_length=12, choices=Origin, default=Origin.US)
    amount_cents = models.PositiveIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=40)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.REQUESTED)
    provider_reference = models.CharField(_("reference at the payment service"), max_length=255, blank=True)
    failure_code = models.CharField(_("reason of the failure"), max_length=80, blank=True)
    requested_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("requested by"), null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested at"), default=clock.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gte=1), name="refund_gives_something_back"),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(reason="surplus") & ~Q(status__in=["failed", "canceled"]),
                name="a_surplus_is_refunded_once",
            ),
            models.UniqueConstraint(
                fields=["payment", "provider_reference"],
                condition=~Q(provider_reference=""),
                name="one_refund_per_provider_reference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} · {self.status}"

    @property
    def key(self) -> str:
        return f"ref_{self.uuid}"


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def freezing(self):
        """Those that keep their payment from being refunded: the money left already, or may come back."""
        return self.filter(status__in=[Dispute.Status.OPEN, Dispute.Status.LOST])


class Dispute(models.Model):
    """A payment that the buyer contests at the bank. The money leaves at once; registrations stay; refunds wait."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    payment = models.ForeignKey(Payment, models.PROTECT, verbose_name=_("payment"), related_name="disputes")
    provider_reference = models.CharField(_("reference at the payment service"), max_length=255)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    reason = models.CharField(_("reason"), max_length=80, blank=True)
    amount_cents = models.PositiveIntegerField(_("amount"))
    answer_by = models.DateTimeField(_("answer before"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), default=clock.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "provider_reference"], name="one_row_per_dispute"),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None) | ~Q(status="open") & Q(closed_at__isnull=False),
                name="closed_dispute_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_reference} {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class BalanceEntry(models.Model):
    """One movement of our balance at a payment service, as it wrote it: fees are read there, never computed."""

    class Kind(models.TextChoices):
        CHARGE = "charge", _("Payment")
        REFUND = "refund", _("Refund")
        DISPUTE = "dispute", _("Dispute")

    payment = models.ForeignKey(Payment, models.PROTECT, verbose_name=_("payment"), related_name="balance_entries")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    provider_reference = models.CharField(_("reference at the payment service"), max_length=255)
    gross_cents = models.IntegerField(_("gross"))
    fee_cents = models.IntegerField(_("fees"))
    net_cents = models.IntegerField(_("net"))
    currency = models.CharField(_("currency"), max_length=3, default="CAD")
    made_at = models.DateTimeField(_("when"), default=clock.now, help_text=_("By the service’s own books."))
    available_on = models.DateField(_("available on"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), default=clock.now)

    class Meta:
        verbose_name = _("balance entry")
        verbose_name_plural = _("balance entries")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "provider_reference"], name="one_row_per_balance_entry"),
            models.CheckConstraint(
                condition=Q(net_cents=F("gross_cents") - F("fee_cents")), name="balance_entry_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.gross_cents}"


class StrayPaymentQuerySet(models.QuerySet["StrayPayment"]):
    def unresolved(self):
        return self.filter(resolved_at=None)


class StrayPayment(models.Model):
    """Money that a payment service holds for us and that no payment explains: our database has forgotten it, as after
    a backup was restored. A person decides what becomes of it, and says so here.
    """

    means = models.CharField(_("payment method"), max_length=12, choices=Means)
    provider_reference = models.CharField(_("reference at the payment service"), max_length=255)
    charge_reference = models.CharField(_("reference of the charge"), max_length=255, blank=True)
    mode = models.CharField(_("payment mode"), max_length=8)
    amount_cents = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    order_number = models.CharField(_("order number"), max_length=40, blank=True)
    paid_with = models.CharField(_("paid with"), max_length=255, blank=True)
    seen_at = models.DateTimeField(_("seen at"), default=clock.now)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("resolved by"), null=True, blank=True, related_name="+"
    )
    resolution = models.CharField(_("what was done about it"), max_length=300, blank=True)

    objects = StrayPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("unknown payment")
        verbose_name_plural = _("unknown payments")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["means", "provider_reference"], name="one_row_per_stray_payment"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolution="") | Q(resolved_at__isnull=False) & ~Q(resolution=""),
                name="resolved_stray_payment_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_means_display()} {self.provider_reference}"


class PaymentLink(models.Model):
    """A link that lets someone else pay an order: the accountant sees the bill and the two ways to pay, nothing else.

    The link's word is derived from `uuid` and a server key; only its keyed hash is stored.
    """

    uuid = models.UUIDField(_("identifier"), unique=True, default=uuid4, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("order"), related_name="payment_links")
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    email = models.EmailField(_("email address"), blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("created by"), related_name="+")
    created_at = models.DateTimeField(_("created at"), default=clock.now)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment link")
        verbose_name_plural = _("payment links")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(revoked_at=None), name="one_payment_link_in_force_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("shop:payer", args=[self.word])

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and clock.now() < self.expires_at

    @property
    def word(self) -> str:
        """The secret part of its address."""
        return codes.payment_word(str(self.uuid))


def is_uuid(text: str) -> bool:
    """Whether this could be the name of one of our rows: other sites of the same account give other names."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
