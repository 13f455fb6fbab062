"""The terms of sale, version after version."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import in_reader_language


class TermsVersion(models.Model):
    """One version of the terms of sale. Once published it never changes: orders name the one they were placed under.

    French is required: it is given first, and English binds only who expressly chooses it.
    """

    number = models.PositiveIntegerField(_("version"), unique=True, editable=False)
    text_fr = models.TextField(_("text (French)"))
    text_en = models.TextField(_("text (English)"), blank=True)
    written_at = models.DateTimeField(_("written at"), default=clock.now, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("version of the terms of sale")
        verbose_name_plural = _("terms of sale")
        ordering = ["-number"]
        constraints = [models.CheckConstraint(condition=~Q(text_fr=""), name="terms_exist_in_french")]

    def __str__(self) -> str:
        return str(_("Version {n}").format(n=self.number))

    @property
    def text(self) -> str:
        return in_reader_language(self, "text")

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def is_in_english(self) -> bool:
        return bool(self.text_en)
