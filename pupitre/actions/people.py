"""What can be done with people: open an owner profile, keep the establishment's list."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.actions import throttles
from pupitre.mail import letters
from pupitre.models import Assignment, Deed, Establishment, Membership, Participant, Role, Seat, User
from pupitre.refusals import Refused

ESTABLISHMENTS = 10  # that one person may open in an hour
AN_HOUR = timedelta(hours=1)
NAMED_AT_MOST = 5


@dataclass(frozen=True)
class Newcomer:
    """A person to add to the establishment's list. The address may be empty, or shared."""

    first_name: str
    last_name: str
    email: str = ""
    language: str = "fr-ca"
    department: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class NotAnOwner(Refused):
    code = "not_an_owner"
    message = _("Only an owner of the establishment can change this. Ask them to do it.")


class AlreadyYours(Refused):
    code = "already_yours"
    message = _("You already act for an establishment of this name: {name}.")


class WasMerged(Refused):
    code = "was_merged"
    message = _("{name} was on the list twice, and this record was merged with the other one. Choose the other one.")


class IsArchived(Refused):
    code = "is_archived"
    message = _("{name} was archived meanwhile. Put this person back on the list first.")


class HoldsASeat(Refused):
    code = "holds_a_seat"
    message = _("{name} holds a seat in a coming session. Replace this person or release the seat first.")


@transaction.atomic
def open_owner_profile(
    email: str, *, password_hash: str, first_name: str, last_name: str, establishment: str, language: str
) -> User:
    """A new user and the establishment they own. The address is still to be verified; a known one is an error."""
    user = User.objects.create(
        email=email, password=password_hash, first_name=first_name, last_name=last_name, language=language
    )
    open_establishment(user, establishment)
    return user


@transaction.atomic
def open_establishment(user: User, name: str) -> Establishment:
    """Give a new user the establishment they will buy for."""
    establishment = Establishment.objects.create(name=name)
    Membership.objects.create(establishment=establishment, user=user, role=Role.OWNER)
    journal.record("establishment.opened", by=user, establishment=establishment)
    return establishment


@transaction.atomic
def open_another_establishment(user: User, name: str) -> Establishment:
    """One more establishment for someone who has a profile, who acts for it from now on. Refuses the same name twice:
    a form sent twice opens one.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Membership.objects.filter(user=user, establishment__name__iexact=name).exists():
        raise AlreadyYours(name=name)
    throttles.refuse_if_exhausted("establishment", str(user.pk), limit=ESTABLISHMENTS)
    throttles.note("establishment", str(user.pk), window=AN_HOUR)
    opened = open_establishment(user, name)
    Membership.objects.filter(establishment=opened, user=user).update(chosen_at=clock.now())
    return opened


@transaction.atomic
def correct_establishment(establishment: Establishment, corrected: dict[str, str], *, by: User) -> None:
    """Repair the name or the address of an establishment. What was issued to the former one stays as it is."""
    check_owns(by, establishment)
    changed = [field for field, value in corrected.items() if getattr(establishment, field) != value]
    if changed:
        Establishment.objects.filter(pk=establishment.pk).update(**corrected)
        told = {"fields": changed}
        journal.record("establishment.corrected", by=by, establishment=establishment, facts=told)


def check_owns(user: User, establishment: Establishment) -> None:
    """Refuse whoever buys or assigns for an establishment without owning it."""
    if not Membership.objects.filter(user=user, establishment=establishment, role=Role.OWNER).exists():
        raise NotAnOwner


@transaction.atomic
def introduce(user: User, *, first_name: str, last_name: str, language: str) -> User:
    """A user says how they are called, and in which language they are written to."""
    told = {"first_name": first_name, "last_name": last_name, "language": language}
    changed = [field for field, value in told.items() if getattr(user, field) != value]
    if changed:
        User.objects.filter(pk=user.pk).update(**told)
        journal.record("profile.changed", by=user, facts={"fields": changed})
        user.refresh_from_db(fields=list(told))
    return user


@transaction.atomic
def choose_reminders(user: User, wanted: Collection[Membership]) -> None:
    """Say for which of their establishments a user is reminded of free seats; for the others, not any more."""
    chosen = {membership.pk for membership in wanted}
    for membership in user.memberships.select_related("establishment"):
        gets_reminders = membership.pk in chosen
        if membership.gets_reminders != gets_reminders:
            membership.gets_reminders = gets_reminders
            membership.save(update_fields=["gets_reminders"])
            told = {"on": gets_reminders}
            journal.record("reminders.chosen", by=user, establishment=membership.establishment, facts=told)


@transaction.atomic
def add(establishment: Establishment, newcomer: Newcomer, *, by: User) -> Participant:
    """Put a person on the establishment's list."""
    participant = Participant.objects.create(establishment=establishment, **vars(newcomer))
    journal.record("participant.added", by=by, establishment=establishment, participant=participant)
    return participant


def add_all(establishment: Establishment, newcomers: list[Newcomer]) -> list[Participant]:
    """Put several people on the list, in the caller's transaction, which tells the journal what they were added for."""
    return Participant.objects.bulk_create(
        [Participant(establishment=establishment, **vars(newcomer)) for newcomer in newcomers], batch_size=500
    )


def on_the_list(establishment: Establishment, user: User) -> Participant:
    """The user as a person of the establishment's list: the one they already are, or a new one."""
    participant, _created = Participant.objects.get_or_create(
        establishment=establishment,
        user=user,
        defaults={
            "first_name": user.first_name or user.email.partition("@")[0],
            "last_name": user.last_name,
            "email": user.email,
            "language": user.language,
        },
    )
    return participant


