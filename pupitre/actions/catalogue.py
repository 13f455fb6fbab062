"""What the provider can do with a session: schedule it, change it, move it."""

from datetime import datetime

from django.db import transaction

from pupitre import journal
from pupitre.actions import orders
from pupitre.mail import letters
from pupitre.models import Assignment, CourseSession, User


@transaction.atomic
def schedule(session: CourseSession, *, by: User) -> CourseSession:
    """Put a new session on the calendar."""
    session.save()
    journal.record("session.scheduled", by=by, session=session)
    return session


@transaction.atomic
def change(session: CourseSession, fields: list[str], *, by: User) -> None:
    """Write these fields of a session and nothing else: its seats move while someone types. New dates move it; new
    places are offered first to those who wait.
    """
    dates = session.starts_at, session.ends_at
    capacity = CourseSession.objects.for_change().values_list("capacity", flat=True).get(pk=session.pk)
    others = [field for field in fields if field not in ("starts_at", "ends_at")]
    if others:
        session.save(update_fields=others)
        journal.record("session.changed", by=by, session=session, facts={"fields": others})
    if "capacity" in others and session.capacity > capacity:
        orders.keep_new_places(session.pk, session.capacity - capacity)
    move(session, *dates, by=by)


@transaction.atomic
def move(session: CourseSession, starts_at: datetime, ends_at: datetime, *, by: User) -> None:
    """Give a session another date or time, and tell everyone registered: their calendar entry moves too."""
    session = CourseSession.objects.select_for_update().get(pk=session.pk)
    if (session.starts_at, session.ends_at) == (starts_at, ends_at):
        return
    facts = {"from": session.starts_at.isoformat(), "to": starts_at.isoformat()}
    session.starts_at, session.ends_at = starts_at, ends_at
    session.revision += 1
    session.save(update_fields=["starts_at", "ends_at", "revision"])
    journal.record("session.moved", by=by, session=session, facts=facts)
    registered = Assignment.objects.in_force().filter(session=session)
    letters.session_moved(registered.select_related("participant", "seat", "session"))
