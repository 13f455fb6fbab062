"""What every page of ours in the back office has in common."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from pupitre import formats


def page(request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page under the title and the menus of the back office."""
    chrome = admin.site.each_context(request) | {"title": title}
    return render(request, f"office/{template}", chrome | context, status=status)


def money(cents: int) -> str:
    return formats.money(cents, language())


def language() -> str:
    return get_language() or "fr-ca"
