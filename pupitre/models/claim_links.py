"""Links through which people take a seat by themselves, and what each of them asked for."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pupitre import clock, codes
from pupitre.codes import new_code
from pupitre.models.catalogue import CourseSession
from pupitre.models.folding import Folded
from pupitre.models.orders import Order
from pupitre.models.people import READER_LANGUAGES, Establishment, User
from pupitre.models.seats import Assignment


class ClaimLinkQuerySet(models.QuerySet["ClaimLink"]):
    def of(self, establishment: Establishment):
        return self.filter(establishment=establishment)

    def in_force(self):
        """Those that nobody revoked and whose own end has not come. Their session may have started meanwhile."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()), revoked_at=None)


class ClaimLink(models.Model):
    """A link that an owner posts in the staff room: each person takes one of the establishment's free seats of a
    session, in their own name and without an account.

    Its word is derived from `uuid` and a server key; only its keyed hash is stored. `taken` counts the seats that are
    held through it. It only moves by conditional updates in `actions/claim_places.py`; the constraint is the last line.
    """

    uuid = models.UUIDField(_("identifier"), unique=True, default=uuid4, editable=False)
    code = models.CharField(_("code"), max_length=12, unique=True, default=partial(new_code, 12), editable=False)
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    batch = models.UUIDField(
        unique=True,
        default=uuid4,
        editable=False,
        help_text=_("The form it was made with; sent twice, it counts once."),
    )
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="claim_links"
    )
    session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("session"), related_name="claim_links")
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        verbose_name=_("order"),
        null=True,
        blank=True,
        related_name="claim_links",
        help_text=_("Only the seats of this order are given. Empty: all those of the establishment."),
    )
    places = models.PositiveIntegerField(_("seats at most"))
    taken = models.PositiveIntegerField(_("seats taken"), default=0, editable=False)
    email_domain = models.CharField(_("email domain"), max_length=253, blank=True)
    needs_approval = models.BooleanField(_("each request is approved"), default=False)
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("Empty: when the session starts.")
    )
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("made by"), related_name="+")
    made_at = models.DateTimeField(_("made at"), default=clock.now)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = ClaimLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link to take a seat")
        verbose_name_plural = _("links to take a seat")
        ordering = ["pk"]
        indexes = [models.Index(fields=["establishment", "session"])]
        constraints = [
            models.CheckConstraint(condition=Q(places__gte=1), name="claim_link_gives_something"),
            models.CheckConstraint(condition=Q(taken__lte=F("places")), name="claim_link_not_overdrawn"),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """The page of those who take a seat. Its owner's is `shop:claim_link`."""
        return reverse("shop:place", args=[self.word])

    @property
    def word(self) -> str:
        """The secret part of its address."""
        return codes.claim_word(str(self.uuid))

    @property
    def closes_at(self) -> datetime:
        """Never after the session starts, even when it was moved since."""
        return min(self.expires_at or self.session.starts_at, self.session.starts_at)

    @property
    def is_open(self) -> bool:
        """Whether it gives seats, if there are any left."""
        return self.revoked_at is None and not self.session.is_cancelled and clock.now() < self.closes_at


class SeatClaimQuerySet(models.QuerySet["SeatClaim"]):
    def waiting(self):
        """Those that nobody has answered yet."""
        return self.filter(accepted_at=None, refused_at=None)

    def answered(self):
        return self.filter(Q(accepted_at__isnull=False) | Q(refused_at__isnull=False))

    def holding(self):
        """Those whose seat is still theirs."""
        return self.filter(assignment__released_at=None, assignment__isnull=False)

    def behind(self, assignments: Sequence[Assignment]):
        return self.filter(assignment__in=assignments)


class SeatClaim(models.Model):
    """Someone took a seat through a link, or asks for one. What was typed stays here as it was."""

    uuid = models.UUIDField(_("identifier"), unique=True, default=uuid4, editable=False)
    link = models.ForeignKey(ClaimLink, models.PROTECT, verbose_name=_("link"), related_name="claims")
    batch = models.UUIDField(
        unique=True, editable=False, help_text=_("The form it was sent with; sent twice, it counts once.")
    )
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    email = models.EmailField(_("email address"), blank=True)
    language = models.CharField(_("preferred language"), max_length=5, choices=READER_LANGUAGES, default="fr-ca")
    folded = Folded(of=("last_name", "first_name", "email"))
    asked_at = models.DateTimeField(_("asked at"), default=clock.now)
    told_at = models.DateTimeField(
        _("told at"), null=True, blank=True, help_text=_("When a letter said that it waits for an answer.")
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    refused_at = models.DateTimeField(_("refused at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    assignment = models.OneToOneField(
        Assignment, models.PROTECT, verbose_name=_("registration"), null=True, blank=True, related_name="claim"
    )

    objects = SeatClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for a seat")
        verbose_name_plural = _("requests for a seat")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(refused_at=None), name="claim_is_answered_in_one_way"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, assignment=None) | Q(accepted_at__isnull=False, assignment__isnull=False),
                name="accepted_claim_has_its_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.link_id}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_waiting(self) -> bool:
        return self.accepted_at is None and self.refused_at is None

    @property
    def is_holding(self) -> bool:
        """Whether the seat that was taken is still theirs."""
        return self.assignment is not None and self.assignment.in_force
