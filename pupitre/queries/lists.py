"""What a list of people comes to: who is ready, what is to be corrected, who is left out, and why.

Nothing is written here. A page shows the verdicts; `actions/lists.py` gives them again under locks and compares them,
so that nobody is seated or added whom the page did not show as ready. The number of questions to the database does not
depend on how many people there are.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from pupitre.models import Assignment, CourseSession, Establishment, Participant, PeopleList
from pupitre.queries.list_rows import LONGEST_NAME, Known, Row, Standing, Verdict, Verdicts
from pupitre.queries.purchases import free_seats, seated
from pupitre.resemblance import NearNames, spelled

ANOTHER_PERSON = "another"
SAME_LINE = "same"
CANDIDATES_SHOWN = 5


def rows_of(people_list: PeopleList) -> list[Row]:
    return [Row(**row) for row in people_list.rows]


def verdicts(people_list: PeopleList) -> Verdicts:
    """What a list comes to now: for the seats of its session, or for the establishment's list."""
    establishment, session = people_list.establishment, people_list.session
    rows = rows_of(people_list)
    known = _everyone_of(establishment)
    if session is None:
        return Verdicts(tuple(_Judge(rows, known, is_for_seats=False).judged()), free=None)
    judge = _Judge(
        rows, known, is_for_seats=True, seated=seated(establishment, session), busy=_busy(establishment, session)
    )
    free = free_seats(establishment, session)
    return Verdicts(tuple(_within(free, judge.judged())), free=free)


def _within(free: int, judged: Iterable[Verdict]) -> Iterable[Verdict]:
    """The first of those who are ready take the free seats; the others wait for one."""
    left = free
    for verdict in judged:
        if verdict.is_ready and left == 0:
            yield replace(verdict, standing=Standing.WITHOUT_SEAT, says=_("no seat available"), warning="")
            continue
        left -= verdict.is_ready
        yield verdict


def _everyone_of(establishment: Establishment) -> list[Known]:
    """The establishment's list, archives included: the people of the list first. Records that were merged are among
    them: their names and addresses are still those of someone.
    """
    rows = Participant.objects.of(establishment).values_list(
        "pk", "code", "first_name", "last_name", "email", "language", "department", "archived_at", "merged_into"
    )
    everyone = [Known(*row) for row in rows.order_by("pk")]
    return sorted(everyone, key=lambda known: known.is_archived)


def _busy(establishment: Establishment, session: CourseSession) -> dict[int, str]:
    """The people of the establishment who have another course during a session, and which one."""
    meanwhile = (
        Assignment.objects.in_force()
        .filter(
            participant__establishment=establishment,
            session__starts_at__lt=session.ends_at,
            session__ends_at__gt=session.starts_at,
            session__cancelled_at=None,
        )
        .exclude(session=session)
        .select_related("session__course")
        .order_by("-session__starts_at")
    )
    return {assignment.participant_id: assignment.session.course.title for assignment in meanwhile}


