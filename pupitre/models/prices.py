"""Rebates: member prices by group of establishments, and promo codes."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import Course, in_reader_language
from pupitre.models.folding import folded
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


def member_price(course: str, establishment: Establishment) -> Subquery:
    """The lowest price an establishment pays as a member, for the course named by this path of the query."""
    prices = MemberPrice.objects.filter(course=OuterRef(course), group__establishments=establishment)
    return Subquery(prices.order_by("price_cents").values("price_cents")[:1])


def as_promo_code(typed: str) -> str:
    """« été 2027 » is ETE2027: capital letters and digits, whatever is typed."""
    return "".join(letter for letter in folded(typed).upper() if letter.isascii() and letter.isalnum())


class PromoCodeQuerySet(QuerySet):
    def seen_by(self, establishment: Establishment | None) -> "PromoCode | None":
        """The code, with what tells whether this establishment may use it and for what, in one question."""
        rows = list(self._for_buyer(establishment).annotate(only_course=F("courses")))  # a row for each course
        if not rows:
            return None
        rows[0].course_ids = {row.only_course for row in rows} - {None}
        return rows[0]

    def _for_buyer(self, establishment: Establishment | None):
        """Nobody is refused before signing in."""
        invited = PromoCode.establishments.through.objects.filter(promocode=OuterRef("pk"))
        codes = self.annotate(is_reserved=Exists(invited))
        if establishment is None:
            return codes
        uses = PromoUse.objects.in_force().filter(promo=OuterRef("pk"), establishment=establishment).order_by()
        count = uses.values("promo").annotate(n=models.Count("pk")).values("n")
        return codes.annotate(is_invited=Exists(invited.filter(establishment=establishment)), used_here=Subquery(count))


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

    # Set by `seen_by`.
    is_reserved: bool = False
    is_invited: bool = True
    used_here: int | None = None

    objects = PromoCodeQuerySet.as_manager()

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

    def clean(self) -> None:
        self.code = as_promo_code(self.code)
        if not self.code:
            raise ValidationError({"code": _("Write a code of letters and digits, such as WELCOME10.")})
        if sum(rebate is not None for rebate in (self.percent, self.amount_cents, self.free_seats)) != 1:
            raise ValidationError(_("Give one rebate: a percentage, an amount, or free seats."))
        if self.most_uses is not None and self.most_uses < self.used:
            message = _("{n} orders already use this code: the number cannot be lower.").format(n=self.used)
            raise ValidationError({"most_uses": message})
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("A promo code ends after it starts.")})

    @cached_property
    def course_ids(self) -> set[int]:
        """The courses it is for; none means all of them."""
        return set(self.courses.values_list("pk", flat=True))

    def is_valid_at(self, moment: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)

    def applies_to(self, course: int) -> bool:
        return not self.course_ids or course in self.course_ids

    @property
    def is_used_up(self) -> bool:
        return self.most_uses is not None and self.used >= self.most_uses

    @property
    def is_used_up_here(self) -> bool:
        """Whether the establishment it is seen by has used it as many times as each one may."""
        return self.most_uses_each is not None and (self.used_here or 0) >= self.most_uses_each


class PromoUseQuerySet(QuerySet):
    def in_force(self):
        return self.filter(given_back_at=None)


class PromoUse(models.Model):
    """An order that holds a promo code: while it awaits payment, then for ever once it is paid."""

    promo = models.ForeignKey(PromoCode, models.PROTECT, verbose_name=_("promo code"), related_name="uses")
    order = models.OneToOneField("Order", models.PROTECT, verbose_name=_("order"), related_name="promo_use")
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="promo_uses"
    )
    taken_at = models.DateTimeField(_("used at"), default=clock.now)
    given_back_at = models.DateTimeField(_("given back at"), null=True, blank=True)

    objects = PromoUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a promo code")
        verbose_name_plural = _("uses of promo codes")

    def __str__(self) -> str:
        return f"{self.promo_id} · {self.order_id}"
