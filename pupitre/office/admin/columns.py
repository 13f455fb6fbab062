"""What the lists of the back office are made of: columns, amounts in dollars, and what may be touched."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest

from pupitre.office import fields
from pupitre.office.pages import money


def column(field: str, title: Any) -> Callable[[Model], Any]:
    """A column of a list under a title of its own."""

    @admin.display(description=title, ordering=field)
    def value(row: Model) -> Any:
        return getattr(row, field)

    value.__name__ = field
    return value


def amount_of(field: str, title: Any) -> staticmethod:
    """An amount kept in cents, read in dollars: an attribute of the class that shows it."""

    @admin.display(description=title, ordering=field)
    def value(row: Model) -> str:
        return money(getattr(row, field))

    return staticmethod(value)


class OurFields:
    """Amounts are typed in dollars, and steps one per line."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        return fields.of(db_field) or super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


class OnlyRead:
    """Can be looked up, and nothing more."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Kept:
    """Can be changed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
