"""When the rules say no."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Refused(Exception):
    """The rules say no. Carries the sentence to show and a code for programs."""

    code = "refused"
    message: Any = ""

    def __init__(self, **facts: Any):
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message.format(**self.facts))


@contextmanager
def refusals_shown_on(form: Any, field: str | None = None) -> Iterator[None]:
    """Turn a refusal into an error above the form, or beside one of its fields."""
    try:
        yield
    except Refused as refusal:
        form.add_error(field, str(refusal))
