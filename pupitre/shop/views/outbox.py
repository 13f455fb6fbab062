"""The letters that the demonstration sent, as their readers would see them. An installation has no such pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

LETTERS_ON_A_PAGE = 25
# A letter may carry anything: it is shown without scripts or forms, loads nothing, and is a stranger to our pages.
STRANGER = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


@dataclass(frozen=True)
class Part:
    """One piece of a letter: its text, its HTML, or something attached."""

    index: int
    kind: str
    name: str
    content: bytes

    @property
    def is_attached(self) -> bool:
        return bool(self.name)


@dataclass(frozen=True)
class Letter:
    """A letter received by the demonstration's mail server."""

    name: str
    received_at: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message.get("Subject", ""))

    @property
    def sender(self) -> str:
        return str(self.message.get("From", ""))

    @property
    def recipients(self) -> str:
        return str(self.message.get("Delivered-To") or self.message.get("To", ""))

    @property
    def text(self) -> str:
        return next((_as_text(part) for part in self.parts if part.kind == "text/plain" and not part.is_attached), "")

    @property
    def page(self) -> Part | None:
        return next((part for part in self.parts if part.kind == "text/html" and not part.is_attached), None)

    @property
    def attached(self) -> list[Part]:
        return [part for part in self.parts if part.is_attached]

    @property
    def parts(self) -> list[Part]:
        leaves = [leaf for leaf in self.message.walk() if not leaf.is_multipart()]
        return [
            Part(index, leaf.get_content_type(), leaf.get_filename() or "", leaf.get_payload(decode=True) or b"")
            for index, leaf in enumerate(leaves)
        ]


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Letters hold access codes: outside a demonstration these pages do not exist."""

    @wraps(view)
    def seen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return seen


@demo_only
def outbox(request: HttpRequest) -> HttpResponse:
    """Every letter received, newest first."""
    files = sorted(_folder().glob("*.eml"), reverse=True)
    page = Paginator(files, LETTERS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "shop/outbox.html", {"letters": [_read(file) for file in page], "page_obj": page})


@demo_only
def letter(request: HttpRequest, letter: str) -> HttpResponse:
    return render(request, "shop/outbox_letter.html", {"letter": _found(letter)})


@demo_only
def part(request: HttpRequest, letter: str, part: int) -> HttpResponse:
    """The letter's HTML as a page of its own, or an attached file to keep."""
    piece = next((piece for piece in _found(letter).parts if piece.index == part), None)
    if piece is None:
        raise Http404
    if piece.kind == "text/html" and not piece.is_attached:
        response = HttpResponse(piece.content, content_type="text/html; charset=utf-8")
    else:
        response = HttpResponse(piece.content, content_type="application/octet-stream")
        response.headers["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=piece.name or f"{letter}-{part}"
        )
    response.headers["Content-Security-Policy"] = STRANGER
    return response


def _folder() -> Path:
    return settings.DATA_DIR / "outbox"


def _found(name: str) -> Letter:
    file = _folder() / f"{name}.eml"  # a slug: no dot and no slash can lead elsewhere
    if not file.is_file():
        raise Http404
    return _read(file)


def _read(file: Path) -> Letter:
    received_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return Letter(file.stem, received_at, message_from_bytes(file.read_bytes(), policy=policy.default))


def _as_text(part: Part) -> str:
    return part.content.decode("utf-8", errors="replace")
