"""A throw-away PostgreSQL: made for one run of the tests, on a free port, gone afterwards."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pupitre.running import free_port

SECONDS_TO_START = 30
# Opened beforehand: the user that runs the server may not be allowed to read our Python.
LIBC = ctypes.CDLL(None)
SET_PARENT_DEATH_SIGNAL = 1


class NoPostgreSQL(Exception):
    """There is no PostgreSQL here, or it does not start; the sentence says why."""


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextlib.contextmanager
def throwaway_database() -> Iterator[str]:
    """The address of an empty database of our own; everything is removed at the end."""
    folder = programs()
    if folder is None:
        raise NoPostgreSQL("PostgreSQL is not installed")
    owner = _owner()
    data_dir = Path(tempfile.mkdtemp(prefix="pupitre-postgresql-"))
    try:
        if owner:
            os.chown(data_dir, owner["user"], owner["group"])
        _create(folder, data_dir, owner)
        port = free_port("127.0.0.1", 0)
        with _started(folder, data_dir, port, owner):
            yield f"postgresql://pupitre@127.0.0.1:{port}/pupitre"
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


def _owner() -> dict[str, Any]:
    """Who runs the server: ourselves, or a user without power when we are root, for PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            account = pwd.getpwnam(name)
            return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise NoPostgreSQL("this machine has no user “postgres” nor “nobody” to run PostgreSQL as")


def _create(folder: Path, data_dir: Path, owner: dict[str, Any]) -> None:
    creation = subprocess.run(
        [folder / "initdb", "-D", data_dir, "-U", "pupitre", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        cwd=data_dir,
        capture_output=True,
        text=True,
        check=False,
        **owner,
    )
    if creation.returncode:
        raise NoPostgreSQL(f"PostgreSQL could not be prepared: {creation.stderr.strip()}")


@contextlib.contextmanager
def _started(folder: Path, data_dir: Path, port: int, owner: dict[str, Any]) -> Iterator[None]:
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": data_dir,
        "max_connections": 200,
        "fsync": "off",  # it lives as long as the tests
        "timezone": "UTC",
    }
    settings = [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]
    with (data_dir / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [folder / "postgres", "-D", data_dir, *settings],
            cwd=data_dir,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            **owner,
        )
    try:
        _wait(server, folder, data_dir, port)
        subprocess.run(
            [folder / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "pupitre", "pupitre"], check=True
        )
        yield
    finally:
        server.send_signal(signal.SIGINT)  # fast: it says goodbye to whoever is still connected
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], folder: Path, data_dir: Path, port: int) -> None:
    ready: list[str | Path] = [folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "pupitre"]
    deadline = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise NoPostgreSQL(f"PostgreSQL did not start: {(data_dir / 'server.log').read_text()[-2000:]}")


def _end_with_parent() -> None:
    """On Linux, let the kernel stop the server when the tests are killed and cannot do it themselves."""
    if sys.platform == "linux":
        LIBC.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGINT)
