"""Work that happens later, and counters of attempts."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock


class JobQuerySet(models.QuerySet["Job"]):
    def ask(self, kind: str, key: str, *, due_at: datetime | None = None, **facts: Any) -> None:
        """Ask for one piece of work, in the transaction of the fact that causes it. The same key twice asks once."""
        self.ask_many([Job(kind=kind, key=f"{kind}:{key}", due_at=due_at or clock.now(), facts=facts)])

    def ask_many(self, jobs: "list[Job]") -> None:
        Job.objects.bulk_create(jobs, ignore_conflicts=True, batch_size=500)

    def unfinished(self):
        return self.filter(done_at=None, failed_at=None)


class Job(models.Model):
    """One piece of work that happens later: due at a time, tried again after a failure, done once."""

    key = models.CharField(_("work"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    facts = models.JSONField(_("details"), default=dict)
    due_at = models.DateTimeField(_("due at"), default=clock.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease = models.CharField(_("taken by"), max_length=40, blank=True)
    leased_until = models.DateTimeField(_("taken until"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    last_error = models.CharField(_("last trouble"), max_length=500, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, failed_at=None), name="jobs_not_finished"),
        ]

    def __str__(self) -> str:
        return self.key


class Attempts(models.Model):
    """How often something was tried in the current window of time. Keys hold no address in clear."""

    key = models.CharField(max_length=100, unique=True)
    window_ends_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
