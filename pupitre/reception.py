"""How a request comes in: whole, before one of our few threads is given to it.

The server's own WSGI door hands a request over as soon as its headers are in. Eight visitors who send their forms one
byte at a time would then hold eight threads, and the shop with them. Here they wait in the server, which can hold
thousands, and an answer leaves the same way.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

LARGEST_BODY = 32 * 1024 * 1024
# A larger one is thrown away as it comes, up to this much: a browser listens only once it has sent everything.
LARGEST_THROWN_AWAY = 256 * 1024 * 1024
TOO_LARGE = Path(__file__).parent / "templates" / "413.html"
SECONDS_TO_ARRIVE = 60
SECONDS_TO_TAKE_A_PIECE = 30
PIECE = 1024 * 1024


class TooLarge(Exception):
    """The request is larger than anything the shop asks for."""


class Reception:
    """The shop behind granian’s RSGI interface: requests wait here for a thread."""

    def __init__(self, application: Callable[..., Iterable[bytes]], threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, "request")

    async def receive(self, scope: Any, protocol: Any) -> None:
        try:
            async with asyncio.timeout(SECONDS_TO_ARRIVE):
                body = await _whole_body(scope, protocol)
        except TooLarge:
            return _refuse(protocol, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE.read_text(encoding="utf-8"))
        except TimeoutError:
            return _refuse(protocol, HTTPStatus.REQUEST_TIMEOUT)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._answer, environment(scope, body), protocol, loop)
        return None

    def _answer(self, environ: dict[str, Any], protocol: Any, loop: asyncio.AbstractEventLoop) -> None:
        """Ask the shop, in a thread, and hand its answer back to the server: at once, or by pieces when it is long."""
        said: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _failure: Any = None) -> None:
            said[:] = [(int(status[:3]), [(name.lower(), value) for name, value in headers])]

        content = self._application(environ, start_response)
        try:
            pieces = _pieces(content)
            first, second = next(pieces, b""), next(pieces, None)
            status, headers = said[0]
            if second is None:
                _wait(_respond(protocol, status, headers, first), loop)
            else:
                self._send(chain([first, second], pieces), _wait(_stream(protocol, status, headers), loop), loop)
        finally:
            if hasattr(content, "close"):
                content.close()

    def _send(self, pieces: Iterable[bytes], transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        for piece in pieces:
            try:
                _wait(transport.send_bytes(piece), loop)
            except (TimeoutError, RuntimeError):  # the reader stopped reading, or left
                return


def environment(scope: Any, body: bytes) -> dict[str, Any]:
    """The request in the words of WSGI (PEP 3333)."""
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        # A name with “_” could pass for another one with “-”, which only our proxy may write.
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif "_" not in name and name != "content-length":
            key = f"HTTP_{name.upper().replace('-', '_')}"
            environ[key] = f"{environ[key]}{';' if name == 'cookie' else ','}{value}" if key in environ else value
    return environ


async def _whole_body(scope: Any, protocol: Any) -> bytes:
    announced = scope.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > LARGEST_THROWN_AWAY:
        raise TooLarge
    body, length = bytearray(), 0
    async for part in protocol:
        length += len(part)
        if length > LARGEST_THROWN_AWAY:
            raise TooLarge
        if length > LARGEST_BODY:
            body.clear()
        else:
            body += part
    if length > LARGEST_BODY:
        raise TooLarge
    return bytes(body)


def _pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """The answer in pieces of a megabyte: nearly always one."""
    piece = bytearray()
    for part in content:
        piece += part
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


async def _respond(protocol: Any, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
    protocol.response_bytes(status, headers, content)


async def _stream(protocol: Any, status: int, headers: list[tuple[str, str]]) -> Any:
    return protocol.response_stream(status, headers)


def _wait(work: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> Any:
    """Let the server's own thread do this, and wait for it."""
    return asyncio.run_coroutine_threadsafe(work, loop).result(SECONDS_TO_TAKE_A_PIECE)


def _refuse(protocol: Any, status: HTTPStatus, page: str = "") -> None:
    kind = "text/html; charset=utf-8" if page else "text/plain"
    protocol.response_str(status.value, [("content-type", kind), ("connection", "close")], page or status.phrase)
