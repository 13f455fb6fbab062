"""People who are asked to act for an establishment, and have not answered yet."""

from datetime import timedelta
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pupitre import clock, codes
from pupitre.models.people import Establishment, Role, User

VALID_FOR = timedelta(days=7)
SENT_AGAIN_AFTER = timedelta(minutes=5)


class InvitationQuerySet(models.QuerySet):
    def pending(self):
        """Neither accepted nor taken back. One that has expired still waits: it can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """An e-mail address is invited to act for an establishment, in a role.

    The word of its link is derived from `uuid` and a server key; only its keyed hash is stored. Following the link
    proves that the address is read by whoever follows it.
    """

    uuid = models.UUIDField(_("identifier"), unique=True, default=uuid4, editable=False)
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="invitations"
    )
    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("invited by"), related_name="+")
    is_by_provider = models.BooleanField(
        _("by the training provider"), default=False, help_text=_("An owner was to be found for the establishment.")
    )
    succeeds = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("succeeds"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The owner who gives their place, and becomes a delegate when this is accepted."),
    )
    invited_at = models.DateTimeField(_("invited at"), default=clock.now)
    sent_at = models.DateTimeField(_("sent at"), default=clock.now)
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("accepted by"), null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "establishment",
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_pending_invitation_per_address",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invited_role_is_known"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None), name="accepted_or_revoked_not_both"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="accepted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(succeeds=None) | Q(role=Role.OWNER), name="only_an_owner_succeeds_an_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.establishment_id} {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("shop:invitation", args=[self.word])

    @property
    def word(self) -> str:
        """The secret part of its address."""
        return codes.invitation_word(str(self.uuid))

    @property
    def role_meaning(self) -> str:
        """What the role opens, in one sentence."""
        return str(Role(self.role).meaning)

    @property
    def is_pending(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None

    @property
    def has_expired(self) -> bool:
        return clock.now() >= self.expires_at

    @property
    def is_open(self) -> bool:
        return self.is_pending and not self.has_expired

    @property
    def can_be_sent_again(self) -> bool:
        return clock.now() >= self.sent_at + SENT_AGAIN_AFTER
