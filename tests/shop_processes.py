"""A whole shop for the tests: the processes of `pupitre run`, on a folder and ports of their own."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from pupitre.running import LOOPBACK, Addresses, Demonstration, free_port

OURS = ("PUPITRE_", "DJANGO_", "DATABASE_URL")


@contextlib.contextmanager
def running_shop(data_dir: Path, *, keep_alive: bool = False, **environment: str) -> Iterator[Demonstration]:
    """A demonstration that answers; with `keep_alive`, whatever is killed is started again, as in `pupitre run`."""
    with Demonstration.prepared(data_dir, free_addresses(), ordinary_environment() | environment) as shop:
        shop.start()
        shop.wait_until_it_answers()
        with _supervised(shop) if keep_alive else contextlib.nullcontext():
            yield shop


def ordinary_environment() -> dict[str, str]:
    """The environment without the settings of a shop, nor a database that someone may care about."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def free_addresses() -> Addresses:
    return Addresses(LOOPBACK, *(free_port(LOOPBACK, 0) for _ in range(3)))


@contextlib.contextmanager
def _supervised(shop: Demonstration) -> Iterator[None]:
    stop = threading.Event()
    supervision = threading.Thread(target=shop.keep_alive, args=(stop,))
    supervision.start()
    try:
        yield
    finally:
        stop.set()
        supervision.join()
