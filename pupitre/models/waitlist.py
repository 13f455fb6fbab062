"""Who waits for places of a full session, and what was offered to them."""

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import CourseSession
from pupitre.models.orders import Order
from pupitre.models.people import Establishment, User

IN_FORCE = Q(left_at=None, lapsed_at=None, fulfilled_at=None)


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def of(self, establishment: Establishment):
        return self.filter(establishment=establishment)

    def in_force(self):
        """Not left, no offer let pass, not served yet."""
        return self.filter(IN_FORCE)

    def waiting(self):
        """In force, with places still to be offered, the first to ask first."""
        return self.in_force().filter(remaining__gte=1).order_by("asked_at", "pk")

    def with_position(self):
        """With `ahead`: how many others would be offered places before."""
        others = WaitlistEntry.objects.in_force().filter(session=OuterRef("session"), remaining__gte=1)
        sooner = others.filter(
            Q(asked_at__lt=OuterRef("asked_at")) | Q(asked_at=OuterRef("asked_at"), pk__lt=OuterRef("pk"))
        )
        counted = sooner.order_by().values("session").annotate(n=Count("pk")).values("n")
        return self.annotate(ahead=Coalesce(Subquery(counted), 0))


class WaitlistEntry(models.Model):
    """An establishment waits for so many places of a session: all of them together, or any number as they come.

    `remaining` counts the places that were not offered yet. Dates say how it ended: the establishment left, let an
    offer pass, or bought all it waited for.
    """

    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="waitlist_entries"
    )
    session = models.ForeignKey(
        CourseSession, models.PROTECT, verbose_name=_("session"), related_name="waitlist_entries"
    )
    asked_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("asked by"), related_name="+")
    quantity = models.PositiveIntegerField(_("number of seats"))
    remaining = models.PositiveIntegerField(_("not offered yet"))
    together = models.BooleanField(_("all together"), default=False)
    asked_at = models.DateTimeField(_("waiting since"), default=clock.now)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    lapsed_at = models.DateTimeField(_("offer let pass at"), null=True, blank=True)
    fulfilled_at = models.DateTimeField(_("served at"), null=True, blank=True)

    ahead: int  # set by `with_position`

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("waiting list entry")
        verbose_name_plural = _("waiting list")
        ordering = ["asked_at", "pk"]
        indexes = [models.Index(fields=["session", "asked_at"], condition=IN_FORCE, name="waiting_for_a_session")]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "session"], condition=IN_FORCE, name="one_waitlist_entry_in_force"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="waitlist_entry_waits_for_places"),
            models.CheckConstraint(
                condition=Q(together=False, remaining__lte=F("quantity"))
                | Q(together=True, remaining=0)
                | Q(together=True, remaining=F("quantity")),
                name="waitlist_entry_is_offered_what_it_waits_for",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, lapsed_at=None)
                | Q(left_at=None, fulfilled_at=None)
                | Q(lapsed_at=None, fulfilled_at=None),
                name="waitlist_entry_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(fulfilled_at=None) | Q(remaining=0), name="served_waitlist_entry_waits_for_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.session_id}"

    @property
    def in_force(self) -> bool:
        return self.left_at is None and self.lapsed_at is None and self.fulfilled_at is None

    @property
    def position(self) -> int:
        return self.ahead + 1


class WaitlistOffer(models.Model):
    """Places held for whoever waited for them, as an order to pay before a given time."""

    entry = models.ForeignKey(
        WaitlistEntry, models.PROTECT, verbose_name=_("waiting list entry"), related_name="offers"
    )
    order = models.OneToOneField(Order, models.PROTECT, verbose_name=_("order"), related_name="offer")
    offered_at = models.DateTimeField(_("offered at"), default=clock.now)
    expires_at = models.DateTimeField(_("to be paid before"))
    closed_at = models.DateTimeField(
        _("closed at"), null=True, blank=True, help_text=_("When its order was paid, or let its places go.")
    )

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["offered_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("offered_at")), name="offer_ends_after_it_is_made"),
        ]

    def __str__(self) -> str:
        return str(self.order)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
