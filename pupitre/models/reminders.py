"""Nobody forgotten: which reminders were written."""

from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from pupitre.models.catalogue import CourseSession
from pupitre.models.people import Establishment


class Step(models.TextChoices):
    """When those who can assign are reminded of free seats, the last call being the day before the deadline."""

    TWO_WEEKS = "two_weeks", _("14 days before")
    ONE_WEEK = "one_week", _("7 days before")
    TWO_DAYS = "two_days", _("2 days before")
    LAST_CALL = "last_call", _("the day before the replacement deadline")

    def day(self, session: CourseSession) -> date:
        """The day of this step, on the calendar of the session's own place."""
        if self == Step.LAST_CALL:
            return session.replacements_close_at.astimezone(session.zone).date() - timedelta(days=1)
        return session.starts_at.astimezone(session.zone).date() - timedelta(days=DAYS_BEFORE[self])


DAYS_BEFORE = {Step.TWO_WEEKS: 14, Step.ONE_WEEK: 7, Step.TWO_DAYS: 2}


class Reminder(models.Model):
    """An establishment was reminded of its free seats in a session, once per step: that of each date, when it moves."""

    establishment = models.ForeignKey(
        Establishment, models.CASCADE, verbose_name=_("establishment"), related_name="reminders_written"
    )
    session = models.ForeignKey(CourseSession, models.CASCADE, verbose_name=_("session"), related_name="+")
    step = models.CharField(_("step"), max_length=12, choices=Step)
    step_on = models.DateField(_("day of the step"))
    on = models.DateField(_("on"), help_text=_("On the provider’s calendar. The reminders of a day make one letter."))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["on", "pk"]
        indexes = [models.Index(fields=["establishment", "on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "session", "step", "step_on"], name="one_reminder_per_step"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.establishment_id} · {self.session_id} · {self.step}"
