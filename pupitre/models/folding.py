"""Text without capitals and accents: what people type is compared with it, and lists are ordered by it."""

import unicodedata
from typing import Any

from django.db import models

APOSTROPHES = str.maketrans("’ʼ", "''")


def folded(text: str) -> str:
    """« Élise L’Écuyer » is « elise l'ecuyer »: databases do not agree on accents, so we compare without them; and
    keyboards do not agree on apostrophes.
    """
    plain = unicodedata.normalize("NFKD", text).translate(APOSTROPHES)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


class Folded(models.CharField):
    """A column that follows other ones, folded. Written with them whenever the row is."""

    def __init__(self, *args: Any, of: tuple[str, ...] = (), **kwargs: Any):
        self.of = of
        options: dict[str, Any] = {"max_length": 500, "editable": False, "default": ""} | kwargs
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, row: models.Model, add: bool) -> str:
        value = folded(" ".join(getattr(row, field) for field in self.of))[: self.max_length]
        setattr(row, self.attname, value)
        return value
