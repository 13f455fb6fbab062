"""Rebates: member prices by group of establishments, and promo codes."""

from collections.abc import Collection
from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import Course, in_reader_language
from pupitre.models.people import Establishment


class EstablishmentGroup(models.Model):
    """Establishments that pay a price of their own: the members of an association, a school service centre."""

    name_fr = models.CharField(_("name (French)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80, blank=True)
    establishments = models.ManyToManyField(
        Establishment, verbose_name=_("establishments"), related_name="groups", blank=True
    )

    class Meta:
        verbose_name = _("group of establishments")
        verbose_name_plural = _("groups of establishments")
        ordering = ["name_fr"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")


class MemberPrice(models.Model):
    """What a seat of a course costs the establishments of a group. The lowest price is the one they pay."""

    course = models.ForeignKey(Course, models.CASCADE, verbose_name=_("course"), related_name="member_prices")
    group = models.ForeignKey(
        EstablishmentGroup, models.CASCADE, verbose_name=_("group of establishments"), related_name="prices"
    )
    price_cents = models.PositiveIntegerField(_("price in cents"), help_text=_("Per seat, before taxes."))

    class Meta:
        verbose_name = _("member price")
        verbose_name_plural = _("member prices")
        ordering = ["course", "group"]
        constraints = [models.UniqueConstraint(fields=["course", "group"], name="one_member_price_per_group")]

    def __str__(self) -> str:
        return f"{self.group} · {self.course}"


class PromoCode(models.Model):
    """A rebate for those who know its code: a percentage, an amount, or free seats.

    `used` counts the orders that hold it, paid or awaiting payment. It only moves by conditional updates in
    `actions/promotions.py`; the constraint is the last line that no bug can cross.
    """

    code = models.CharField(_("promo code"), max_length=30, unique=True, help_text=_("Capital letters and digits."))
    percent = models.PositiveSmallIntegerField(
        _("percentage"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    amount_cents = models.PositiveIntegerField(_("amount"), null=True, blank=True, validators=[MinValueValidator(1)])
    free_seats = models.PositiveSmallIntegerField(
        _("free seats"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    most_uses = models.PositiveIntegerField(_("number of orders"), null=True, blank=True)
    most_uses_each = models.PositiveIntegerField(_("number of orders per establishment"), null=True, blank=True)
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    starts_at = models.DateTimeField(_("valid from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    courses = models.ManyToManyField(
        Course, verbose_name=_("courses"), blank=True, related_name="promo_codes", help_text=_("None: all of them.")
    )
    establishments = models.ManyToManyField(
        Establishment,
        verbose_name=_("establishments"),
        blank=True,
        related_name="promo_codes",
        help_text=_("None: all of them."),
    )

    class Meta:
        verbose_name = _("promo code")
        verbose_name_plural = _("promo codes")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(most_uses=None) | Q(used__lte=F("most_uses")), name="promo_code_not_overused"
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=False, amount_cents=None, free_seats=None)
                | Q(percent=None, amount_cents__isnull=False, free_seats=None)
                | Q(percent=None, amount_cents=None, free_seats__isnull=False),
                name="promo_code_is_one_rebate",
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gte=1, percent__lte=100), name="promo_percentage_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def is_valid_at(self, moment: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)

    def is_for(self, establishment: Establishment | None, courses: Collection[int]) -> bool:
        """Whether it takes something off one of these courses, for this buyer. A visitor is not refused before
        signing in.
        """
        buyers = set(self.establishments.values_list("pk", flat=True)) if establishment else set()
        only = set(self.courses.values_list("pk", flat=True))
        for_buyer = not buyers or establishment is None or establishment.pk in buyers
        return for_buyer and (not only or not only.isdisjoint(courses))


class PromoUse(models.Model):
    """An order that holds a promo code: while it awaits payment, then for ever once it is paid."""

    promo = models.ForeignKey(PromoCode, models.PROTECT, verbose_name=_("promo code"), related_name="uses")
    order = models.OneToOneField("Order", models.PROTECT, verbose_name=_("order"), related_name="promo_use")
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="promo_uses"
    )
    taken_at = models.DateTimeField(_("used at"), default=clock.now)
    given_back_at = models.DateTimeField(_("given back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of a promo code")
        verbose_name_plural = _("uses of promo codes")

    def __str__(self) -> str:
        return f"{self.promo_id} · {self.order_id}"
