"""Nobody forgotten: reminders that seats have nobody in them.

Once a day, in the morning, what is true that day is looked at: a session that moved, a seat bought or given back since
changes nothing to how it works. The reminders of one day make one letter per reader, however many seats and sessions.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from pupitre import clock
from pupitre.mail import letters
from pupitre.models import CourseSession, Establishment, Job, Reminder
from pupitre.models.reminders import Step
from pupitre.queries.free_seats import FreeSeats, free_seats_to_come

AT = time(9)  # in the provider's own time zone
JUST_BOUGHT = timedelta(days=1)  # the letter of the order has just said that seats are to be assigned
# Longer than that: a worker that was down yesterday, or a seat bought on the day of a step, loses no reminder.
GRACE = timedelta(days=2)


def ask_for_the_day() -> None:
    """Ask for the coming morning's look. Any number of workers may ask: the date makes it one."""
    now = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE))
    day = now.date() if now.time() < AT else now.date() + timedelta(days=1)
    due_at = datetime.combine(day, AT, ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)
    Job.objects.ask("reminders.look", day.isoformat(), due_at=due_at)


def look() -> None:
    """Ask for today's reminders of each establishment that has some: one piece of work each."""
    Job.objects.ask_many(
        [
            Job(kind="reminders.write", key=f"reminders.write:{pk}:{today()}", facts={"establishment": pk})
            for pk in to_remind()
        ]
    )


def to_remind() -> list[int]:
    """The establishments that are to be reminded of something today."""
    return sorted({free.establishment for free, _step in due(free_seats_to_come(), today())})


@transaction.atomic
def write(establishment: int) -> None:
    """Remind those who can assign for an establishment of the seats that are free today. Twice, it reminds once."""
    buyer = Establishment.objects.select_for_update().get(pk=establishment)
    day = today()
    reached = due(free_seats_to_come(buyer), day)
    if not buyer.reminders or not reached:
        return
    Reminder.objects.bulk_create(
        [
            Reminder(establishment=buyer, session=free.session, step=step, step_on=step.day(free.session), on=day)
            for free, step in reached
        ]
    )
    is_last_call = any(step in (Step.TWO_DAYS, Step.LAST_CALL) for _free, step in reached)
    letters.seats_still_free(buyer, day, is_last_call=is_last_call)


def today() -> date:
    """The day, on the provider's calendar."""
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def due(free: Iterable[FreeSeats], day: date) -> list[tuple[FreeSeats, Step]]:
    """Of these seats, those whose establishment is to be reminded on a day, and the step they have reached."""
    free = [seats for seats in free if seats.bought_before(clock.now() - JUST_BOUGHT)]
    written = set(
        Reminder.objects.filter(session__in={seats.session.pk for seats in free}).values_list(
            "establishment", "session", "step", "step_on"
        )
    )
    reached = []
    for seats in free:
        for step in steps_reached(seats.session, day):
            if (seats.establishment, seats.session.pk, step, step.day(seats.session)) not in written:
                reached.append((seats, step))
                break
    return reached


def steps_reached(session: CourseSession, day: date) -> list[Step]:
    """The steps to be reminded of on a day, the first one that was not written yet: the last call before anything, then
    the latest step whose day it is, or was just before. Two steps on one day are one: the last call.
    """
    lately = [step for step in Step if day - GRACE <= step.day(session) <= day]
    if not lately:
        return []
    latest = max(lately, key=lambda step: (step.day(session), step == Step.LAST_CALL))
    return [Step.LAST_CALL, latest] if Step.LAST_CALL in lately else [latest]
