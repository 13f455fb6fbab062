"""Many people given at once: what was pasted or sent as a file, looked at before anything is done with it."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.codes import new_code
from pupitre.models.catalogue import CourseSession
from pupitre.models.people import READER_LANGUAGES, Establishment, User

# Names and addresses of a list that nobody used are not ours to keep.
KEPT_UNUSED = timedelta(days=1)


class PeopleListQuerySet(models.QuerySet["PeopleList"]):
    def of(self, establishment: Establishment):
        return self.filter(establishment=establishment)

    def unused(self):
        return self.filter(committed_at=None)

    def kept(self):
        """Those that can still be opened: done, or made less than a day ago."""
        return self.exclude(committed_at=None, created_at__lte=clock.now() - KEPT_UNUSED)


class PeopleList(models.Model):
    """People to seat in a session, or to put on the establishment's list, from a paste or a file.

    Until it is used, it holds the rows as they were typed. Once used, it holds nobody's name: who was seated is told by
    the registrations of its batch.
    """

    code = models.CharField(_("code"), max_length=12, unique=True, default=partial(new_code, 12), editable=False)
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="people_lists"
    )
    session = models.ForeignKey(
        CourseSession,
        models.PROTECT,
        verbose_name=_("session"),
        null=True,
        blank=True,
        related_name="people_lists",
        help_text=_("Empty when the people are only put on the establishment's list."),
    )
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    created_at = models.DateTimeField(_("when"), default=clock.now, editable=False)
    language = models.CharField(
        _("preferred language"),
        max_length=5,
        choices=READER_LANGUAGES,
        default="fr-ca",
        help_text=_("Of the people whose row names none."),
    )
    sheet = models.CharField(max_length=100, blank=True)
    ignored_headings = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    batch = models.UUIDField(unique=True, default=uuid4, editable=False)
    committed_at = models.DateTimeField(_("done"), null=True, blank=True)
    outcome = models.JSONField(
        default=dict, help_text=_("How many people were seated, added and corrected; the line of each person seated.")
    )
    rest = models.OneToOneField(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The rows that were not right yet, to go on with."),
    )

    objects = PeopleListQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of people")
        verbose_name_plural = _("lists of people")
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at"], condition=Q(committed_at=None), name="lists_not_used_yet")]
        constraints = [
            models.CheckConstraint(condition=Q(committed_at=None) | Q(rows=[]), name="used_list_names_nobody"),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        if self.session is None:
            return reverse("shop:roster_list", args=[self.code])
        return reverse("shop:people_list", args=[self.session.code, self.code])

    @property
    def is_used(self) -> bool:
        return self.committed_at is not None

    @property
    def lines(self) -> dict[int, int]:
        """The line of the list each person seated was on, by their key."""
        return {int(participant): line for participant, line in self.outcome.get("lines", {}).items()}
