"""Writing the confirmations of several registrations again, and saying what became of each."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from pupitre import clock, journal
from pupitre.actions.seats import RESEND_PAUSE
from pupitre.mail import letters
from pupitre.models import Assignment, Deed, Establishment, Letter, Seat, User


@dataclass
class Resent:
    """What became of the seats that were ticked: each is counted once."""

    sent: int = 0
    without_address: int = 0
    too_recent: int = 0
    over: int = 0  # their session is over or cancelled: the letter would be of no use
    nobody: int = 0


@transaction.atomic
def resend_several(establishment: Establishment, chosen: Collection[Seat], *, by: User) -> Resent:
    """Write their confirmations again to the holders of these seats, at most once every five minutes each.

    Those who cannot be written to are left out and counted: the others get their letter all the same.
    """
    held = list(
        Assignment.objects.in_force()
        .filter(seat__in=chosen, seat__establishment=establishment)
        .select_for_update(of=("self",))
        .select_related("participant", "seat", "session")
        .order_by("pk")
    )
    written_at = _written_at(held)
    resent, again = Resent(nobody=len(chosen) - len(held)), []
    for assignment in held:
        session, last = assignment.session, written_at.get(assignment.pk)
        if session.is_cancelled or session.is_over:
            resent.over += 1
        elif not assignment.participant.email:
            resent.without_address += 1
        elif last and last + RESEND_PAUSE > clock.now():
            resent.too_recent += 1
        else:
            again.append(assignment)
    letters.registrations_confirmed(again, again=True)
    journal.record_all([_deed(assignment, by=by) for assignment in again])
    resent.sent = len(again)
    return resent


def _written_at(held: list[Assignment]) -> dict:
    """When each of these registrations was confirmed last. Asked for once they are locked."""
    written = Letter.objects.filter(kind="registration_confirmed", assignment__in=held).order_by()
    return dict(written.values_list("assignment").annotate(Max("queued_at")))


def _deed(assignment: Assignment, *, by: User) -> Deed:
    return Deed(
        verb="letter.sent_again",
        by=by,
        at=clock.now(),
        establishment_id=assignment.seat.establishment_id,
        seat_id=assignment.seat_id,
        participant_id=assignment.participant_id,
    )
