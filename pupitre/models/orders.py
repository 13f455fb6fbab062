"""What is bought: the cart before paying, the order after."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pupitre import clock, prices
from pupitre.codes import order_reference
from pupitre.models.catalogue import CourseSession
from pupitre.models.people import READER_LANGUAGES, Establishment, User
from pupitre.models.prices import member_price

# The payment page closes a little before the seats are let go: the buyer is told the shorter time.
HOLD_MARGIN = timedelta(minutes=5)


class Cart(models.Model):
    """The seats someone thinks of buying. It holds nothing: it shows what is left and says so."""

    user = models.OneToOneField(User, models.CASCADE, null=True, blank=True, related_name="cart")
    promo = models.ForeignKey("PromoCode", models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")

    def __str__(self) -> str:
        return f"Cart {self.pk}"


class CartLineQuerySet(models.QuerySet):
    def priced_for(self, establishment: Establishment | None):
        """With their sessions and courses, and the member price of this establishment where it has one."""
        lines = self.select_related("session__course")
        if establishment is None:
            return lines
        return lines.annotate(member_price_cents=member_price("session__course", establishment))


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    session = models.ForeignKey(CourseSession, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("number of seats"))
    seen_price_cents = models.PositiveIntegerField(help_text=_("The price shown to the buyer last, to tell a change."))

    member_price_cents: int | None = None  # set by `priced_for`

    objects = CartLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "session"], name="one_cart_line_per_session"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_line_has_seats"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.session_id}"

    @property
    def unit_price_cents(self) -> int:
        """Price of one seat for this buyer."""
        return prices.buyer_price(self.session.unit_price_cents, self.member_price_cents)

    @property
    def before_promo_cents(self) -> int:
        """What these seats cost this buyer, their volume tiers taken into account."""
        return prices.seats_price(self.unit_price_cents, self.quantity, self.session.course.volume_tiers)

    @property
    def next_tier(self) -> prices.NextTier | None:
        """What a few more seats would cost, if the session has room for them."""
        tiers, left = self.session.course.volume_tiers, self.session.seats_left
        return prices.next_tier(self.unit_price_cents, self.quantity, tiers, most=left)

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

    HOLDING = (Status.AWAITING_PAYMENT, Status.PAID)  # its seats are taken, and the use of its promo code

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
    promo = models.ForeignKey(
        "PromoCode", models.PROTECT, verbose_name=_("promo code"), null=True, blank=True, related_name="orders"
    )
    purchase_order_number = models.CharField(_("purchase order number"), max_length=40, blank=True)
    terms = models.ForeignKey(
        "TermsVersion", models.PROTECT, verbose_name=_("terms of sale"), null=True, blank=True, related_name="orders"
    )
    french_terms_given_at = models.DateTimeField(
        _("terms given in French at"), null=True, blank=True, help_text=_("When the French version was shown.")
    )
    english_terms_chosen_at = models.DateTimeField(
        _("English terms chosen at"), null=True, blank=True, help_text=_("When English was expressly chosen.")
    )
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
            models.CheckConstraint(
                condition=Q(english_terms_chosen_at=None)
                | Q(french_terms_given_at__lte=F("english_terms_chosen_at"), terms__isnull=False),
                name="english_terms_follow_the_french_ones",
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
    def is_from_waitlist(self) -> bool:
        """Its places were offered to whoever waited: nobody had agreed to the terms of sale when it was made."""
        return getattr(self, "offer", None) is not None

    @cached_property
    def is_supplement(self) -> bool:
        """It pays what seats cost more in the session they move to, and delivers none. It has no cart, so that nothing
        is asked about the orders that have one.
        """
        return self.cart_id is None and bool(self.moves.all())

    @cached_property
    def left_by_seat(self) -> dict[int, int]:
        """What is left, before taxes, of what a supplement paid for each of its seats. What the provider gave back of
        it was given back to all of them; a seat that is no longer in force leaves its part to nobody.
        """
        (line,) = self.lines.all()
        each = line.net_cents // line.quantity
        taken = {move.seat_id: each if move.seat.cancelled_at else 0 for move in self.moves.all()}
        notes = line.credited.all()
        for part in (part for note in notes for part in note.move_credits.all()):
            taken[part.move.seat_id] = min(taken[part.move.seat_id] + part.cents, each)
        return prices.shares_left(line.net_cents - sum(note.net_cents for note in notes), taken, each)

    @property
    def open_offer(self):
        """The offer of the waiting list that it is, while its places are held for it; None otherwise."""
        return self.offer if self.is_from_waitlist and self.offer.is_open else None

    @property
    def seat_count(self) -> int:
        return sum(line.quantity for line in self.lines.all())

    @property
    def can_be_paid(self) -> bool:
        """Whether it holds its seats, or could take them again now. Another buyer may be faster."""
        return self.is_awaiting_payment or (not self.is_paid and not any(line.obstacle for line in self.lines.all()))

    @property
    def seats_to_be_had(self) -> int:
        """How many of its seats are left to be bought, once it holds none."""
        return sum(line.seats_to_be_had for line in self.lines.all())

    @property
    def is_free(self) -> bool:
        """Nothing to pay: it is delivered without a payment."""
        return self.total_cents == 0

    @property
    def rebates(self) -> prices.Rebates:
        return prices.Rebates.of(self.lines.all())

    @cached_property
    def payment(self):
        """The payment that paid it, or else the latest attempt; None before the first."""
        attempts = sorted(self.payments.all(), key=lambda payment: (payment.is_applied, payment.pk))
        return attempts[-1] if attempts else None


class OrderLine(models.Model):
    """So many seats of one session, at the price and on the conditions of the day."""

    order = models.ForeignKey(Order, models.PROTECT, verbose_name=_("order"), related_name="lines")
    session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("session"), related_name="order_lines")
    quantity = models.PositiveIntegerField(_("number of seats"))
    list_price_cents = models.PositiveIntegerField(_("list price"), help_text=_("Of one seat, for everyone."))
    unit_price_cents = models.PositiveIntegerField(_("unit price"), help_text=_("Of one seat, for this establishment."))
    volume_discount_cents = models.PositiveIntegerField(_("volume discount"), default=0)
    promo_discount_cents = models.PositiveIntegerField(_("promo discount"), default=0)
    net_cents = models.PositiveIntegerField(_("amount"))
    volume_tiers = models.JSONField(
        default=list, blank=True, help_text=_("The tiers of the day, to price what remains of it.")
    )
    refund_steps = models.JSONField(default=list, blank=True, help_text=_("The refund policy of the day."))
    tax_class = models.CharField(_("taxes"), max_length=12)
    tax_reason = models.CharField(_("reason of the exemption"), max_length=200, blank=True)
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
                condition=Q(
                    net_cents=F("quantity") * F("unit_price_cents")
                    - F("volume_discount_cents")
                    - F("promo_discount_cents")
                ),
                name="order_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.session_id}"

    @property
    def list_cents(self) -> int:
        """What these seats would cost anyone, without rebate."""
        return self.quantity * self.list_price_cents

    @property
    def member_discount_cents(self) -> int:
        return self.quantity * (self.list_price_cents - self.unit_price_cents)

    @property
    def saving_cents(self) -> int:
        return self.list_cents - self.net_cents

    @property
    def obstacle(self) -> str:
        """Why the seats of an order that holds none can no longer be had: `cancelled`, `started`, `closed`, `full`,
        `too_many`, or nothing.
        """
        if self.session.is_cancelled:
            return "cancelled"
        if self.session.has_started:
            return "started"
        if clock.now() >= self.session.sells_until:
            return "closed"
        if self.session.is_full:
            return "full"
        return "too_many" if self.quantity > self.session.seats_left else ""

    @property
    def seats_to_be_had(self) -> int:
        """How many of its seats are left to be bought."""
        return 0 if self.obstacle in ("cancelled", "started", "closed") else min(self.quantity, self.session.seats_left)

    def net_of(self, quantity: int) -> int:
        """What so many of these seats cost: the tiers are counted again, a promo code keeps its proportion."""
        before_promo = self.net_cents + self.promo_discount_cents
        if not before_promo:
            return 0
        return prices.seats_price(self.unit_price_cents, quantity, self.volume_tiers) * self.net_cents // before_promo


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