@transaction.atomic
def correct(participant: Participant, corrected: Newcomer, *, by: User, seat: Seat | None = None) -> Participant:
    """Repair a name, an address or a language. Not a replacement: codes stay; a new address gets the confirmations."""
    # Their key never changes: whoever only names them, in a letter or in the journal, does not wait for us.
    participant = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    if participant.merged_into_id:
        raise WasMerged(name=participant.name)
    changed = [field for field, value in vars(corrected).items() if getattr(participant, field) != value]
    if not changed:
        return participant
    for field in changed:
        setattr(participant, field, getattr(corrected, field))
    participant.save(update_fields=[*changed, "folded"])
    journal.record(
        "participant.corrected",
        by=by,
        establishment=participant.establishment,
        participant=participant,
        seat=seat,
        facts={"fields": changed},
    )
    if "email" in changed:
        coming = _coming_registrations([participant.pk]).select_for_update(of=("self",))
        letters.registrations_confirmed(list(coming), again=True)
    return participant


def lock(participants: Iterable[Participant]) -> list[Participant]:
    """Read people again under a lock, the oldest record first. Taken after seats: see docs/guide/architecture.md."""
    # Their key never changes: whoever only names them, in a letter or in the journal, does not wait for us.
    numbers = {participant.pk for participant in participants}
    if not numbers:
        return []
    return list(Participant.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk"))


def lock_unmerged(participants: Iterable[Participant]) -> list[Participant]:
    """Nobody merges their records meanwhile. Refuses a record that was."""
    locked = lock(participants)
    for participant in locked:
        if participant.merged_into_id:
            raise WasMerged(name=participant.name)
    return locked


def lock_those_to_seat(persons: Sequence[Participant | Newcomer]) -> None:
    """Nobody merges or archives their records while they are given a seat. Refuses one that was, meanwhile."""
    for participant in lock_unmerged(person for person in persons if isinstance(person, Participant)):
        if participant.archived_at:
            raise IsArchived(name=participant.name)


@transaction.atomic
def correct_all(corrections: Mapping[int, Mapping[str, str]], *, by: User) -> None:
    """Repair the records of several people, by their keys: what `correct` does, in a fixed number of questions."""
    records = list(Participant.objects.select_for_update(no_key=True).filter(pk__in=corrections).order_by("pk"))
    for record in records:
        for field, value in corrections[record.pk].items():
            setattr(record, field, value)
        record.refold()
    touched = sorted({field for corrected in corrections.values() for field in corrected})
    if not touched:
        return
    Participant.objects.bulk_update(records, [*touched, "folded"], batch_size=500)
    journal.record_all(
        [
            Deed(
                verb="participant.corrected",
                by=by,
                establishment_id=record.establishment_id,
                participant=record,
                facts={"fields": sorted(corrections[record.pk])},
            )
            for record in records
        ]
    )
    moved = [record.pk for record in records if "email" in corrections[record.pk]]
    coming = _coming_registrations(moved).select_for_update(of=("self",))
    letters.registrations_confirmed(list(coming), again=True)


@transaction.atomic
def follow_account(user: User, former: str) -> None:
    """The records of a user who took seats for themselves follow the address of their profile, where they had it."""
    followed = Participant.objects.filter(user=user, email__iexact=former).exclude(email=user.email)
    correct_all({pk: {"email": user.email} for pk in followed.values_list("pk", flat=True)}, by=user)


@transaction.atomic
def archive(participant: Participant, *, by: User) -> None:
    """Take a person off the list, keeping their history. Refuses someone who holds a seat in a coming session."""
    archive_all([participant], by=by)
    participant.refresh_from_db(fields=["archived_at"])


@transaction.atomic
def archive_all(participants: Sequence[Participant], *, by: User) -> list[Participant]:
    """Take people off the list, all of them or none: whoever holds a seat in a coming session is named."""
    leaving = [participant for participant in lock(participants) if participant.archived_at is None]
    holders = {coming.participant_id for coming in _coming_registrations([participant.pk for participant in leaving])}
    if holders:
        names = [participant.name for participant in leaving if participant.pk in holders]
        raise HoldsASeat(name=", ".join(names[:NAMED_AT_MOST]))
    Participant.objects.filter(pk__in=[person.pk for person in leaving]).update(archived_at=clock.now())
    _tell("participant.archived", leaving, by=by)
    return leaving


@transaction.atomic
def move_to_department(participants: Sequence[Participant], department: str, *, by: User) -> list[Participant]:
    """Write the same department on several people; none at all when it is empty. Gives those who changed."""
    moved = [participant for participant in lock(participants) if participant.department != department]
    for participant in moved:
        participant.department = department
        participant.refold()
    Participant.objects.bulk_update(moved, ["department", "folded"], batch_size=500)
    _tell("participant.corrected", moved, by=by, facts={"fields": ["department"]})
    return moved


@transaction.atomic
def restore(participant: Participant, *, by: User) -> None:
    """Put an archived person back on the list. Refuses a record that was merged: the other one is the person."""
    (participant,) = lock([participant])
    if participant.merged_into_id:
        raise WasMerged(name=participant.name)
    participant.archived_at = None
    participant.save(update_fields=["archived_at"])
    journal.record("participant.restored", by=by, establishment=participant.establishment, participant=participant)


def _tell(verb: str, participants: Sequence[Participant], *, by: User, facts: dict | None = None) -> None:
    journal.record_all(
        [
            Deed(verb=verb, by=by, establishment_id=person.establishment_id, participant=person, facts=facts or {})
            for person in participants
        ]
    )


def _coming_registrations(participants: list[int]) -> QuerySet[Assignment]:
    return (
        Assignment.objects.in_force()
        .filter(participant__in=participants, session__starts_at__gt=clock.now(), session__cancelled_at=None)
        .select_related("participant", "seat")
        .order_by("pk")
    )
