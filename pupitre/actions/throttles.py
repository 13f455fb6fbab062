"""Counting attempts, so that nobody guesses for long."""

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import ngettext_lazy

from pupitre import clock
from pupitre.models import Attempts
from pupitre.refusals import Refused


class TooManyAttempts(Refused):
    code = "too_many_attempts"
    message = ngettext_lazy(
        "Too many attempts. Try again in {n} minute.", "Too many attempts. Try again in {n} minutes.", "n"
    )


def refuse_if_exhausted(kind: str, who: str, *, limit: int) -> None:
    """Refuse when this was already tried so many times in the current window."""
    now = clock.now()
    attempts = Attempts.objects.filter(key=_key(kind, who), window_ends_at__gt=now, count__gte=limit).first()
    if attempts:
        minutes = max(1, round((attempts.window_ends_at - now) / timedelta(minutes=1)))
        raise TooManyAttempts(n=minutes)


@transaction.atomic
def note(kind: str, who: str, *, window: timedelta) -> None:
    """Count one attempt; the window begins with the first."""
    now = clock.now()
    key = _key(kind, who)
    Attempts.objects.bulk_create([Attempts(key=key, window_ends_at=now + window)], ignore_conflicts=True)
    Attempts.objects.filter(key=key, window_ends_at__lte=now).update(count=0, window_ends_at=now + window)
    Attempts.objects.filter(key=key).update(count=F("count") + 1)


def forget(kind: str, who: str) -> None:
    """Start counting again: the person proved who they are in another way."""
    Attempts.objects.filter(key=_key(kind, who)).delete()


def forget_past() -> None:
    """Drop the counts whose window of time is over."""
    Attempts.objects.filter(window_ends_at__lt=clock.now()).delete()


def _key(kind: str, who: str) -> str:
    # An address is personal: only its keyed hash is kept.
    return f"{kind}:{hmac.new(settings.SECRET_KEY.encode(), who.encode(), hashlib.sha256).hexdigest()[:32]}"
