"""Nobody guesses for long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pupitre import clock
from pupitre.actions import throttles
from pupitre.models import Attempts

pytestmark = pytest.mark.django_db

WINDOW = timedelta(minutes=15)


def try_(times, who="192.0.2.7", kind="code"):
    for _ in range(times):
        throttles.note(kind, who, window=WINDOW)


def refused(who="192.0.2.7", kind="code", limit=3):
    try:
        throttles.refuse_if_exhausted(kind, who, limit=limit)
    except throttles.TooManyAttempts:
        return True
    return False


def test_the_limit_is_the_number_of_tries():
    try_(2)
    assert not refused(limit=3)

    try_(1)
    assert refused(limit=3)


def test_each_address_and_each_kind_has_its_own_count():
    try_(3)

    assert not refused(who="192.0.2.8")
    assert not refused(kind="password")


def test_the_wait_is_said_in_minutes():
    now = timezone.now()
    with clock.stopped_at(now):
        try_(3)

    with clock.stopped_at(now + timedelta(minutes=5)), pytest.raises(throttles.TooManyAttempts) as refusal:
        throttles.refuse_if_exhausted("code", "192.0.2.7", limit=3)

    assert refusal.value.facts == {"n": 10}


def test_the_window_begins_with_the_first_try_and_ends_by_itself():
    now = timezone.now()
    with clock.stopped_at(now):
        try_(2)
    with clock.stopped_at(now + timedelta(minutes=14)):
        try_(1)
        assert refused()

    with clock.stopped_at(now + WINDOW):
        assert not refused()


def test_a_new_window_counts_from_nothing():
    now = timezone.now()
    with clock.stopped_at(now):
        try_(3)

    with clock.stopped_at(now + WINDOW):
        try_(2)
        assert not refused()
        try_(1)
        assert refused()


def test_no_address_is_kept():
    try_(1, who="192.0.2.7")

    (kept,) = Attempts.objects.all()
    assert "192.0.2.7" not in kept.key
    assert kept.key.startswith("code:")
