"""Certificates of attendance: who took part in what, under a number that is never given twice."""

from functools import partial

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.codes import new_code
from pupitre.models.seats import Assignment


class CertificateQuerySet(models.QuerySet):
    def valid(self):
        """Those that were not withdrawn. One that has expired still says that its holder took part."""
        return self.filter(withdrawn_at=None)


class Certificate(models.Model):
    """Says that the holder of a registration took part. Withdrawn when it turns out they did not, never deleted."""

    assignment = models.OneToOneField(
        Assignment, models.PROTECT, verbose_name=_("registration"), related_name="certificate"
    )
    number = models.CharField(
        _("certificate number"), max_length=12, unique=True, default=partial(new_code, 10), editable=False
    )
    name = models.CharField(_("name on the certificate"), max_length=161)
    issued_at = models.DateTimeField(_("issued at"), default=clock.now)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate of attendance")
        verbose_name_plural = _("certificates of attendance")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="certificate_names_someone"),
        ]

    def __str__(self) -> str:
        return self.number
