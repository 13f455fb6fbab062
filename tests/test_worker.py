"""Work that happens later: done, done once, and done again when a worker dies."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from pupitre import clock, worker
from pupitre.actions import orders
from pupitre.models import Attempts, Browser, Job, Order
from pupitre.queries import books
from tests.crowd import all_at_once
from tests.world import a_provider, a_session, an_order, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch):
    """The keys of the jobs of kind `note` that were done, in order."""
    done = []
    monkeypatch.setitem(worker.WORK, "note", lambda job: done.append(job.key))
    return done


@pytest.fixture
def failing(monkeypatch):
    """Jobs of kind `fail` fail, every time."""

    def fail(job):
        raise ConnectionError("the mail server of Benoît Roy does not answer")

    monkeypatch.setitem(worker.WORK, "fail", fail)


def ask(kind, key="1", **facts):
    Job.objects.ask(kind, key, **facts)
    return Job.objects.get(key=f"{kind}:{key}")


def pauses_of(job, attempts):
    """How long the job waited after each failure, the clock following it."""
    pauses = []
    for _ in range(attempts):
        with clock.stopped_at(job.due_at):
            assert worker.work_once()
            job.refresh_from_db()
            pauses.append(job.due_at - clock.now())
    return pauses


class TestOneJob:
    def test_a_job_that_is_due_is_done_once(self, done):
        job = ask("note")

        assert worker.work_until_idle() == 1

        job.refresh_from_db()
        assert done == ["note:1"]
        assert (job.done_at is not None, job.lease, job.leased_until, job.failed_at) == (True, "", None, None)
        assert worker.work_until_idle() == 0

    def test_the_same_key_asked_twice_is_one_job(self, done):
        ask("note")
        ask("note")

        worker.work_until_idle()

        assert done == ["note:1"]

    def test_a_job_already_done_is_not_asked_for_again(self, done):
        ask("note")
        worker.work_until_idle()

        ask("note")

        assert worker.work_until_idle() == 0

    def test_the_longest_due_comes_first_and_the_future_waits(self, done):
        now = timezone.now()
        for key, due_at in {"b": now - timedelta(hours=1), "c": now, "a": now - timedelta(hours=2)}.items():
            ask("note", key, due_at=due_at)
        ask("note", "later", due_at=now + timedelta(minutes=1))

        worker.work_until_idle()

        assert done == ["note:a", "note:b", "note:c"]

    def test_work_may_give_the_time_to_look_again(self, monkeypatch):
        later = timezone.now() + timedelta(hours=1)
        monkeypatch.setitem(worker.WORK, "look", lambda job: later)
        job = ask("look")

        worker.work_until_idle()

        job.refresh_from_db()
        assert (job.due_at, job.attempts, job.done_at, job.lease) == (later, 0, None, "")

    @pytest.mark.parametrize("times", [1, 200])
    def test_a_job_asked_for_in_a_transaction_that_fails_never_runs(self, done, times):
        @transaction.atomic
        def change_our_mind(number):
            ask("note", str(number))
            raise ZeroDivisionError

        for number in range(times):
            with pytest.raises(ZeroDivisionError):
                change_our_mind(number)

        assert worker.work_until_idle() == 0
        assert (done, Job.objects.count()) == ([], 0)


class TestFailures:
    def test_the_pauses_grow_from_seconds_to_an_hour(self, failing):
        pauses = pauses_of(ask("fail"), attempts=14)

        expected = [min(timedelta(seconds=5) * 2**number, timedelta(hours=1)) for number in range(14)]
        assert all(0.8 * wanted <= pause <= 1.2 * wanted for pause, wanted in zip(pauses, expected, strict=True))

    def test_a_failure_does_not_hold_up_the_others(self, failing, done):
        ask("fail")
        ask("note")

        assert worker.work_until_idle() == 2

        assert done == ["note:1"]

    def test_the_row_keeps_the_kind_of_trouble_and_nobodys_name(self, failing):
        job = ask("fail")

        worker.work_until_idle()

        job.refresh_from_db()
        assert job.last_error == "ConnectionError"

    def test_after_about_three_days_it_is_given_up_and_shown_to_the_provider(self, failing):
        job = ask("fail")
        began = job.due_at

        pauses_of(job, attempts=worker.MOST_ATTEMPTS)

        assert job.failed_at is not None
        assert timedelta(days=2) < job.failed_at - began < timedelta(days=4)
        assert books.disagreements() == ["job fail:1: given up after 80 tries (ConnectionError)"]

    def test_a_job_that_succeeds_in_the_end_forgets_its_trouble(self, failing, done, monkeypatch):
        job = ask("fail")
        pauses_of(job, attempts=3)
        monkeypatch.setitem(worker.WORK, "fail", lambda job: None)

        with clock.stopped_at(job.due_at):
            worker.work_once()

        job.refresh_from_db()
        assert (job.done_at is not None, job.last_error) == (True, "")

    def test_a_kind_of_work_nobody_knows_is_a_failure_like_another(self):
        job = ask("of a newer version")

        worker.work_until_idle()

        job.refresh_from_db()
        assert (job.done_at, job.last_error, job.attempts) == (None, "KeyError", 1)


class TestLeases:
    def test_a_claimed_job_belongs_to_one_worker_until_its_lease_runs_out(self, done):
        ask("note")
        first = worker.claim()

        assert worker.claim() is None
        with clock.stopped_at(first.leased_until):
            assert worker.claim() is None
        with clock.stopped_at(first.leased_until + timedelta(seconds=1)):
            second = worker.claim()

        assert (second.pk, second.attempts) == (first.pk, 2)
        assert second.lease != first.lease

    def test_a_worker_that_lost_its_lease_does_not_close_the_job_of_another(self, done):
        job = ask("note")
        slow = worker.claim()
        with clock.stopped_at(slow.leased_until + timedelta(seconds=1)):
            worker.claim()

        worker._finish(slow, None)
        worker._put_off(slow, ConnectionError())

        job.refresh_from_db()
        assert (job.done_at, job.last_error) == (None, "")
        assert job.lease

    def test_a_job_that_kills_every_worker_is_given_up_in_the_end(self, done):
        """Its workers never come back to say that it failed."""
        job = ask("note")
        Job.objects.update(attempts=worker.MOST_ATTEMPTS)

        assert worker.work_until_idle() == 0

        job.refresh_from_db()
        assert done == []
        assert job.failed_at is not None

    def test_jobs_done_long_ago_are_forgotten_and_the_others_kept(self, done, failing):
        ask("note", "old")
        ask("note", "new")
        worker.work_until_idle()
        Job.objects.filter(key="note:old").update(done_at=timezone.now() - timedelta(days=31))

        worker.forget_old_jobs()

        assert list(Job.objects.values_list("key", flat=True)) == ["note:new"]

    def test_browsers_and_attempts_of_the_past_are_forgotten(self):
        a_provider()
        now = clock.now()
        for name, end in (("past", now - timedelta(seconds=1)), ("present", now + timedelta(minutes=1))):
            Browser.objects.create(session_key=name, session_data="", expire_date=end)
            Attempts.objects.create(key=name, window_ends_at=end)

        worker.tidy()

        assert [browser.session_key for browser in Browser.objects.all()] == ["present"]
        assert [attempts.key for attempts in Attempts.objects.all()] == ["present"]


class TestRealWork:
    @pytest.fixture(autouse=True)
    def provider(self):
        return a_provider()

    def test_an_order_nobody_pays_expires_by_itself(self):
        session = a_session()
        order = an_order(an_owner(), (session, 2))
        assert worker.work_until_idle() == 0

        with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
            assert worker.work_until_idle() == 1

        order.refresh_from_db()
        session.refresh_from_db()
        assert (order.status, session.taken) == (Order.Status.EXPIRED, 0)

    def test_an_order_held_longer_is_looked_at_again_later(self):
        order = an_order(an_owner(), (a_session(), 2))
        first_look = order.hold_until
        with clock.stopped_at(first_look - timedelta(minutes=6)):
            orders.extend_hold(order)

        with clock.stopped_at(first_look + timedelta(seconds=1)):
            worker.work_until_idle()

        assert list(Job.objects.filter(kind="order.expire").values_list("due_at", "done_at")) == [
            (order.hold_until, None)
        ]


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_two_workers_never_do_the_same_job(self, done):
        Job.objects.ask_many([Job(kind="note", key=f"note:{number}") for number in range(40)])

        counts = all_at_once([worker.work_until_idle] * 4)

        assert sum(counts) == 40
        assert sorted(done) == sorted(f"note:{number}" for number in range(40))

    def test_a_long_job_keeps_its_lease_while_it_works(self, monkeypatch):
        monkeypatch.setattr(worker, "LEASE", timedelta(seconds=0.6))
        runs = []

        def long_work(job):
            runs.append(job.key)
            time.sleep(1.5)

        monkeypatch.setitem(worker.WORK, "long", long_work)
        ask("long")

        def keep_trying():
            limit = time.monotonic() + 1.4
            while time.monotonic() < limit:
                worker.work_once()
                time.sleep(0.05)

        all_at_once([worker.work_once, keep_trying])

        assert runs == ["long:1"]

    def test_the_job_of_a_killed_worker_runs_again(self, done, tmp_path):
        job = ask("note")
        marker = tmp_path / "claimed"
        with dying_worker(marker) as claimed:
            os.kill(claimed.pid, signal.SIGKILL)

        assert worker.work_until_idle() == 0, "its lease still runs"
        job.refresh_from_db()
        with clock.stopped_at(job.leased_until + timedelta(seconds=1)):
            assert worker.work_until_idle() == 1

        assert done == ["note:1"]


DYING = """
import os, sys, time
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from pupitre import worker
worker.WORK["note"] = lambda job: (open(sys.argv[2], "w").close(), time.sleep(60))
worker.work_once()
"""


class dying_worker:
    """A worker in a process of its own, in the middle of a job."""

    def __init__(self, marker):
        self.marker = marker

    def __enter__(self):
        name = str(connection.settings_dict["NAME"])
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        self.process = subprocess.Popen([sys.executable, "-c", DYING, name, str(self.marker)], env=environment)
        limit = time.monotonic() + 20
        while not self.marker.exists():
            assert self.process.poll() is None, "the worker ended by itself"
            assert time.monotonic() < limit, "the worker never began"
            time.sleep(0.05)
        return self.process

    def __exit__(self, *trouble):
        self.process.kill()
        self.process.wait()
