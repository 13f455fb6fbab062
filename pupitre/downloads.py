"""Files that people download, from any door."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF to keep, under a name people can read; never stored by a shared cache."""
    return _file(content, name, "application/pdf")


def calendar(content: bytes, name: str) -> HttpResponse:
    return _file(content, name, "text/calendar; charset=utf-8")


def csv(content: bytes, name: str) -> HttpResponse:
    return _file(content, name, "text/csv; charset=utf-8")


def workbook(content: bytes, name: str) -> HttpResponse:
    return _file(content, name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=kind, headers=headers)
