"""What the provider can do with a session: move it."""

from datetime import datetime

from django.db import transaction

from pupitre import journal
from pupitre.mail import letters
from pupitre.models import Assignment, CourseSession, User


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
    registered = Assignment.objects.in_force().filter(session=session).select_related("participant", "seat")
    letters.session_moved(list(registered), session)
