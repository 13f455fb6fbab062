"""What can be done with a list of people: keep it, correct its rows, seat its people or put them on the list.

Locks are taken in this order: the list, the establishment, its seats. The establishment's makes two owners who import
the same list wait for one another: the second one sees whom the first one added.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.actions import people, seats
from pupitre.actions.people import Newcomer
from pupitre.mail import letters
from pupitre.models import Assignment, CourseSession, Deed, Establishment, Participant, PeopleList, Seat, User
from pupitre.models.lists import KEPT_UNUSED
from pupitre.queries.list_rows import Row, Verdict, Verdicts, clean
from pupitre.queries.lists import rows_of, verdicts
from pupitre.refusals import Refused
from pupitre.tables import PeopleTable

MOST_SEATED = 1000  # 500 is what has to work: as many again may have no seat, and each is told so in their own row
MOST_ON_THE_LIST = 5000
MOST_UNUSED = 20  # lists that one establishment may leave unused; the oldest one makes room
MOST_HEADINGS = 20  # of the columns left out, to be named on the page
LONGEST_TYPED = 300  # characters kept of what is too long anyway
CORRECTABLE = ("first_name", "last_name", "email", "answer")


class ListChanged(Refused):
    code = "list_changed"
    message = _("Something changed since this page was shown: people, seats, or a row. Check the list, then try again.")


class NobodyReady(Refused):
    code = "nobody_ready"
    message = _("Nobody on this list is ready. Correct the rows, or paste another list.")


@transaction.atomic
def keep(
    table: PeopleTable, establishment: Establishment, *, session: CourseSession | None, language: str, by: User
) -> PeopleList:
    """Keep what was read of a paste or a file, to look at it before anything is done."""
    _make_room(establishment)
    rows = [clean(Row(**asdict(row), number=number)) for number, row in enumerate(table.rows, start=1)]
    return PeopleList.objects.create(
        establishment=establishment,
        session=session,
        made_by=by,
        language=language,
        sheet=table.sheet[:100],
        ignored_headings=[heading[:80] for heading in table.ignored_headings[:MOST_HEADINGS]],
        rows=[asdict(row) for row in rows],
    )


@transaction.atomic
def correct(people_list: PeopleList, corrections: Mapping[int, Mapping[str, str]]) -> PeopleList:
    """Write again what was typed in rows, by their numbers. Changes nothing of a list that was used already."""
    people_list = _locked(people_list)
    if not people_list.is_used and corrections:
        rows = [clean(_corrected(row, corrections.get(row.number, {}))) for row in rows_of(people_list)]
        people_list.rows = [asdict(row) for row in rows]
        people_list.save(update_fields=["rows"])
    return people_list


def use(people_list: PeopleList, *, agreed: str, with_changes: bool = False, by: User) -> PeopleList:
    """Do what the page showed: seat those who are ready, or put them on the list; all of them or none.

    `agreed` is what the user was shown (`Verdicts.agreed`): refused when it would no longer be the same people. With
    `with_changes`, the records that the list knows better are corrected too. Done twice, it is done once.
    """
    with transaction.atomic():
        people_list = _locked(people_list)
        if people_list.is_used:
            return people_list
        _lock_the_establishment(people_list)
        found = verdicts(people_list)
        if found.agreed != agreed:
            raise ListChanged
        if not found.ready and not (with_changes and found.changing):
            raise NobodyReady
        changed = _change_records(found, by=by) if with_changes else 0
        persons = _persons(people_list, found.ready, by=by)
        added = sum(isinstance(person, Newcomer) for person in persons)
        lines: dict[int, int] = {}
        if people_list.session is None:
            _put_on_the_list(people_list.establishment, persons, by=by)
        elif persons:
            made = _seat(people_list, people_list.session, persons, by=by)
            pairs = zip(made, found.ready, strict=True)
            lines = {assignment.participant_id: verdict.row.line for assignment, verdict in pairs}
        people_list.outcome = {
            "ready": len(found.ready),
            "added": added,
            "changed": changed,
            "ignored": len(found.ignored),
            "lines": {str(participant): line for participant, line in lines.items()},
        }
        _close(people_list, found)
        return people_list


def forget_unused() -> None:
    """Delete the lists that nobody used within a day, with the names and addresses in them."""
    PeopleList.objects.unused().filter(created_at__lte=clock.now() - KEPT_UNUSED).delete()


def _seat(
    people_list: PeopleList, session: CourseSession, persons: list[Participant | Newcomer], *, by: User
) -> list[Assignment]:
    made = seats.assign_several(session, people_list.establishment, persons, by=by, batch=people_list.batch)
    letters.seats_assigned(made, by)
    return made


def _put_on_the_list(establishment: Establishment, persons: Iterable[Participant | Newcomer], *, by: User) -> None:
    newcomers = [person for person in persons if isinstance(person, Newcomer)]
    added = people.add_all(establishment, newcomers)
    journal.record_all(
        [Deed(verb="participant.added", by=by, establishment=establishment, participant=person) for person in added]
    )


def _persons(people_list: PeopleList, ready: list[Verdict], *, by: User) -> list[Participant | Newcomer]:
    """The people of these rows, as an assignment takes them. Those of the archives are back on the list."""
    known = [verdict.person for verdict in ready if verdict.person]
    rows = Participant.objects.of(people_list.establishment).in_bulk([each.pk for each in known])
    _bring_back([rows[each.pk] for each in known if each.is_archived], by=by)
    return [
        rows[verdict.person.pk] if verdict.person else _newcomer(verdict.row, people_list.language) for verdict in ready
    ]


def _bring_back(archived: list[Participant], *, by: User) -> None:
    people.lock_unmerged(archived)
    Participant.objects.filter(pk__in=[each.pk for each in archived]).update(archived_at=None)
    journal.record_all(
        [
            Deed(verb="participant.restored", by=by, establishment_id=each.establishment_id, participant=each)
            for each in archived
        ]
    )


def _newcomer(row: Row, language: str) -> Newcomer:
    return Newcomer(row.first_name, row.last_name, row.email, row.language or language, row.department)


def _change_records(found: Verdicts, *, by: User) -> int:
    changing = {verdict.person.pk: verdict.changes for verdict in found.changing if verdict.person}
    people.correct_all(changing, by=by)
    return len(changing)


def _close(people_list: PeopleList, found: Verdicts) -> None:
    """The list is used: it names nobody any more. What was not right yet goes on in a list of its own."""
    left = [asdict(verdict.row) for verdict in [*found.wrong, *found.without_seat]]
    if left:
        people_list.rest = PeopleList.objects.create(
            establishment=people_list.establishment,
            session=people_list.session,
            made_by=people_list.made_by,
            language=people_list.language,
            rows=sorted(left, key=lambda row: row["number"]),
        )
    people_list.rows = []
    people_list.committed_at = clock.now()
    people_list.save(update_fields=["rows", "rest", "outcome", "committed_at"])


def _corrected(row: Row, typed: Mapping[str, str]) -> Row:
    known = asdict(row) | {name: typed[name][:LONGEST_TYPED] for name in CORRECTABLE if name in typed}
    return Row(**known)


def _locked(people_list: PeopleList) -> PeopleList:
    return (
        PeopleList.objects.select_for_update(of=("self",))
        .select_related("establishment", "session__course", "made_by", "rest")
        .get(pk=people_list.pk)
    )


def _lock_the_establishment(people_list: PeopleList) -> None:
    # Its key never changes: whoever only refers to it does not wait for us.
    Establishment.objects.select_for_update(no_key=True).get(pk=people_list.establishment_id)
    if people_list.session:
        own = Seat.objects.filter(establishment=people_list.establishment, session=people_list.session)
        list(own.select_for_update().order_by("pk").values_list("pk"))


def _make_room(establishment: Establishment) -> None:
    unused = PeopleList.objects.of(establishment).unused().order_by("-pk").values_list("pk", flat=True)
    PeopleList.objects.filter(pk__in=list(unused[MOST_UNUSED - 1 :])).delete()
