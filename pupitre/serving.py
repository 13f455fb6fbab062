"""The web process: granian holds the connections, and a thread of ours answers each request that has arrived."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from pupitre.processes import AlreadyHeld, end_with, sole_holder
from pupitre.reception import Reception

SECONDS_TO_FINISH = 20


class AlreadyServed(Exception):
    """Another web process serves the same SQLite file."""


def serve(host: str, port: int) -> None:
    """Serve the shop until told to stop: one process on SQLite, as many as the settings say on PostgreSQL."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "pupitre.db.sqlite":
        _serve(host, port, processes=settings.WEB_PROCESSES)
        return
    # Writers queue fairly inside one process only.
    try:
        with sole_holder(Path(f"{database['NAME']}.web")):
            _serve(host, port, processes=1)
    except AlreadyHeld:
        raise AlreadyServed(
            f"Another web process already serves {database['NAME']}. SQLite takes one: stop the other, "
            "or give DATABASE_URL the address of a PostgreSQL database."
        ) from None


def load(target: str) -> Callable[..., Any]:
    """The shop, in a serving process that ends with the one that started it."""
    from pupitre.wsgi import application

    end_with(os.getppid())
    return Reception(application, settings.WEB_THREADS).receive


def _leave_the_database() -> None:
    """Close what was opened before serving. The serving processes are forks of this one: they would share its pool of
    connections, and wait for it for ever.
    """
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def _serve(host: str, port: int, *, processes: int) -> None:
    _leave_the_database()
    # No access log: addresses of pages carry access codes.
    Granian(
        "pupitre.wsgi:application",
        host,
        port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        websockets=False,
        workers=processes,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=load)
