"""What is sold: the provider, its courses, and their sessions."""

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import clock, prices
from pupitre.codes import new_code
from pupitre.models.folding import Folded


class UsualNumber(NamedTuple):
    """What a registration number usually looks like."""

    shape: re.Pattern
    example: str


GST_NUMBER = UsualNumber(re.compile(r"\d{9} ?RT ?\d{4}"), "123456789 RT0001")
QST_NUMBER = UsualNumber(re.compile(r"\d{10} ?TQ ?\d{4}"), "1234567890 TQ0001")


def in_reader_language(thing: Any, field: str) -> str:
    """The text of a bilingual field in the reader's language, French where the English one is missing."""
    if (get_language() or "").startswith("en") and (english := getattr(thing, f"{field}_en")):
        return english
    return getattr(thing, f"{field}_fr")


class Province(models.TextChoices):
    AB = "AB", "Alberta"
    BC = "BC", _("British Columbia")
    MB = "MB", "Manitoba"
    NB = "NB", _("New Brunswick")
    NL = "NL", _("Newfoundland and Labrador")
    NS = "NS", _("Nova Scotia")
    NT = "NT", _("Northwest Territories")
    NU = "NU", "Nunavut"
    ON = "ON", "Ontario"
    PE = "PE", _("Prince Edward Island")
    QC = "QC", "Québec"
    SK = "SK", "Saskatchewan"
    YT = "YT", "Yukon"


class Delivery(models.TextChoices):
    IN_PERSON = "in_person", _("In person")
    ONLINE = "online", _("Online")
    HYBRID = "hybrid", _("Hybrid")


class TaxClass(models.TextChoices):
    TAXABLE = "taxable", _("Taxable")
    EXEMPT = "exempt", _("Tax exempt")
    ZERO_RATED = "zero_rated", _("Zero-rated")


