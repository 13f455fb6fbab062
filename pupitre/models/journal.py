"""Who did what, when."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import CourseSession
from pupitre.models.orders import Order
from pupitre.models.people import Establishment, Participant, User
from pupitre.models.seats import Seat


class Deed(models.Model):
    """One line of the journal. Written once, never changed: names by reference, no code, no address."""

    at = models.DateTimeField(_("when"), default=clock.now)
    verb = models.CharField(_("deed"), max_length=40)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, blank=True, related_name="deeds")
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), null=True, blank=True, related_name="deeds"
    )
    order = models.ForeignKey(
        Order, models.PROTECT, verbose_name=_("order"), null=True, blank=True, related_name="deeds"
    )
    seat = models.ForeignKey(Seat, models.PROTECT, verbose_name=_("seat"), null=True, blank=True, related_name="deeds")
    session = models.ForeignKey(
        CourseSession, models.PROTECT, verbose_name=_("session"), null=True, blank=True, related_name="deeds"
    )
    participant = models.ForeignKey(
        Participant, models.PROTECT, verbose_name=_("participant"), null=True, blank=True, related_name="deeds"
    )
    facts = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("deed")
        verbose_name_plural = _("journal")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"

    @property
    def left_at(self) -> datetime:
        """When the session began that a seat, or a session’s people, left."""
        return datetime.fromisoformat(self.facts["from"])

    @property
    def reached_at(self) -> datetime:
        """When the one begins that they are in since."""
        return datetime.fromisoformat(self.facts["to"])
