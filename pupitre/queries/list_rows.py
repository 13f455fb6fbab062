"""The words in which a list of people is judged: its rows, where each one stands, and why."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import cached_property

from django.utils.translation import gettext as _

from pupitre.models.people import READER_LANGUAGES
from pupitre.resemblance import name_key
from pupitre.tables.names import on_one_line

LONGEST_NAME = 80


@dataclass(frozen=True)
class Row:
    """One person of a list, as they were typed and then corrected; `answer` says who it is when the page asked.

    Several people may come from one line: `number` is this one's own, and stays theirs in what is left of the list.
    """

    line: int
    first_name: str
    last_name: str
    email: str = ""
    language: str = ""
    department: str = ""
    answer: str = ""
    number: int = 0

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @cached_property
    def key(self) -> str:
        """The same for two spellings of one name."""
        return name_key(self.first_name, self.last_name)


@dataclass(frozen=True)
class Known:
    """A person who is on the establishment's list already, or in its archives."""

    pk: int
    code: str
    first_name: str
    last_name: str
    email: str
    language: str
    department: str
    archived_at: datetime | None
    merged_into: int | None = None  # the record that is this person since

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @cached_property
    def key(self) -> str:
        return name_key(self.first_name, self.last_name)

    @property
    def named_with_address(self) -> str:
        return f"{self.name} ({self.email})" if self.email else self.name


class Standing(Enum):
    """Where a row stands; in this order on the page."""

    WRONG = "wrong"
    WITHOUT_SEAT = "without_seat"
    READY = "ready"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Verdict:
    """What a row comes to."""

    row: Row
    standing: Standing
    says: str = ""
    problems: dict[str, str] = field(default_factory=dict)  # by field of the row
    choices: tuple[tuple[str, str], ...] = ()  # who it may be, when the name resembles another one
    person: Known | None = None  # of the establishment's list; None for someone new
    changes: dict[str, str] = field(default_factory=dict)  # what the record would become, if asked for
    warning: str = ""

    @property
    def is_ready(self) -> bool:
        return self.standing == Standing.READY

    @property
    def is_wrong(self) -> bool:
        return self.standing == Standing.WRONG

    @property
    def is_ignored(self) -> bool:
        return self.standing == Standing.IGNORED

    @property
    def would_change(self) -> bool:
        """Whether the list knows the record better than the record itself."""
        return bool(self.changes) and not self.is_wrong

    @property
    def changes_in_words(self) -> list[str]:
        """« courriel : a@exemple.ca → b@exemple.ca », for each thing that the record would say otherwise."""
        labels = {"email": _("email address"), "language": _("language"), "department": _("department")}
        languages = {code: str(name) for code, name in READER_LANGUAGES}
        said = []
        for name, after in self.changes.items():
            before = getattr(self.person, name) or "—"
            shown = [languages.get(value, value) if name == "language" else value for value in (before, after)]
            said.append(_("{what}: {before} → {after}").format(what=labels[name], before=shown[0], after=shown[1]))
        return said


@dataclass(frozen=True)
class Verdicts:
    """What a whole list comes to."""

    rows: tuple[Verdict, ...]
    free: int | None  # seats that nobody has; None for a list without a session

    def of(self, standing: Standing) -> list[Verdict]:
        return [verdict for verdict in self.rows if verdict.standing == standing]

    @property
    def ready(self) -> list[Verdict]:
        return self.of(Standing.READY)

    @property
    def wrong(self) -> list[Verdict]:
        return self.of(Standing.WRONG)

    @property
    def without_seat(self) -> list[Verdict]:
        return self.of(Standing.WITHOUT_SEAT)

    @property
    def ignored(self) -> list[Verdict]:
        return self.of(Standing.IGNORED)

    @property
    def changing(self) -> list[Verdict]:
        """Those whose record would change."""
        return [verdict for verdict in self.rows if verdict.would_change]

    @property
    def gives_addresses(self) -> bool:
        """Whether a record would get another address: the confirmations to come are then written there."""
        return any("email" in verdict.changes for verdict in self.changing)

    @property
    def problems_first(self) -> list[Verdict]:
        order = list(Standing)
        return sorted(self.rows, key=lambda verdict: (order.index(verdict.standing), verdict.row.number))

    @property
    def agreed(self) -> str:
        """What someone agrees to by pressing the button: the same words for the same people only."""
        said = [
            (each.row.number, each.person.pk if each.person else 0, each.row.name, each.row.email, each.changes)
            for each in self.rows
            if each.is_ready or each.would_change
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def clean(row: Row) -> Row:
    """The row as it is kept: on one line, its address in small letters, nothing invisible in it."""
    return replace(
        row,
        first_name=on_one_line(row.first_name),
        last_name=on_one_line(row.last_name),
        email=on_one_line(row.email).lower(),
        department=on_one_line(row.department)[:LONGEST_NAME],
        answer=on_one_line(row.answer),
    )
