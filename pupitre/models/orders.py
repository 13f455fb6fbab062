"""What is bought: the cart before paying, the order after."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.codes import order_reference
from pupitre.models.catalogue import CourseSession
from pupitre.models.people import READER_LANGUAGES, Establishment, User

# The payment page closes a little before the seats are let go: the buyer is told the shorter time.
HOLD_MARGIN = timedelta(minutes=5)


class Cart(models.Model):
    """The seats someone thinks of buying. It holds nothing: it shows what is left and says so."""

    user = models.OneToOneField(User, models.CASCADE, null=True, blank=True, related_name="cart")
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")

    def __str__(self) -> str:
        return f"Cart {self.pk}"


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    session = models.ForeignKey(CourseSession, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("number of seats"))
    seen_price_cents = models.PositiveIntegerField(help_text=_("The price shown to the buyer last, to tell a change."))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "session"], name="one_cart_line_per_session"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_has_seats"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.session_id}"

    @property
    def net_cents(self) -> int:
        return self.quantity * self.session.unit_price_cents

    @property
    def price_has_changed(self) -> bool:
        return self.seen_price_cents != self.session.unit_price_cents

    @property
    def problem(self) -> str:
        """Why this line cannot be bought as it is: `closed`, `full`, `too_many`, or nothing."""
        if not self.session.is_on_sale:
            return "closed"
        if self.session.is_full:
            return "full"
        return "too_many" if self.quantity > self.session.seats_left else ""


class OrderQuerySet(models.QuerySet):
    def bought_by(self, establishment: Establishment):
        return self.filter(establishment=establishment)

    def awaiting_payment(self):
        return self.filter(status=Order.Status.AWAITING_PAYMENT)


class Order(models.Model):
    """A purchase by an establishment. Its seats are taken while it awaits payment.

    Only `actions/orders.py` writes its status.
    """

    class Status(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
        PAID = "paid", _("Paid")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")

    reference = models.CharField(_("reference"), max_length=12, unique=True, default=order_reference, editable=False)
    mode = models.CharField(_("payment mode"), max_length=8, default="sandbox", editable=False)
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="orders"
    )
    placed_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("placed by"), related_name="orders")
    cart = models.ForeignKey(
        Cart, models.SET_NULL, verbose_name=_("cart"), null=True, blank=True, related_name="orders"
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.AWAITING_PAYMENT)
    language = models.CharField(_("language"), max_length=5, choices=READER_LANGUAGES, default="fr-ca")
    bill_to = models.TextField(_("bill to"), help_text=_("Name and address of the buyer on the day of the order."))
    net_cents = models.PositiveIntegerField(_("subtotal"))
    total_cents = models.PositiveIntegerField(_("total"))
    placed_at = models.DateTimeField(_("placed at"), default=clock.now)
    held_since = models.DateTimeField(_("seats held since"), default=clock.now)
    hold_until = models.DateTimeField(_("seats held until"), help_text=_("The seats are kept at least until then."))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cart"], condition=Q(status="awaiting_payment"), name="one_order_awaiting_payment_per_cart"
            ),
            models.CheckConstraint(condition=Q(total_cents__gte=F("net_cents")), name="order_total_covers_its_net"),
            models.CheckConstraint(
                condition=Q(status="paid", paid_at__isnull=False) | ~Q(status="paid") & Q(paid_at=None),
                name="paid_order_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("shop:order", args=[self.reference])

    @property
    def number(self) -> str:
        """The order number people read: one that took no money says DEMO."""
        return f"PU-{self.reference}" if self.mode == "live" else f"DEMO-{self.reference}"

    @property
    def is_paid(self) -> bool:
        return self.status == self.Status.PAID

    @property
    def is_awaiting_payment(self) -> bool:
        return self.status == self.Status.AWAITING_PAYMENT

    @property
    def told_hold_until(self) -> datetime:
        """Until when the buyer is told that the seats are held: a little sooner than they are let go."""
        return self.hold_until - HOLD_MARGIN

    @property
    def seat_count(self) -> int:
        return sum(line.quantity for line in self.lines.all())

    @cached_property
    def payment(self):
        """The payment that paid it, or else the latest attempt; None before the first."""
        attempts = sorted(self.payments.all(), key=lambda payment: (payment.is_applied, payment.pk))
        return attempts[-1] if attempts else None


class OrderLine(models.Model):
    """So many seats of one session, at the price of the day."""

    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("order"), related_name="lines")
    session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("session"), related_name="order_lines")
    quantity = models.PositiveIntegerField(_("number of seats"))
    unit_price_cents = models.PositiveIntegerField(_("unit price"))
    net_cents = models.PositiveIntegerField(_("amount"))
    tax_class = models.CharField(_("taxes"), max_length=12)
    tax_place = models.CharField(_("province"), max_length=2, help_text=_("Province whose taxes apply."))
    tax_place_reason = models.CharField(
        _("reason"), max_length=20, help_text=_("Why: the venue, or the buyer’s address.")
    )

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "session"], name="one_order_line_per_session"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_has_seats"),
            models.CheckConstraint(
                condition=Q(net_cents=F("quantity") * F("unit_price_cents")), name="order_line_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.session_id}"


class OrderTax(models.Model):
    """One tax of an order: computed and rounded once on the sum of its lines."""

    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("order"), related_name="taxes")
    place = models.CharField(_("province"), max_length=2)
    code = models.CharField(_("tax"), max_length=4, choices=[("gst", _("GST")), ("qst", _("QST")), ("hst", _("HST"))])
    rate = models.DecimalField(_("rate"), max_digits=7, decimal_places=5)
    base_cents = models.PositiveIntegerField(_("taxable amount"))
    amount_cents = models.PositiveIntegerField(_("amount"))

    class Meta:
        verbose_name = _("tax")
        verbose_name_plural = _("taxes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "place", "code"], name="one_line_per_tax_and_order"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.amount_cents}"
