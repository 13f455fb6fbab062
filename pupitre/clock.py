"""What time it is: for showing, and for deciding.

Several machines may serve one shop and their clocks differ, so a deadline is decided by the database's clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone

_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)


def now() -> datetime:
    """The moment to show on a page or to write beside a fact."""
    return _stopped.get() or timezone.now()


def deciding_now() -> datetime:
    """The moment a deadline is compared with: the database's clock (SQLite shares this machine's)."""
    if (stopped := _stopped.get()) is not None:
        return stopped
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0].astimezone(UTC)


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Live through a given moment: demonstrations of the past, and tests of deadlines."""
    token = _stopped.set(moment)
    try:
        yield
    finally:
        _stopped.reset(token)
