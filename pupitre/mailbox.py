"""A mail server for demonstrations: it delivers nothing and keeps every letter as a file.

It speaks real SMTP, so that the demonstration sends its letters by the same code as an installation.
"""

import asyncio
import os
import signal
import time
from email.utils import formataddr
from pathlib import Path
from secrets import token_hex

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_LETTER = 30 * 1024 * 1024


class Outbox:
    """Where received letters are kept, one file each, named so that the order of names is the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.get_running_loop().run_in_executor(None, self.keep, envelope)
        return "250 Kept"

    def keep(self, envelope: Envelope) -> Path:
        """Write the letter to disk, whole or not at all: once we have answered, it is ours."""
        recipients = ", ".join(formataddr(("", address)) for address in envelope.rcpt_tos)
        content = envelope.original_content or b""
        letter = self.folder / f"{time.time_ns()}-{token_hex(4)}.eml"
        unfinished = letter.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write(f"Delivered-To: {recipients}\r\n".encode() + content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(letter)
        return letter


def serve(host: str, port: int, folder: Path) -> None:
    """Receive letters until told to stop."""
    asyncio.run(_serve(host, port, Outbox(folder)))


async def _serve(host: str, port: int, outbox: Outbox) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for reason in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(reason, stopped.set)

    def conversation() -> SMTP:
        return SMTP(outbox, data_size_limit=LARGEST_LETTER, enable_SMTPUTF8=True, hostname="localhost", loop=loop)

    server = await loop.create_server(conversation, host, port)
    address = server.sockets[0].getsockname()
    print(f"Letters are received at {address[0]}:{address[1]} and kept in {outbox.folder}", flush=True)
    await stopped.wait()
    server.close()
