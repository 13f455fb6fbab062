"""What can be done with work that waits: ask for it again."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from pupitre import clock, journal
from pupitre.models import Job, User


@transaction.atomic
def try_again(jobs: Iterable[Job], *, by: User) -> int:
    """Make work due now that was given up or waits for its next try. What is done or under way is left alone."""
    now = clock.now()
    chosen = (
        Job.objects.select_for_update()
        .filter(pk__in=[job.pk for job in jobs], done_at=None)
        .filter(Q(leased_until=None) | Q(leased_until__lt=now))
    )
    keys = list(chosen.values_list("key", flat=True))
    if keys:
        Job.objects.filter(key__in=keys).update(due_at=now, attempts=0, failed_at=None)
        journal.record("job.tried_again", by=by, facts={"jobs": keys})
    return len(keys)
