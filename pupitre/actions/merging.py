"""The same person twice on the list: their two records become one, and nothing of their history is lost."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.actions import people
from pupitre.actions.people import Newcomer
from pupitre.mail import letters
from pupitre.models import Assignment, Letter, Participant, User
from pupitre.refusals import Refused


class NotTwoRecords(Refused):
    code = "not_two_records"
    message = _("Choose two records of your list.")


class AlreadyMerged(Refused):
    code = "already_merged"
    message = _("One of these records was merged meanwhile: {name}. Look at the list again.")


class BothHoldASeat(Refused):
    code = "both_hold_a_seat"
    message = _("Both records hold a seat in the same session: {sessions}. Release or replace one of the two first.")


class TwoAccounts(Refused):
    code = "two_accounts"
    message = _("Each of these records belongs to someone who signs in: they are two people.")


@transaction.atomic
def merge(kept: Participant, other: Participant, corrected: Newcomer, *, by: User) -> Participant:
    """Make one record of two: `kept` takes over the registrations, the groups and the account of `other`.

    `other` is archived, and every past deed still names it. Codes and certificates stay valid: they belong to the
    registrations. Refuses when both hold a seat in the same session. Done twice, it is done once.
    """
    if kept.pk == other.pk or kept.establishment_id != other.establishment_id:
        raise NotTwoRecords
    # Whoever gives either of them a seat takes the same locks, so no registration is left behind.
    related = Participant.objects.filter(Q(pk__in=[kept.pk, other.pk]) | Q(merged_into=other))
    locked = {person.pk: person for person in people.lock(related)}
    kept, other = locked[kept.pk], locked[other.pk]
    if other.merged_into_id == kept.pk:
        return kept
    for person in (kept, other):
        if person.merged_into_id:
            raise AlreadyMerged(name=person.name)
    _check_never_seated_together(kept, other)

    moved = Assignment.objects.filter(participant=other).update(participant=kept)
    _hand_account_over(kept, other)
    kept.groups.add(*other.groups.all())
    other.groups.clear()
    kept.namesakes.add(*other.namesakes.exclude(pk=kept.pk))
    other.namesakes.clear()
    other.archived_at, other.merged_into = other.archived_at or clock.now(), kept
    other.save(update_fields=["archived_at", "merged_into"])
    Participant.objects.filter(merged_into=other).update(merged_into=kept)
    changed = _correct(kept, corrected)
    _write_again_to_those_who_wait(kept)

    facts = {"into": kept.code, "registrations": moved, "fields": changed}
    journal.record("participant.merged", by=by, establishment=kept.establishment, participant=other, facts=facts)
    return kept


@transaction.atomic
def tell_apart(one: Participant, two: Participant, *, by: User) -> None:
    """Keep the records of two people who look alike: they are not shown as possible duplicates any more.

    They can still be merged, if that was a mistake. Refuses a record that was merged. Done twice, it is done once.
    """
    if one.pk == two.pk or one.establishment_id != two.establishment_id:
        raise NotTwoRecords
    people.lock_unmerged([one, two])
    if one.namesakes.filter(pk=two.pk).exists():
        return
    one.namesakes.add(two)
    facts = {"from": two.code}
    journal.record("participant.told_apart", by=by, establishment=one.establishment, participant=one, facts=facts)


def _check_never_seated_together(kept: Participant, other: Participant) -> None:
    held = Assignment.objects.in_force()
    sessions = held.filter(participant=kept).values("session")
    both = held.filter(participant=other, session__in=sessions).select_related("session__course")
    if both:
        raise BothHoldASeat(sessions=", ".join(str(registration.session) for registration in both))


def _hand_account_over(kept: Participant, other: Participant) -> None:
    if other.user_id is None:
        return
    if kept.user_id not in (None, other.user_id):
        raise TwoAccounts
    account, other.user = other.user, None
    other.save(update_fields=["user"])
    kept.user = account
    kept.save(update_fields=["user"])


def _correct(kept: Participant, corrected: Newcomer) -> list[str]:
    changed = [field for field, value in vars(corrected).items() if getattr(kept, field) != value]
    for field in changed:
        setattr(kept, field, getattr(corrected, field))
    kept.archived_at = None
    kept.save(update_fields=[*changed, "archived_at", "folded"])
    return changed


def _write_again_to_those_who_wait(kept: Participant) -> None:
    """A confirmation still in the post to an address no longer theirs would never leave: it is written again."""
    waiting = Letter.objects.filter(
        assignment__participant=kept,
        assignment__released_at=None,
        assignment__session__starts_at__gt=clock.now(),
        kind="registration_confirmed",
        state=Letter.State.QUEUED,
    ).exclude(to_email=kept.email)
    registrations = Assignment.objects.filter(letters__in=waiting).select_related("participant", "seat").distinct()
    letters.registrations_confirmed(list(registrations), again=True)
