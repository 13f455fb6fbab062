"""Letters: every e-mail is a row written with the change that caused it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.models.catalogue import CourseSession
from pupitre.models.claim_links import ClaimLink
from pupitre.models.documents import CreditNote
from pupitre.models.invitations import Invitation
from pupitre.models.journal import Deed
from pupitre.models.orders import Order
from pupitre.models.payments import PaymentLink
from pupitre.models.people import READER_LANGUAGES, Establishment, User
from pupitre.models.seats import Assignment
from pupitre.models.waitlist import WaitlistEntry


class Letter(models.Model):
    """One e-mail to one person: what it is about, and what became of it.

    Its words are written when it is posted, from what it is about: a row never holds an access code or a secret link.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        BOUNCED = "bounced", _("Not delivered")
        FAILED = "failed", _("Failed")
        WITHDRAWN = "withdrawn", _("No longer needed")
        HELD = "held", _("Held: the shop takes no real money")

    key = models.CharField(_("key"), max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    to_email = models.EmailField(_("email address"))
    to_name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=READER_LANGUAGES, default="fr-ca")
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), null=True, blank=True, related_name="letters"
    )
    order = models.ForeignKey(
        Order, models.PROTECT, verbose_name=_("order"), null=True, blank=True, related_name="letters"
    )
    credit_note = models.ForeignKey(
        CreditNote, models.PROTECT, verbose_name=_("credit note"), null=True, blank=True, related_name="letters"
    )
    payment_link = models.ForeignKey(
        PaymentLink, models.PROTECT, verbose_name=_("payment link"), null=True, blank=True, related_name="letters"
    )
    claim_link = models.ForeignKey(
        ClaimLink,
        models.PROTECT,
        verbose_name=_("link to take a seat"),
        null=True,
        blank=True,
        related_name="letters",
    )
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, verbose_name=_("registration"), null=True, blank=True, related_name="letters"
    )
    session = models.ForeignKey(
        CourseSession, models.PROTECT, verbose_name=_("session"), null=True, blank=True, related_name="letters"
    )
    waitlist_entry = models.ForeignKey(
        WaitlistEntry,
        models.PROTECT,
        verbose_name=_("waiting list entry"),
        null=True,
        blank=True,
        related_name="letters",
    )
    user = models.ForeignKey(
        User, models.CASCADE, verbose_name=_("account"), null=True, blank=True, related_name="letters"
    )
    invitation = models.ForeignKey(
        Invitation, models.PROTECT, verbose_name=_("invitation"), null=True, blank=True, related_name="letters"
    )
    deed = models.ForeignKey(
        Deed, models.PROTECT, verbose_name=_("deed"), null=True, blank=True, related_name="letters"
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField(_("queued at"), default=clock.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.CharField(_("answer of the mail server"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} · {self.state}"

    @property
    def message_id(self) -> str:
        """The same at every try, so that a mail reader shows a letter posted twice once."""
        return f"<letter-{self.pk}-{self.queued_at:%Y%m%d%H%M%S}@pupitre>"
