"""What is delivered: seats, and who holds them."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import uuid4

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre import clock, codes
from pupitre.codes import new_code
from pupitre.models.catalogue import CourseSession
from pupitre.models.orders import OrderLine
from pupitre.models.people import Establishment, Participant, User


class SeatState(models.TextChoices):
    """Where a seat stands, in one word: the same in pages, filters, letters and exports."""

    FREE = "free", _("To assign")
    RELEASED = "released", _("Available again")
    ASSIGNED = "assigned", _("Assigned")
    QUEUED = "queued", _("Email being sent")
    SENT = "sent", _("Email sent")
    BOUNCED = "bounced", _("Email not delivered")
    OPENED = "opened", _("Access opened")
    PRESENT = "present", _("Present")
    ABSENT = "absent", _("Absent")
    COMPLETED = "completed", _("Completed")
    UNUSED = "unused", _("Not used")
    REFUNDED = "refunded", pgettext_lazy("seat", "Refunded")
    CANCELLED = "cancelled", _("Cancelled")


class SeatQuerySet(models.QuerySet):
    def bought_by(self, establishment: Establishment):
        return self.filter(establishment=establishment)

    def available(self):
        """In force, with nobody in them."""
        in_force = Assignment.objects.filter(seat=OuterRef("pk"), released_at=None)
        return self.filter(~Exists(in_force), cancelled_at=None)

    def with_holders(self):
        """Everything a page of seats reads, in a fixed number of questions."""
        holders = Assignment.objects.select_related("participant", "certificate").prefetch_related("letters")
        return self.select_related("session__course", "line__order").prefetch_related(
            models.Prefetch("assignments", queryset=holders)
        )


class Seat(models.Model):
    """One place in a session, bought by an establishment."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=partial(new_code, 12), editable=False)
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="seats"
    )
    line = models.ForeignKey(OrderLine, models.PROTECT, verbose_name=_("order line"), related_name="seats")
    session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("session"), related_name="seats")
    position = models.PositiveIntegerField(_("position"), help_text=_("1 to the quantity of the line."))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    credited_by = models.ForeignKey(
        "CreditNoteLine", models.PROTECT, verbose_name=_("credited by"), null=True, blank=True, related_name="seats"
    )

    standing: str | None = None  # set by `queries/board.py`, which asks for the state of many seats at once
    told_at: datetime | None = None  # set by `queries/purchases.py`: when the confirmation was sent

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["pk"]
        indexes = [models.Index(fields=["establishment", "session"])]
        constraints = [
            models.UniqueConstraint(fields=["line", "position"], name="one_seat_per_place_bought"),
            models.CheckConstraint(
                condition=Q(credited_by=None) | Q(cancelled_at__isnull=False), name="credited_seat_is_cancelled"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("shop:seat", args=[self.code])

    @property
    def assignment(self) -> "Assignment | None":
        """The assignment in force, or None. Reads prefetched rows when there are any."""
        return next((a for a in self.assignments.all() if a.in_force), None)

    @property
    def former_assignments(self) -> "list[Assignment]":
        return [a for a in self.assignments.all() if not a.in_force]

    @property
    def has_moved(self) -> bool:
        """Whether it is in another session than the one it was bought in."""
        return self.session_id != self.line.session_id

    @property
    def supplements(self):
        """Its moves to dearer sessions that were paid, the latest first. Reads prefetched rows."""
        paid = [move for move in self.moves.all() if move.order_id and move.done_at]
        return sorted(paid, key=lambda move: (move.done_at, move.pk), reverse=True)

    @property
    def paid_by(self) -> list[int]:
        """The orders that paid for it: the one that bought it, and those of its moves. Reads prefetched rows."""
        return [self.line.order_id, *(move.order_id for move in self.supplements)]

    @property
    def credited_cents(self) -> int:
        """What its moves to cheaper sessions took back from its own line, before taxes. Reads prefetched rows."""
        parts = (part for move in self.moves.all() for part in move.credits.all())
        return sum(part.cents for part in parts if part.line.line_id == self.line_id)

    @property
    def settled_cents(self) -> int:
        """What was paid for it, before taxes, besides its line, less what came back: below zero when more came back.
        Reads prefetched rows.
        """
        return sum(move.order.left_by_seat[self.pk] for move in self.supplements) - self.credited_cents

    @property
    def pending_move(self):
        """Its move to a dearer session, while the order of that one awaits its payment. Reads prefetched rows."""
        return next((move for move in self.moves.all() if move.is_pending), None)

    @property
    def has_supplement(self) -> bool:
        """Whether an order of its own paid for a move to a dearer session. Reads prefetched rows."""
        return bool(self.supplements)

    @property
    def is_available(self) -> bool:
        return self.cancelled_at is None and self.assignment is None

    @property
    def state(self) -> str:
        """The one word for where this seat stands: a `SeatState`."""
        if self.standing:
            return self.standing
        if self.credited_by_id:
            return "refunded"
        if self.cancelled_at or self.session.is_cancelled:
            return "cancelled"
        assignment = self.assignment
        if assignment is None:
            if self.session.has_started:
                return "unused"
            return "released" if self.former_assignments else "free"
        if assignment.attendance:
            return assignment.attendance
        if self.session.is_over:
            return "completed"
        return "opened" if assignment.opened_at else assignment.delivery_state

    @property
    def state_name(self) -> str:
        return str(SeatState(self.state).label)


class Attendance(models.TextChoices):
    """Whether someone registered was there."""

    PRESENT = "present", _("Present")
    ABSENT = "absent", _("Absent")


class AssignmentQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(released_at=None)


class Assignment(models.Model):
    """Who holds a seat, from when to when. Closed on release, never deleted.

    The access code belongs to the assignment: it is derived from `uuid`, and only its keyed hash is stored.
    """

    uuid = models.UUIDField(_("identifier"), unique=True, default=uuid4, editable=False)
    seat = models.ForeignKey(Seat, models.PROTECT, verbose_name=_("seat"), related_name="assignments")
    session = models.ForeignKey(CourseSession, models.PROTECT, verbose_name=_("session"), related_name="assignments")
    participant = models.ForeignKey(
        Participant, models.PROTECT, verbose_name=_("participant"), related_name="assignments"
    )
    code_fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    batch = models.UUIDField(
        default=uuid4,
        db_index=True,
        editable=False,
        help_text=_("The form it was assigned with; sent twice, it counts once."),
    )
    assigned_at = models.DateTimeField(_("assigned at"), default=clock.now)
    assigned_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("assigned by"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Nobody: the holder took the seat through a link."),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    certificate_name = models.CharField(_("name on the certificate"), max_length=161, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("released by"), null=True, blank=True, related_name="+"
    )
    undo_until = models.DateTimeField(
        _("can be undone until"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Until when the holder can be given the seat back, if nobody else took it."),
    )
    revision = models.PositiveIntegerField(
        _("number of changes"),
        default=0,
        editable=False,
        help_text=_("How often it was moved or restored; calendars take the entry with the highest one."),
    )
    replaced = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("replaced"),
        null=True,
        blank=True,
        editable=False,
        related_name="replacements",
        help_text=_("The registration whose holder had to leave this seat."),
    )

    attendance = models.CharField(
        _("attendance"), max_length=8, choices=Attendance, null=True, blank=True, help_text=_("Empty: not noted.")
    )
    noted_at = models.DateTimeField(_("attendance noted at"), null=True, blank=True)
    noted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("attendance noted by"), null=True, blank=True, related_name="+"
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(released_at=None), name="one_holder_per_seat"),
            models.UniqueConstraint(
                fields=["session", "participant"],
                condition=Q(released_at=None),
                name="one_seat_per_person_and_session",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(released_at__gte=F("assigned_at")),
                name="released_after_it_was_assigned",
            ),
            models.CheckConstraint(
                condition=Q(undo_until=None) | Q(released_at__isnull=False), name="only_what_ended_can_be_undone"
            ),
            models.CheckConstraint(
                condition=Q(attendance=None, noted_at=None)
                | Q(attendance__isnull=False, attendance__in=Attendance.values, noted_at__isnull=False),
                name="attendance_says_when_it_was_noted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant} · {self.seat_id}"

    @property
    def in_force(self) -> bool:
        return self.released_at is None

    @property
    def name_to_certify(self) -> str:
        """As the holder chose to write it, or else as the list has it today."""
        return self.certificate_name or self.participant.name

    @property
    def access_code(self) -> str:
        """The code as it is shown: K7QF-3M2X-9TBD-4HWE."""
        return codes.shown(codes.access_code(str(self.uuid)))

    @property
    def was_claimed(self) -> bool:
        """Whether the holder took the seat by themselves, through a link of the establishment."""
        return hasattr(self, "claim")

    @property
    def calendar_uid(self) -> str:
        return f"{self.uuid}@pupitre"

    @property
    def calendar_sequence(self) -> int:
        """Which of its calendar entries is the latest: it only grows, whatever session the registration goes to.
        `actions/moving.py` sees to that.
        """
        return self.session.revision + 2 * self.revision

    @property
    def hours_followed(self) -> Decimal:
        """Those of the course when its holder was present, none otherwise."""
        return self.session.course.training_hours if self.attendance == Attendance.PRESENT else Decimal(0)

    @property
    def valid_certificate(self):
        """The certificate of attendance, or None when there is none or it was withdrawn."""
        certificate = getattr(self, "certificate", None)
        return certificate if certificate and certificate.withdrawn_at is None else None

    @property
    def confirmation_letter(self):
        """The latest letter that told the holder, or None. Reads prefetched rows when there are any."""
        letters = [letter for letter in self.letters.all() if letter.kind == "registration_confirmed"]
        return max(letters, key=lambda letter: letter.pk) if letters else None

    @property
    def delivery_state(self) -> str:
        """What became of the letter to the holder: `assigned` when there is none to send."""
        letter = self.confirmation_letter
        if letter is None:
            return "assigned"
        return {"bounced": "bounced", "failed": "bounced", "sent": "sent"}.get(letter.state, "queued")


def new_assignment(
    seat: Seat, participant: Participant, *, batch, by: User | None, replaced: Assignment | None = None
) -> Assignment:
    """An assignment not stored yet, with its access code."""
    uuid = uuid4()
    return Assignment(
        uuid=uuid,
        seat=seat,
        session_id=seat.session_id,
        participant=participant,
        batch=batch,
        assigned_by=by,
        replaced=replaced,
        code_fingerprint=codes.fingerprint(codes.access_code(str(uuid))),
    )