class _Judge:
    """Gives its verdict on each row of a list, in the order of the lines: of two alike, the first one counts."""

    def __init__(
        self,
        rows: Sequence[Row],
        known: Sequence[Known],
        *,
        is_for_seats: bool,
        seated: Collection[int] = (),
        busy: Mapping[int, str] | None = None,
    ) -> None:
        self.rows = rows
        self.known = known
        self.is_for_seats = is_for_seats
        self.seated = seated
        self.busy = busy or {}
        self.by_number = {each.pk: each for each in known}
        self.by_code = {each.code: each for each in known if not each.merged_into}
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        self.by_email: dict[str, list[Known]] = defaultdict(list)
        for each in known:
            self.by_name[each.key].append(each)
            if each.email and not self._in_force(each).is_archived:
                self.by_email[each.email.lower()].append(each)
        self.names = {row.key for row in rows}
        self.names_at = Counter(email for _name, email in {(row.key, row.email) for row in rows} if email)
        self.earlier: dict[str, list[Row]] = defaultdict(list)
        self.lines: dict[int, int] = {}  # of the people of the list already met

    @cached_property
    def near(self) -> NearNames:
        """Made only when someone is not recognised: it is the longest work of all."""
        return NearNames((spelled(each.first_name, each.last_name), n) for n, each in enumerate(self.known))

    def judged(self) -> Iterable[Verdict]:
        return [self._verdict(row) for row in self.rows]

    def _verdict(self, row: Row) -> Verdict:
        problems = _problems(row)
        if problems:
            return Verdict(row, Standing.WRONG, problems=problems)
        if twin := self._twin(row):
            return _ignored(row, _("same as line {n}").format(n=twin.line))
        person, choices = self._recognised(row)
        if choices and row.answer not in dict(choices):
            self.earlier[row.key].append(row)
            return Verdict(
                row,
                Standing.WRONG,
                problems={"answer": _("This person may be known already. Who is it?")},
                choices=choices,
            )
        if choices and row.answer == SAME_LINE:
            return _ignored(row, _("same as line {n}").format(n=self.earlier[row.key][0].line), choices)
        self.earlier[row.key].append(row)
        return self._seatable(row, person, choices)

    def _seatable(self, row: Row, person: Known | None, choices: tuple[tuple[str, str], ...]) -> Verdict:
        if person is None:
            return Verdict(row, Standing.READY, _("new person"), choices=choices)
        if person.pk in self.lines:
            return _ignored(row, _("same as line {n}").format(n=self.lines[person.pk]), choices)
        self.lines[person.pk] = row.line
        changes = _changes(row, person)
        if person.pk in self.seated:
            return _ignored(row, _("already in this session"), choices, person, changes)
        says = _("already on the list: {name}").format(name=person.name)
        if person.is_archived:
            says = _("in the archives, back on the list: {name}").format(name=person.name)
        elif not self.is_for_seats:
            return _ignored(row, says, choices, person, changes)
        busy = self.busy.get(person.pk, "")
        warning = _("has another course at the same time: {course}").format(course=busy) if busy else ""
        return Verdict(row, Standing.READY, says, choices=choices, person=person, changes=changes, warning=warning)

    def _twin(self, row: Row) -> Row | None:
        """An earlier line with the same name and no other address."""
        return next((other for other in self.earlier[row.key] if _agree(row.email, other.email)), None)

    def _recognised(self, row: Row) -> tuple[Known | None, tuple[tuple[str, str], ...]]:
        """Who the row is for sure, or else those it may be."""
        of_this_name = self.by_name.get(row.key, [])
        certain = self._persons(each for each in of_this_name if each.email.lower() == row.email)
        same = self._persons(of_this_name)
        if not certain and len(same) == 1 and _agree(row.email, same[0].email.lower()):
            certain = same
        if len(certain) == 1 or (certain and row.email):
            return certain[0], ()
        return self._asked(row, self._persons([*same, *self._sharing(row), *self._nearly(row)]))

    def _persons(self, records: Iterable[Known]) -> list[Known]:
        """Whose records these are, each person once: a record that was merged is that of the one it was merged into."""
        return list({(person := self._in_force(record)).pk: person for record in records}.values())

    def _in_force(self, record: Known) -> Known:
        return self.by_number[record.merged_into] if record.merged_into else record

    def _asked(self, row: Row, candidates: list[Known]) -> tuple[Known | None, tuple[tuple[str, str], ...]]:
        choices = [
            (each.code, _("Use the record of: {name}").format(name=each.named_with_address))
            for each in candidates[:CANDIDATES_SHOWN]
        ]
        if earlier := self.earlier[row.key]:
            choices.append((SAME_LINE, _("Same person as line {n}").format(n=earlier[0].line)))
        if not choices:
            return None, ()
        choices.append((ANOTHER_PERSON, _("Another person: {name}").format(name=row.name)))
        chosen = self.by_code.get(row.answer) if row.answer in dict(choices) else None
        return chosen, tuple(choices)

    def _sharing(self, row: Row) -> list[Known]:
        """Who has this address under another name, unless it is plainly one that several people share."""
        sharing = self._persons(self.by_email.get(row.email, []))
        return sharing if len(sharing) == 1 and self.names_at[row.email] == 1 else []

    def _nearly(self, row: Row) -> list[Known]:
        """Whose name is a letter off, unless the list has them too, under their own name."""
        near = [self.known[n] for n in self.near.owners(spelled(row.first_name, row.last_name))]
        return [each for each in near if each.key not in self.names]


def _problems(row: Row) -> dict[str, str]:
    found = {}
    if not row.first_name and not row.last_name:
        found["last_name"] = _("The name is missing.")
    elif not row.first_name:
        found["first_name"] = _("The first name is missing.")
    elif not row.last_name:
        found["last_name"] = _("The last name is missing.")
    for part in ("first_name", "last_name"):
        if len(getattr(row, part)) > LONGEST_NAME:
            found[part] = _("This is too long to be a name. Shorten it.")
    if row.email.count("@") > 1:
        found["email"] = _("There are several email addresses. Keep the one of this person.")
    elif row.email and not _is_an_address(row.email):
        found["email"] = _("The email address is incomplete.")
    return found


def _changes(row: Row, person: Known) -> dict[str, str]:
    """What the row says of a person otherwise than their record does. What it leaves out changes nothing."""
    told: dict[str, Any] = {"email": row.email, "language": row.language, "department": row.department}
    return {name: value for name, value in told.items() if value and value != getattr(person, name)}


def _ignored(
    row: Row,
    why: str,
    choices: tuple[tuple[str, str], ...] = (),
    person: Known | None = None,
    changes: dict[str, str] | None = None,
) -> Verdict:
    return Verdict(row, Standing.IGNORED, why, choices=choices, person=person, changes=changes or {})


def _agree(address: str, other: str) -> bool:
    """Two addresses that may be of one person: the same one, or one of them unknown."""
    return not address or not other or address == other


def _is_an_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= 254
