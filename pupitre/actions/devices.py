"""The browsers a person signed in with: which they are, and signing one out from afar."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from pupitre import clock, codes, journal
from pupitre.browsing import SIGNED_IN_WITH
from pupitre.models import Browser, User


@dataclass(frozen=True)
class Device:
    """One browser still signed in. Its `number` says nothing of the key that its cookie holds."""

    number: str
    agent: str
    address: str
    since: datetime | None
    is_this_one: bool


def signed_in(user: User, *, key: str = "") -> list[Device]:
    """The browsers still signed in, this one first, then the latest. In one question, however many there are."""
    devices = [_device(browser, key) for browser in _browsers(user)]
    return sorted(devices, key=lambda device: (device.is_this_one, device.since or user.date_joined), reverse=True)


@transaction.atomic
def sign_out(user: User, *, key: str, number: str = "") -> int:
    """Sign one browser out, or all of them but the one of this key. Says how many were."""
    ended = [
        browser.session_key
        for browser in _browsers(user)
        if browser.session_key != key and number in ("", _number(browser.session_key))
    ]
    if ended:
        Browser.objects.filter(session_key__in=ended).delete()
        journal.record("profile.signed_out_elsewhere", by=user, facts={"devices": len(ended)})
    return len(ended)


def forget_expired() -> None:
    """Drop what browsers left here that have not come back for two weeks."""
    Browser.objects.filter(expire_date__lt=clock.now()).delete()


def _browsers(user: User) -> list[Browser]:
    return list(Browser.objects.filter(user=user, expire_date__gt=clock.now()))


def _device(browser: Browser, key: str) -> Device:
    told = browser.get_decoded().get(SIGNED_IN_WITH, {})
    since = told.get("since")
    return Device(
        number=_number(browser.session_key),
        agent=told.get("agent", ""),
        address=told.get("address", ""),
        since=datetime.fromisoformat(since) if since else None,
        is_this_one=browser.session_key == key,
    )


def _number(key: str) -> str:
    return codes.browser_number(key)