class Provider(models.Model):
    """The training provider that runs this shop. One installation serves one provider."""

    name = models.CharField(_("name"), max_length=120)
    street = models.CharField(_("street address"), max_length=120)
    city = models.CharField(_("city"), max_length=80)
    province = models.CharField(_("province"), max_length=2, choices=Province, default=Province.QC)
    postal_code = models.CharField(_("postal code"), max_length=7)
    phone = models.CharField(_("phone"), max_length=40)
    email = models.EmailField(_("email address"))
    privacy_officer = models.CharField(
        _("privacy officer"), max_length=200, help_text=_("Name or title, published on every page.")
    )
    gst_number = models.CharField(_("GST number"), max_length=20, blank=True)
    qst_number = models.CharField(_("QST number"), max_length=20, blank=True)
    accreditation_number = models.CharField(_("accreditation number"), max_length=40, blank=True)
    terms = models.ForeignKey(
        "TermsVersion", models.PROTECT, verbose_name=_("terms of sale"), null=True, editable=False, related_name="+"
    )
    refund_steps = models.JSONField(
        _("refund policy"), default=list, blank=True, help_text=_("[hours before the session, percentage given back]")
    )
    owners_can_refund = models.BooleanField(
        _("owners can give seats back themselves"), default=False, help_text=_("At the percentage of the policy.")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("training provider")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_provider")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs):
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> "Provider":
        """The provider of this installation; a nameless one before the installation is set up."""
        return cls.objects.filter(pk=1).first() or cls(name="Pupitre")

    @property
    def doubts(self) -> list[str]:
        """Registration numbers that do not look like any the tax authorities give: to be checked, never refused."""
        numbers = [
            (self.gst_number, GST_NUMBER, _("Check the GST number: {number}. It usually looks like {example}.")),
            (self.qst_number, QST_NUMBER, _("Check the QST number: {number}. It usually looks like {example}.")),
        ]
        return [
            sentence.format(number=number, example=usual.example)
            for number, usual, sentence in numbers
            if number and not usual.shape.fullmatch(number)
        ]

    @property
    def is_registered_for_taxes(self) -> bool:
        return bool(self.gst_number)

    def collects(self, tax: str) -> bool:
        """Whether a tax is added to prices: one the provider is registered for. The GST number serves HST too."""
        return bool(self.qst_number if tax == "qst" else self.gst_number)


class Category(models.Model):
    """A family of courses. Gives their covers a colour and a pattern."""

    slug = models.SlugField(_("page address"), unique=True)
    name_fr = models.CharField(_("name (French)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    hue = models.PositiveSmallIntegerField(
        _("hue"), default=200, validators=[MaxValueValidator(359)], help_text=_("Colour of the covers, 0 to 359.")
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["name_fr"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")


class CourseQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_at__lte=clock.now())


class Course(models.Model):
    """What is taught, whatever the dates."""

    slug = models.SlugField(_("page address"), max_length=80, unique=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="courses", verbose_name=_("category"))
    title_fr = models.CharField(_("title (French)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    summary_fr = models.CharField(_("summary (French)"), max_length=240)
    summary_en = models.CharField(_("summary (English)"), max_length=240, blank=True)
    programme_fr = models.TextField(_("what is learned (French)"), help_text=_("One point per line."))
    programme_en = models.TextField(_("what is learned (English)"), blank=True)
    audience_fr = models.CharField(_("for whom (French)"), max_length=240, blank=True)
    audience_en = models.CharField(_("for whom (English)"), max_length=240, blank=True)
    training_hours = models.DecimalField(
        _("training hours"), max_digits=5, decimal_places=2, validators=[MinValueValidator(0)]
    )
    price_cents = models.PositiveIntegerField(_("price in cents"), help_text=_("Per seat, before taxes."))
    tax_class = models.CharField(_("taxes"), max_length=12, choices=TaxClass, default=TaxClass.TAXABLE)
    tax_reason = models.CharField(_("reason of the exemption"), max_length=200, blank=True)
    gives_certificate = models.BooleanField(_("gives a certificate"), default=True)
    certificate_months = models.PositiveSmallIntegerField(
        _("validity of the certificate"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("In months. Leave empty when it does not expire."),
    )
    replacement_hours = models.PositiveSmallIntegerField(
        _("replacement deadline"), default=24, help_text=_("Elapsed hours before the session starts.")
    )
    allows_moves = models.BooleanField(
        _("owners can move seats to another session"),
        default=False,
        help_text=_("Of this course, with the price difference settled."),
    )
    volume_tiers = models.JSONField(
        _("volume tiers"), default=list, blank=True, help_text=_("[from which seat on, percentage off]")
    )
    refund_steps = models.JSONField(
        _("refund policy"), null=True, blank=True, help_text=_("Leave empty for the provider’s policy.")
    )
    picture = models.ImageField(_("picture"), upload_to="courses/", blank=True)
    picture_alt_fr = models.CharField(_("description of the picture (French)"), max_length=200, blank=True)
    picture_alt_en = models.CharField(_("description of the picture (English)"), max_length=200, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    folded = Folded(of=("title_fr", "title_en"))

    member_price_cents: int | None = None  # set by whoever asks for it, with `prices.member_price`

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["title_fr"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tax_class=TaxClass.TAXABLE) | ~Q(tax_reason=""), name="untaxed_course_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("shop:course", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.published_at <= clock.now()

    @property
    def title(self) -> str:
        return in_reader_language(self, "title")

    @property
    def summary(self) -> str:
        return in_reader_language(self, "summary")

    @property
    def programme(self) -> list[str]:
        """What is learned, one point after the other."""
        return [point.strip() for point in in_reader_language(self, "programme").splitlines() if point.strip()]

    @property
    def audience(self) -> str:
        return in_reader_language(self, "audience")

    @property
    def buyer_price_cents(self) -> int:
        """Price of one seat for the buyer it was asked for."""
        return prices.buyer_price(self.price_cents, self.member_price_cents)

    @property
    def picture_alt(self) -> str:
        return in_reader_language(self, "picture_alt")


class CourseSessionQuerySet(models.QuerySet):
    def upcoming(self):
        return self.filter(starts_at__gt=clock.now(), cancelled_at=None)

    def for_change(self):
        """Locked until the transaction ends: nobody buys while the provider changes them."""
        return self.select_for_update(of=("self",))

    def on_sale(self):
        now = clock.now()
        closes_later = Q(sales_close_at=None) | Q(sales_close_at__gt=now)
        return self.upcoming().filter(closes_later, course__published_at__lte=now)


def _known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("This time zone is not known."))


class CourseSession(models.Model):
    """A course on given dates, with room for so many people.

    `taken` counts the seats sold, held by an order being paid, or promised: places that came back and are kept for the
    waiting list while offers are made. Both only move by conditional updates in `actions/orders.py` and
    `actions/waitlist.py`; the constraints are the last line that no bug can cross.
    """

    code = models.CharField(_("code"), max_length=12, unique=True, default=partial(new_code, 8), editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="sessions", verbose_name=_("course"))
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    timezone = models.CharField(_("time zone"), max_length=60, default="America/Toronto", validators=[_known_zone])
    delivery = models.CharField(_("delivery"), max_length=12, choices=Delivery, default=Delivery.IN_PERSON)
    venue = models.CharField(_("venue"), max_length=120, blank=True)
    street = models.CharField(_("street address"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    province = models.CharField(_("province"), max_length=2, choices=Province, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=7, blank=True)
    online_url = models.URLField(_("online link"), blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=[("fr", _("French")), ("en", _("English"))], default="fr"
    )
    instructor = models.CharField(_("instructor"), max_length=120, blank=True)
    to_bring_fr = models.CharField(_("what to bring (French)"), max_length=240, blank=True)
    to_bring_en = models.CharField(_("what to bring (English)"), max_length=240, blank=True)
    capacity = models.PositiveIntegerField(_("capacity"), validators=[MinValueValidator(1)])
    taken = models.PositiveIntegerField(_("seats taken"), default=0, editable=False)
    promised = models.PositiveIntegerField(
        _("kept for the waiting list"), default=0, editable=False, help_text=_("Counted among the seats taken.")
    )
    price_cents = models.PositiveIntegerField(
        _("price in cents"), null=True, blank=True, help_text=_("Leave empty for the course’s price.")
    )
    sales_close_at = models.DateTimeField(
        _("sales close at"), null=True, blank=True, help_text=_("Leave empty: when the session starts.")
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    revision = models.PositiveIntegerField(
        _("number of moves"),
        default=0,
        editable=False,
        help_text=_("Number of moves; calendars take the entry with the highest one."),
    )

    ATTENDANCE_DAYS = 7

    objects = CourseSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["course", "starts_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(taken__gte=0, taken__lte=F("capacity")), name="session_not_oversold"),
            models.CheckConstraint(condition=Q(promised__lte=F("taken")), name="session_promises_what_is_taken"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(delivery=Delivery.ONLINE) | ~Q(city=""), name="session_in_person_has_a_city"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course.title}, {self.starts_at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("A session ends after it starts.")})
        if self.delivery != Delivery.ONLINE and not self.city:
            raise ValidationError({"city": _("Say in which city the session takes place.")})
        if self.capacity is not None and self.capacity < self.taken:
            message = _("{n} seats are already sold or held: the capacity cannot be lower.").format(n=self.taken)
            raise ValidationError({"capacity": message})

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def to_bring(self) -> str:
        return in_reader_language(self, "to_bring")

    @property
    def unit_price_cents(self) -> int:
        """Price of one seat, in cents, before taxes."""
        return self.course.price_cents if self.price_cents is None else self.price_cents

    @property
    def has_own_price(self) -> bool:
        return self.unit_price_cents != self.course.price_cents

    @property
    def buyer_price_cents(self) -> int:
        """Price of one seat for the buyer its course was asked for."""
        return prices.buyer_price(self.unit_price_cents, self.course.member_price_cents)

    @property
    def seats_left(self) -> int:
        return self.capacity - self.taken

    @property
    def is_full(self) -> bool:
        return self.seats_left <= 0

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def has_started(self) -> bool:
        return clock.now() >= self.starts_at

    @property
    def is_over(self) -> bool:
        return clock.now() >= self.ends_at

    @property
    def sells_until(self) -> datetime:
        return min(self.sales_close_at or self.starts_at, self.starts_at)

    @property
    def is_on_sale(self) -> bool:
        return self.course.is_published and not self.is_cancelled and clock.now() < self.sells_until

    @property
    def replacements_close_at(self) -> datetime:
        """The last moment to replace or release: so many *elapsed* hours before the start, whatever the clocks do."""
        return self.starts_at - timedelta(hours=self.course.replacement_hours)

    @property
    def accepts_replacements(self) -> bool:
        return not self.is_cancelled and clock.now() < self.replacements_close_at

    @property
    def accepts_assignments(self) -> bool:
        """A free seat can be given to someone until the session starts."""
        return not self.is_cancelled and not self.has_started

    @property
    def attendance_locks_at(self) -> datetime:
        """From then on, who was there is only corrected knowingly."""
        return self.ends_at + timedelta(days=self.ATTENDANCE_DAYS)

    @property
    def attendance_is_locked(self) -> bool:
        return clock.now() >= self.attendance_locks_at

    @property
    def is_online(self) -> bool:
        return self.delivery == Delivery.ONLINE

    @property
    def online_link_opens_at(self) -> datetime:
        return self.starts_at - timedelta(minutes=15)

    @property
    def shows_online_link(self) -> bool:
        """The link to join is given fifteen minutes before the start, until the end."""
        return bool(self.online_url) and self.online_link_opens_at <= clock.now() < self.ends_at
