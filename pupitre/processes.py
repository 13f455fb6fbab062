"""Processes that must not outlive the one that started them, or work twice on the same thing."""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyHeld(Exception):
    """Another process holds this lock; `note` is what it wrote there."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


@contextmanager
def sole_holder(lock: Path, *, note: str = "") -> Iterator[None]:
    """Let one process at a time in. The lock goes with the process, however it ends; the file stays."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyHeld(file.read()) from None
        file.truncate(0)
        file.write(note)
        file.flush()
        yield


def end_with(parent: int) -> None:
    """Stop this process soon after its parent is gone, even when the parent was killed and could say nothing."""
    threading.Thread(target=_watch, args=(parent,), name="end-with-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(30)  # what has not stopped politely by then
    os._exit(1)
