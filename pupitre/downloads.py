"""Files that people download, from any door."""

from json import dumps
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF to keep, under a name people can read; never stored by a shared cache."""
    return _file(content, name, "application/pdf")


def calendar(content: bytes, name: str) -> HttpResponse:
    return _file(content, name, "text/calendar; charset=utf-8")


def csv(content: bytes, name: str) -> HttpResponse:
    return _file(content, name, "text/csv; charset=utf-8")


def json(content: dict[str, Any], name: str) -> HttpResponse:
    """Facts that a program can read, moments in UTC."""
    written = dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return _file(written.encode(), name, "application/json; charset=utf-8")


def workbook(content: bytes, name: str) -> HttpResponse:
    return _file(content, name, WORKBOOK)


def long_workbook(file: IO[bytes], name: str) -> FileResponse:
    """A workbook of any length, sent piece by piece; the file is closed afterwards."""
    return FileResponse(file, content_type=WORKBOOK, headers=_headers(name))


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Cache-Control": "private, no-store",
    }
