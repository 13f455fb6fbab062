"""Seats that go to another session of their course: where from, where to, at what difference of price."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import CourseSession
from pupitre.models.documents import CreditNoteLine
from pupitre.models.orders import Order
from pupitre.models.people import User
from pupitre.models.seats import Seat


class SeatMoveQuerySet(models.QuerySet):
    def done(self):
        return self.filter(done_at__isnull=False)

    def pending(self):
        """Those to a dearer session whose order awaits its payment."""
        return self.filter(done_at=None, given_up_at=None)


class SeatMove(models.Model):
    """One seat that went to another session of its course, or will as soon as its order is paid. Never deleted.

    `difference_cents` is what the seat costs there, less what was paid for it, before taxes: negative when the
    session is cheaper, and then credited; positive when it is dearer, and then paid by an order of its own.
    """

    seat = models.ForeignKey(Seat, models.PROTECT, verbose_name=_("seat"), related_name="moves")
    from_session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("former session"), related_name="+")
    to_session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("new session"), related_name="+")
    difference_cents = models.IntegerField(_("price difference"), default=0)
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        verbose_name=_("paid by"),
        null=True,
        blank=True,
        related_name="moves",
        help_text=_("The order that pays the difference, when the session is dearer."),
    )
    asked_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("moved by"), related_name="+")
    asked_at = models.DateTimeField(_("asked at"), default=clock.now)
    done_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    given_up_at = models.DateTimeField(
        _("given up at"), null=True, blank=True, help_text=_("When its order was cancelled, or was not paid in time.")
    )

    objects = SeatMoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("move of a seat")
        verbose_name_plural = _("moves of seats")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(from_session=F("to_session")), name="seat_moves_to_another_session"),
            models.UniqueConstraint(
                fields=["seat"], condition=Q(done_at=None, given_up_at=None), name="one_pending_move_per_seat"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(given_up_at=None), name="move_is_not_both_done_and_given_up"
            ),
            models.CheckConstraint(
                condition=Q(order=None, done_at__isnull=False) | Q(order__isnull=False, difference_cents__gt=0),
                name="only_a_dearer_move_waits_for_its_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat_id}: {self.from_session_id} → {self.to_session_id}"

    @property
    def is_pending(self) -> bool:
        """Whether the order that pays it is awaited."""
        return self.done_at is None and self.given_up_at is None


class MoveCredit(models.Model):
    """What a move to a cheaper session gave back of one line: that of an order which had paid an earlier move of its
    seat, or the one that bought it. Never changed.
    """

    move = models.ForeignKey(SeatMove, models.PROTECT, verbose_name=_("move of a seat"), related_name="credits")
    line = models.ForeignKey(
        CreditNoteLine, models.PROTECT, verbose_name=_("line of a credit note"), related_name="move_credits"
    )
    cents = models.PositiveIntegerField(_("amount"))

    class Meta:
        verbose_name = _("credit of a move")
        verbose_name_plural = _("credits of moves")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["move", "line"], name="one_credit_per_move_and_line"),
            models.CheckConstraint(condition=Q(cents__gte=1), name="move_credit_is_an_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.move_id}: {self.cents}"
