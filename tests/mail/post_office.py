"""A real mail server on loopback, whose mood a test chooses."""

import socket
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class PostOffice:
    """Takes letters in, refuses them, drops the line or never answers.

    `mood` is what it answers a recipient with; `data_mood` what it answers a letter with.
    """

    def __init__(self) -> None:
        self.mood = self.data_mood = "250 OK"
        self.received: list[tuple[Envelope, EmailMessage]] = []
        self._released = threading.Event()
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    def open(self) -> int:
        self._controller.start()
        return self._controller.port

    def close(self) -> None:
        """Close for the day. A second time changes nothing."""
        if not self._released.is_set():
            self._released.set()
            self._controller.stop()

    @property
    def letters(self) -> list[EmailMessage]:
        return [message for _envelope, message in self.received]

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        if self.mood == "hang":
            await server.loop.run_in_executor(None, self._released.wait, 30)
        if self.mood == "drop":
            server.transport.abort()
        elif self.mood.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.mood if self.mood[0].isdigit() else "421 closing"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data_mood == "drop":
            server.transport.abort()
            return "421 closing"
        if self.data_mood.startswith("250"):
            self.received.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return self.data_mood


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
