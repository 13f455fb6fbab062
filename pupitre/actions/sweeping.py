"""Once a night: ask each payment service what it may have told us in vain.

Webhooks get lost, and attempts whose checks were given up stay open: nothing must depend on being told.
"""

import logging
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from pupitre import clock
from pupitre.actions import disputes, events, fees, payments, services
from pupitre.models import Job, Payment

log = logging.getLogger(__name__)

AT = time(3, 30)  # in the provider's own time zone: few people buy then
OVERLAP = timedelta(days=1)
FIRST_LOOK_BACK = timedelta(days=3)  # as long as the services try to deliver a webhook
LONGEST_LOOK_BACK = timedelta(days=28)  # with the overlap, a little less than they keep it
UNCHECKED = timedelta(hours=2)  # an attempt is checked every hour while all goes well


def ask_for_tonight() -> None:
    """Ask for the coming night's sweep of each service. Any number of workers may ask: the date makes it one."""
    now = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE))
    night = now.date() if now.time() < AT else now.date() + timedelta(days=1)
    for means in services.in_use():
        Job.objects.ask("payments.sweep", f"{means}:{night}", due_at=_at_night(night), means=means)


def sweep(means: str) -> None:
    """Find the webhooks that never came, look at what is open, and read the fees that were not written yet."""
    since = _last_sweep(means) - OVERLAP
    events.find_missed(means, since)
    _look_at_open_attempts(means)
    disputes.sweep(means, since)
    fees.fill_in(means)


def _look_at_open_attempts(means: str) -> None:
    """Settle the attempts that are still open. One that the service cannot speak of does not hide the others."""
    for payment in Payment.objects.live().filter(means=means, created_at__lt=clock.now() - UNCHECKED):
        try:
            payments.settle(payment)
        except services.KNOWS_NOTHING_OF_IT as refusal:
            log.error("payment %s could not be looked at: %s", payment.uuid, refusal)


def _last_sweep(means: str) -> datetime:
    """When the last sweep was due. Never longer ago than the services remember."""
    now = clock.now()
    done = Job.objects.filter(key__startswith=f"payments.sweep:{means}:", done_at__isnull=False)
    last = done.order_by("-due_at").values_list("due_at", flat=True).first()
    return max(last or now - FIRST_LOOK_BACK, now - LONGEST_LOOK_BACK)


def _at_night(day: date) -> datetime:
    return datetime.combine(day, AT, ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)
