"""Work that happens later: claims the jobs that are due and does them.

Any number of workers can run, on any number of machines, on PostgreSQL; one on SQLite. A job is claimed with a lease
that is renewed while the work lasts. A worker that dies lets its lease run out, and the job is done again: each piece
of work is written so that doing it twice does it once. A failure is tried again after growing pauses; after the last
one the job stays visible, and can be asked for again.
"""

import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Q

from pupitre import clock
from pupitre.actions import (
    claim_links,
    devices,
    documents,
    events,
    fees,
    lists,
    payments,
    refunds,
    reminders,
    seat_claims,
    sweeping,
    throttles,
    waitlist,
)
from pupitre.mail import delivery
from pupitre.models import Edition, Job, Order, Payment, ProviderEvent, Refund, WaitlistOffer

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 80  # about three days of hourly tries
KEPT_AFTER_DONE = timedelta(days=30)
IDLE_PAUSE = 0.5
TIDYING_PAUSE = 3600.0

# What each kind of job does. It may give the time to look again; otherwise it is done.
WORK: dict[str, Callable[[Job], datetime | None]] = {
    "claims.tell": lambda job: seat_claims.tell(job.facts["link"]),
    "document.draw": lambda job: documents.draw_copies(Edition.objects.get(pk=job.facts["edition"])),
    "invoice.issue": lambda job: documents.issue_late(Order.objects.get(pk=job.facts["order"])),
    "fees.read": lambda job: fees.look(
        Payment.objects.get(pk=job.facts["payment"]), until=datetime.fromisoformat(job.facts["until"])
    ),
    "letter.post": lambda job: delivery.post(job.facts["letter"]),
    "order.expire": lambda job: payments.expire(Order.objects.get(pk=job.facts["order"])),
    "payment.check": lambda job: payments.check(Payment.objects.get(pk=job.facts["payment"])),
    "event.handle": lambda job: events.handle(ProviderEvent.objects.get(pk=job.facts["event"])),
    "payments.sweep": lambda job: sweeping.sweep(job.facts["means"]),
    "refund.send": lambda job: refunds.send(Refund.objects.select_related("payment").get(pk=job.facts["refund"])),
    "reminders.look": lambda job: reminders.look(),
    "reminders.write": lambda job: reminders.write(job.facts["establishment"]),
    "waitlist.offer": lambda job: waitlist.make_offers(job.facts["session"]),
    "waitlist.remind": lambda job: waitlist.remind(
        WaitlistOffer.objects.select_related("order").get(pk=job.facts["offer"])
    ),
}


def run() -> None:
    """Work until told to stop by SIGTERM or SIGINT; the job under way is finished first."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    log.info("worker ready")
    tidy_at = time.monotonic()
    while not stopping.is_set():
        close_old_connections()
        try:
            if time.monotonic() >= tidy_at:
                tidy()
                tidy_at = time.monotonic() + TIDYING_PAUSE
            did_something = work_once()
        except DatabaseError:
            log.exception("the database is not answering; trying again")
            connection.close()
            did_something = False
        if not did_something:
            stopping.wait(IDLE_PAUSE)


def work_once() -> bool:
    """Do one job that is due, if any; says whether there was one."""
    job = claim()
    if job is None:
        return False
    with _lease_renewed(job):
        try:
            again_at = WORK[job.kind](job)
        except Exception as trouble:
            _put_off(job, trouble)
            return True
    _finish(job, again_at)
    return True


def work_until_idle(limit: int = 1000) -> int:
    """Do every job that is due now; says how many."""
    return next((done for done in range(limit) if not work_once()), limit)


@transaction.atomic
def claim() -> Job | None:
    """Take the job that has been due the longest, for as long as the lease is renewed."""
    now = clock.now()
    due = (
        Job.objects.unfinished()
        .filter(Q(leased_until=None) | Q(leased_until__lt=now), due_at__lte=now)
        .order_by("due_at", "pk")
    )
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    job = due.first()
    if job is not None and job.attempts >= MOST_ATTEMPTS:
        # It was claimed each time by a worker that never came back: it must not take down another one.
        job.failed_at, job.last_error = now, "WorkerDied"
        job.save(update_fields=["failed_at", "last_error"])
        return claim()
    if job is not None:
        job.lease = uuid4().hex
        job.leased_until = now + LEASE
        job.attempts += 1
        job.save(update_fields=["lease", "leased_until", "attempts"])
    return job


def tidy() -> None:
    """Once an hour: drop what is no longer needed, say no to those who wait in vain, and see to it that the work of the
    coming night is asked for.
    """
    forget_old_jobs()
    events.forget_old_bodies()
    lists.forget_unused()
    devices.forget_expired()
    throttles.forget_past()
    claim_links.refuse_those_too_late()
    sweeping.ask_for_tonight()
    reminders.ask_for_the_day()


def forget_old_jobs() -> None:
    """Drop the rows of work done a month ago."""
    Job.objects.filter(done_at__lt=clock.now() - KEPT_AFTER_DONE).delete()


@contextmanager
def _lease_renewed(job: Job) -> Iterator[None]:
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE.total_seconds() / 3):
            Job.objects.filter(pk=job.pk, lease=job.lease).update(leased_until=clock.now() + LEASE)
        connection.close()

    keeper = threading.Thread(target=renew, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _finish(job: Job, again_at: datetime | None) -> None:
    outcome = {"due_at": again_at, "attempts": 0} if again_at else {"done_at": clock.now()}
    _close(job, last_error="", **outcome)


def _put_off(job: Job, trouble: Exception) -> None:
    # The traceback goes to the log; the row keeps the kind of trouble only, which holds nobody's name.
    log.warning("job %s failed, attempt %s", job.key, job.attempts, exc_info=trouble)
    if job.attempts >= MOST_ATTEMPTS:
        _close(job, failed_at=clock.now(), last_error=type(trouble).__name__)
        return
    _close(job, due_at=clock.now() + _pause_after(job.attempts), last_error=type(trouble).__name__)


def _pause_after(attempts: int) -> timedelta:
    """Five seconds after the first failure, twice as long after each one, up to an hour; never quite the same."""
    doublings = min(attempts - 1, 10)  # already more than an hour, and still a number that a pause can hold
    return min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311


def _close(job: Job, **outcome: Any) -> None:
    # Only the worker that still holds the lease may write: a job taken over by another is theirs to close.
    Job.objects.filter(pk=job.pk, lease=job.lease).update(lease="", leased_until=None, **outcome)
