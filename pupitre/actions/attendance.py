"""Who was there: attendance is noted once the session has started, and those present get their certificate."""

import calendar
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, formats, journal
from pupitre.mail import letters
from pupitre.models import Assignment, Attendance, Certificate, CourseSession, Deed, User
from pupitre.refusals import Refused


class SessionNotStarted(Refused):
    code = "session_not_started"
    message = _("Attendance is noted once the session has started.")


class SessionWasCancelled(Refused):
    code = "session_was_cancelled"
    message = _("This session is cancelled: nobody attended it.")


class AttendanceLocked(Refused):
    code = "attendance_locked"
    message = _("The session ended more than {n} days ago: its attendance is locked. Ask to correct it afterwards.")


class WasCertified(Refused):
    code = "was_certified"
    message = _("A certificate was issued: {name}. Note this person absent, which withdraws it.")


class NoCertificate(Refused):
    code = "no_certificate"
    message = _("This certificate was withdrawn: whoever it names was not there.")


@transaction.atomic
def note(
    session: CourseSession, answers: Mapping[int, Attendance | None], *, by: User, late: bool = False
) -> list[Assignment]:
    """Write down who was present and who was absent, by the number of their registration. Gives those that changed.

    Locked so many days after the session: `late` says that it is knowingly corrected afterwards, and the journal tells
    so. Present gives the certificate, in the same transaction; absent withdraws it. None takes an answer back, which is
    too late once a certificate was issued. What has not changed is left alone, and so is whoever gave their seat back
    meanwhile.
    """
    now = clock.deciding_now()
    registered = list(
        Assignment.objects.in_force()
        .select_for_update(of=("self",))
        .filter(session=session, pk__in=list(answers))
        .select_related("participant", "seat")
        .order_by("pk")
    )
    session = (
        CourseSession.objects.select_for_update(of=("self",), no_key=True).select_related("course").get(pk=session.pk)
    )
    if session.is_cancelled:
        raise SessionWasCancelled
    if now < session.starts_at:
        raise SessionNotStarted
    is_locked = now >= session.attendance_locks_at
    if is_locked and not late:
        raise AttendanceLocked(n=session.ATTENDANCE_DAYS)

    changed = [each for each in registered if each.attendance != answers[each.pk]]
    former = {each.pk: each.attendance for each in changed}
    _check_never_certified([each for each in changed if answers[each.pk] is None])
    for each in changed:
        each.attendance = answers[each.pk]
        each.noted_at, each.noted_by = (now, by) if each.attendance else (None, None)
    Assignment.objects.bulk_update(changed, ["attendance", "noted_at", "noted_by"], batch_size=200)
    journal.record_all([_deed(each, former[each.pk], at=now, by=by, is_late=is_locked) for each in changed])
    _withdraw([each for each in changed if each.attendance != Attendance.PRESENT])
    if session.course.gives_certificate:
        _certify(session, [each for each in changed if each.attendance == Attendance.PRESENT])
    return changed


@transaction.atomic
def reissue(certificate: Certificate, name: str, *, by: User) -> Certificate:
    """Write a certificate again under a corrected name, and send it. Its number stays the same."""
    everything = Certificate.objects.select_for_update(of=("self",))
    certificate = everything.select_related("assignment__seat", "assignment__participant").get(pk=certificate.pk)
    if certificate.withdrawn_at is not None:
        raise NoCertificate
    if certificate.name == name:
        return certificate
    certificate.name = name
    certificate.save(update_fields=["name"])
    held = certificate.assignment
    journal.record(
        "certificate.reissued",
        by=by,
        establishment=held.seat.establishment,
        seat=held.seat,
        session=held.session,
        participant=held.participant,
        facts={"certificate": certificate.pk},
    )
    letters.certificates_ready([held])
    return certificate


def _certify(session: CourseSession, present: list[Assignment]) -> None:
    """A certificate for each, under a number of its own; the one that was withdrawn by mistake comes back, under the
    name of today.
    """
    names = {each.pk: each.name_to_certify for each in present}
    back = list(Certificate.objects.filter(assignment__in=present, withdrawn_at__isnull=False))
    known = {certificate.assignment_id for certificate in back}
    for certificate in back:
        certificate.name, certificate.withdrawn_at = names[certificate.assignment_id], None
    Certificate.objects.bulk_update(back, ["name", "withdrawn_at"], batch_size=200)
    Certificate.objects.bulk_create(
        [
            Certificate(
                assignment=each,
                name=names[each.pk],
                expires_on=_expiry(session),
            )
            for each in present
            if each.pk not in known
        ],
        batch_size=200,
    )
    letters.certificates_ready(present)


def _withdraw(absent: list[Assignment]) -> None:
    Certificate.objects.valid().filter(assignment__in=absent).update(withdrawn_at=clock.now())


def _expiry(session: CourseSession) -> date | None:
    """The last day of validity, counted from the end of the session: a 31st becomes the last day of a short month."""
    months = session.course.certificate_months
    if not months:
        return None
    ended_on = formats.there_and_then(session.ends_at, session.timezone).date()
    years, month = divmod(ended_on.month - 1 + months, 12)
    year = ended_on.year + years
    return date(year, month + 1, min(ended_on.day, calendar.monthrange(year, month + 1)[1]))


def _check_never_certified(cleared: list[Assignment]) -> None:
    certified = Certificate.objects.filter(assignment__in=cleared).select_related("assignment__participant")
    if names := [certificate.assignment.participant.name for certificate in certified]:
        raise WasCertified(name=", ".join(names))


def _deed(each: Assignment, former: str | None, *, at: datetime, by: User, is_late: bool) -> Deed:
    facts = {"attendance": each.attendance, "before": former} | ({"late": True} if is_late else {})
    return Deed(
        verb="attendance.noted",
        at=at,
        by=by,
        establishment_id=each.seat.establishment_id,
        seat_id=each.seat_id,
        session_id=each.session_id,
        participant_id=each.participant_id,
        facts=facts,
    )
