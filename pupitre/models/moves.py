"""Seats that go to another session of their course: where from, where to, at what difference of price."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import CourseSession
from pupitre.models.documents import CreditNoteLine
from pupitre.models.people import User
from pupitre.models.seats import Seat


class SeatMoveQuerySet(models.QuerySet):
    def done(self):
        return self.filter(done_at__isnull=False)


class SeatMove(models.Model):
    """One seat that went to another session of its course. Written once, never deleted.

    `difference_cents` is what the seat costs there, less what was paid for it, before taxes: negative when the
    session is cheaper, and then credited.
    """

    seat = models.ForeignKey(Seat, models.PROTECT, verbose_name=_("seat"), related_name="moves")
    from_session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("former session"), related_name="+")
    to_session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("new session"), related_name="+")
    difference_cents = models.IntegerField(_("price difference"), default=0)
    credited_by = models.ForeignKey(
        CreditNoteLine, models.PROTECT, verbose_name=_("credited by"), null=True, blank=True, related_name="moves"
    )
    asked_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("moved by"), related_name="+")
    asked_at = models.DateTimeField(_("asked at"), default=clock.now)
    done_at = models.DateTimeField(_("moved at"), null=True, blank=True)

    objects = SeatMoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("move of a seat")
        verbose_name_plural = _("moves of seats")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(from_session=F("to_session")), name="seat_moves_to_another_session"),
            models.CheckConstraint(
                condition=Q(credited_by=None) | Q(difference_cents__lt=0, done_at__isnull=False),
                name="credited_move_was_cheaper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat_id}: {self.from_session_id} → {self.to_session_id}"
