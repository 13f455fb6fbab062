"""A process that dies between two steps of what it does, and the count of those steps.

A step is what leaves the process: a statement that writes, a commit, a question to a payment service. What lies between
two steps changes nothing outside, so dying before each one, and after the last, is dying everywhere. A statement inside
a transaction is undone by the death; only the commit lets it out.

Only the boundaries are watched: every statement, commit and request is the real one.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import httpx
import requests
from django.db import connection

WRITES = ("INSERT", "UPDATE", "DELETE")
NEVER = -1


@dataclass(frozen=True)
class Step:
    """`undone`: one statement of a transaction, which a death takes back with the others."""

    name: str
    undone: bool = False


@dataclass
class Outcome:
    """How a process ended: the steps it took, what it found, and whether it died as it was told to."""

    steps: list[Step]
    found: Any
    killed: bool


class Appointment:
    """Counts the steps of a process, tells each of them, and ends the process before one of them."""

    def __init__(self, dies_before: int, tell: Callable[[Any], None]) -> None:
        self.dies_before, self.tell, self.taken = dies_before, tell, 0

    def step(self, name: str, *, undone: bool = False) -> None:
        if self.taken == self.dies_before:
            os.kill(os.getpid(), signal.SIGKILL)
        self.taken += 1
        self.tell({"name": name, "undone": undone})

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Watch everything that leaves the process; the end is a step too."""
        with ExitStack() as watch:
            watch.enter_context(connection.execute_wrapper(self._statement))
            for place, name in [
                (connection, "commit"),
                (requests.adapters.HTTPAdapter, "send"),
                (httpx.HTTPTransport, "handle_request"),
            ]:
                watch.enter_context(mock.patch.object(place, name, self._watched(getattr(place, name), name)))
            yield
        self.step("the end")

    def _statement(self, execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        words = sql.split(maxsplit=3)
        if words[0].upper() in WRITES:
            self.step(" ".join(words[:3]).replace('"', ""), undone=connection.in_atomic_block)
        return execute(sql, parameters, many, context)

    def _watched(self, deed: Callable[..., Any], name: str) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            asked = next((thing for thing in arguments if hasattr(thing, "method")), None)
            self.step(f"{asked.method} {asked.url}" if asked else name)
            return deed(*arguments, **options)

        return watched


def in_a_process(deed: Callable[..., Any], *, dies_before: int = NEVER) -> Outcome:
    """Do a deed in a process of its own. `deed` is given the appointment, and keeps it when it wants."""
    sys.stdout.flush()
    sys.stderr.flush()
    hears, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hears)
        _live(deed, dies_before, tells)
    os.close(tells)
    with os.fdopen(hears) as heard:
        told = [json.loads(line) for line in heard]
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError("the process failed by itself: its trouble is written above")
    return Outcome(
        steps=[Step(**words) for words in told if "name" in words],
        found=next((words["found"] for words in told if "found" in words), None),
        killed=os.WIFSIGNALED(status),
    )


def _live(deed: Callable[..., Any], dies_before: int, tells: int) -> None:
    """The life of a child: it never comes back to what its parent was doing."""
    code = 1

    def tell(words: Any) -> None:
        os.write(tells, json.dumps(words).encode() + b"\n")

    try:
        tell({"found": deed(Appointment(dies_before, tell))})
        connection.close()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
