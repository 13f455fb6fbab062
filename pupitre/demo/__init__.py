"""A provider, its buyers and a year of their dealings, so that a new installation has something to show.

Everything is bought, paid and assigned through the real actions, at the moments it pretends to have happened.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation

from pupitre import clock
from pupitre.actions import reminders
from pupitre.demo import courses, members, people, rebates, sessions, story, terms
from pupitre.demo.people import OWNER_EMAIL, PASSWORD, STAFF_EMAIL
from pupitre.models import Job, Letter, Provider, User
from pupitre.refusals import Refused

__all__ = ["OWNER_EMAIL", "PASSWORD", "STAFF_EMAIL", "AnotherProvider", "TakesMoney", "load"]

STILL_IN_THE_POST = timedelta(hours=1)


class TakesMoney(Refused):
    code = "takes_money"
    message = "This installation takes real money: the demo, whose passwords everyone knows, is not loaded."


class AnotherProvider(Refused):
    code = "another_provider"
    message = "This installation already has a training provider, {provider}: the demo needs an empty one."


@transaction.atomic
def load() -> bool:
    """Load the demo into an empty installation, all of it or nothing. Says whether it did, for it is done once."""
    if settings.PAYMENT_MODE == "live":
        raise TakesMoney
    if User.objects.filter(email=OWNER_EMAIL).exists():
        return False
    if provider := Provider.objects.first():
        raise AnotherProvider(provider=provider.name)

    now = clock.now()
    with translation.override("fr-ca"):
        with clock.stopped_at(now - timedelta(days=300)):
            owner = people.open_main_establishment()
            members.welcome_colleagues(owner)
            members.open_second_establishment(owner)
            others = people.open_other_establishments()
            staff = people.welcome_staff(owner.user)
        offered = courses.open_shop(now)
        with clock.stopped_at(now - timedelta(days=300)):
            terms.publish_terms()
            rebates.offer_rebates(offered, [owner, others[-1]])
        planned = sessions.plan_sessions(offered, now)
        members.invite_someone(owner)
        story.live(planned, owner, others, staff, now)
    _send_due_reminders(now)
    _close_old_work()
    return True


def _send_due_reminders(now: datetime) -> None:
    """The reminders that would have been written since, each on its morning."""
    for days in range(15, -1, -1):
        morning = datetime.combine(now.date() - timedelta(days=days), reminders.AT, ZoneInfo(settings.TIME_ZONE))
        if morning <= now:
            with clock.stopped_at(morning):
                for establishment in reminders.to_remind():
                    reminders.write(establishment)


def _close_old_work() -> None:
    """What was due more than an hour ago is done: readers got their letters long ago, and only today’s leave today."""
    before = clock.now() - STILL_IN_THE_POST
    Letter.objects.filter(state=Letter.State.QUEUED, queued_at__lt=before).update(
        state=Letter.State.SENT, sent_at=F("queued_at")
    )
    Job.objects.unfinished().filter(due_at__lt=before).update(done_at=F("due_at"), attempts=1)
