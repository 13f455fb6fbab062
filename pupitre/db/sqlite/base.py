"""SQLite with writers served in the order they came.

SQLite lets one transaction write at a time, and its own wait is unfair: a busy shop can starve one buyer for seconds.
Inside this process, writers queue at a fair lock before they begin; other processes (the worker) are few and short.
"""

import sqlite3
from collections import deque
from threading import Condition

from django.db.backends.sqlite3 import base, features
from django.db.utils import OperationalError


class FairLock:
    """A lock given in the order it was asked for."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._queue: deque[object] = deque()

    def acquire(self, timeout: float) -> bool:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            if self._changed.wait_for(lambda: self._queue[0] == ticket, timeout):
                return True
            self._queue.remove(ticket)
            self._changed.notify_all()
            return False

    def release(self) -> None:
        with self._changed:
            self._queue.popleft()
            self._changed.notify_all()


_writers = FairLock()


class DatabaseFeatures(features.DatabaseFeatures):
    # What SQLite takes since 2020; Django 5.2 still counts with 999, and cuts a batch of fifty letters in two.
    max_query_params = 32_766 if sqlite3.sqlite_version_info >= (3, 32) else 999


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
    _writes = False

    def _start_transaction_under_autocommit(self) -> None:
        if not self._writes:
            if not _writers.acquire(self.settings_dict["OPTIONS"].get("timeout", 20)):
                raise OperationalError("too many writers are waiting")
            self._writes = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._let_others_write()
            raise

    def _commit(self):
        try:
            return super()._commit()
        finally:
            self._let_others_write_if_done()

    def _rollback(self):
        try:
            return super()._rollback()
        finally:
            self._let_others_write_if_done()

    def _close(self):
        try:
            return super()._close()
        finally:
            self._let_others_write()

    def _let_others_write_if_done(self) -> None:
        # A commit that failed (disk full, busy) leaves the transaction open: keep the turn until it is rolled back.
        if self.connection is None or not self.connection.in_transaction:
            self._let_others_write()

    def _let_others_write(self) -> None:
        if self._writes:
            self._writes = False
            _writers.release()
