"""How many questions a page asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

# Marks inside a transaction, and what time it is, which SQLite is not asked: no questions about what is stored.
UNCOUNTED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SELECT clock_timestamp()")


class Questions:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def __len__(self) -> int:
        return len(self.asked)

    def __str__(self) -> str:
        return "\n".join(self.asked)


@contextmanager
def questions() -> Iterator[Questions]:
    """`with questions() as asked: …`, then `len(asked)`; print it to read them."""
    counted = Questions()
    with CaptureQueriesContext(connection) as captured:
        yield counted
    counted.asked = [query["sql"] for query in captured if not query["sql"].startswith(UNCOUNTED)]
