"""A server that really runs, and visitors who ask it for one page as fast as it answers."""

import contextlib
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from pupitre.running import free_port

VISITORS = 4
SECONDS = 1.5
HOST = "127.0.0.1"


@contextlib.contextmanager
def serving(arguments: list[str], environment: dict[str, str]) -> Iterator[int]:
    """Run a server (`{port}` stands for its port), and give the port once it answers."""
    port = free_port(HOST, 0)
    command = [sys.executable, "-m", *(argument.format(port=port) for argument in arguments)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(server, port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def pages_per_second(port: int, address: str) -> float:
    """How many times a second the page is answered to visitors who keep their connection."""
    _visit(port, address, 0.3)
    counts: list[int] = []
    visitors = [threading.Thread(target=lambda: counts.append(_visit(port, address, SECONDS))) for _ in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return sum(counts) / SECONDS


def _visit(port: int, address: str, seconds: float) -> int:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        connection.request("GET", address)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{address} answered {answer.status}")
        count += 1
    connection.close()
    return count


def _wait(server: subprocess.Popen, port: int) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        if server.poll() is not None:
            raise RuntimeError("The server did not start.")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("The server does not answer.")
