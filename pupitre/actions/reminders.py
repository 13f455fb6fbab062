"""Nobody forgotten: reminders that seats have nobody in them."""

from datetime import datetime, timedelta

from django.db import transaction

from pupitre import clock
from pupitre.mail import letters
from pupitre.models import CourseSession, Establishment, Seat


@transaction.atomic
def seats_still_free(establishment: int, session: int, days: int) -> datetime | None:
    """So many days before a session, tell those who can assign that seats are free. A session that moved is awaited."""
    coming = CourseSession.objects.get(pk=session)
    due_at = coming.starts_at - timedelta(days=days)
    if coming.is_cancelled or coming.has_started:
        return None
    if due_at > clock.now():
        return due_at
    buyer = Establishment.objects.get(pk=establishment)
    if Seat.objects.bought_by(buyer).available().filter(session=coming).exists():
        letters.seats_still_free(buyer, coming, days)
    return None
