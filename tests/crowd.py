"""Many people at once: the same moment, in as many threads, each with a connection of its own to the database."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from pupitre.refusals import Refused


def all_at_once(deeds: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each deed gave, in their order: its result, or the refusal it met. Any other trouble is raised."""
    deeds = list(deeds)
    outcomes: list[Any] = [None] * len(deeds)
    accidents: list[BaseException] = []
    start = threading.Barrier(len(deeds))

    def run(number: int, deed: Callable[[], Any]) -> None:
        start.wait()
        try:
            outcomes[number] = deed()
        except Refused as refusal:
            outcomes[number] = refusal
        except BaseException as accident:
            accidents.append(accident)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if accidents:
        raise accidents[0]
    return outcomes


def refusals(outcomes: list[Any]) -> list[str]:
    """The codes of those who were refused."""
    return sorted(outcome.code for outcome in outcomes if isinstance(outcome, Refused))
