"""Posting the letters: from a row to a mail server, and what became of it back on the row.

The worker calls `post` outside any transaction, as often as it takes. A letter that is no longer true is withdrawn; a
permanent refusal is noted and shown; temporary trouble is raised, for the worker to try again after a pause.
"""

import re
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.header import Header
from email.headerregistry import Address
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from email.utils import parseaddr
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from pupitre import clock, formats
from pupitre.documents import calendar, certificate, confirmation, copies, receipt
from pupitre.mail import free_seats, writing
from pupitre.mail.words import Concern, Words
from pupitre.models import Assignment, Edition, Letter, Membership, Order, Provider, Right

# What a letter may be about, read with it.
ABOUT = (
    "user",
    "establishment",
    "session__course",
    "order__terms",
    "order__offer",
    "payment_link",
    "credit_note",
    "claim_link",
    "deed__by",
    "invitation__invited_by",
    "invitation__accepted_by",
    "waitlist_entry",
    "assignment__participant",
    "assignment__certificate",
    "assignment__session__course",
    "assignment__seat__establishment",
    "assignment__seat__line__order",
)
TRIED_FOR = timedelta(days=3)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
OTHER_LANGUAGE = {
    "fr-ca": ("en", "en-CA", "Read this message in English:"),
    "en": ("fr-ca", "fr-CA", "Lire ce message en français\u00a0:"),
}
WHY = {
    Concern.PURCHASE: gettext_lazy(
        "You are receiving this message because it concerns an order or a registration. It contains no advertising."
    ),
    Concern.PROFILE: gettext_lazy(
        "You are receiving this message because it concerns your profile. It contains no advertising."
    ),
    Concern.ROLE: gettext_lazy(
        "You are receiving this message because it concerns your role in an establishment. It contains no advertising."
    ),
    Concern.INVITATION: gettext_lazy(
        "You are receiving this message because it concerns an invitation to you. It contains no advertising."
    ),
}


class NotPosted(Exception):
    """The mail server is in trouble for now. Holds its codes only: what it says may name people."""


class Message(EmailMultiAlternatives):
    """A message whose subject begins on its own line: Django folds it without counting the word before it."""

    def message(self, **how: Any) -> Any:
        message = super().message(**how)
        message.replace_header("Subject", Header(str(self.subject), header_name="Subject"))
        return message


def post(letter_pk: int) -> datetime | None:
    """Post a letter that is still queued and still true. Raises NotPosted when it has to be tried again."""
    letter = _queued(letter_pk)
    if letter is None:
        return None
    if not is_still_true(letter):
        _close(letter, Letter.State.WITHDRAWN)
    elif not _is_an_address(letter.to_email):
        _close(letter, Letter.State.BOUNCED, "invalid address")
    elif not _may_receive_letters(letter.to_email):
        _close(letter, Letter.State.HELD)
    else:
        _hand_over(letter)
    return None


def _may_receive_letters(email: str) -> bool:
    """Where no money is real, strangers get nothing: a copy of the shop must not write to its customers.

    An allowed word is an address, a whole domain (“@clinique.ca”), or “*” for everyone.
    """
    domain = f"@{email.rpartition('@')[2]}"
    allowed = {word.lower() for word in settings.EMAIL_ALLOWED}
    return settings.PAYMENT_MODE == "live" or not allowed.isdisjoint({"*", email.lower(), domain.lower()})


def is_still_true(letter: Letter) -> bool:
    """Whether what a letter has to say is still the case: it may have waited long for a mail server."""
    holds = STILL_TRUE.get(letter.kind)
    return holds is None or holds(letter)


def compose(letter: Letter) -> Message:
    """The letter as it is sent: text, HTML and what is enclosed, in the language of its reader."""
    with override(letter.language):
        said, provider = writing.write(letter), Provider.current()
        signature = _signature(letter, said, provider)
        facts = {"words": said, "url": said.page.url(), **signature}
        message = Message(
            subject=_one_line(said.subject if settings.PAYMENT_MODE == "live" else f"[DEMO] {said.subject}"),
            body=render_to_string("email/letter.txt", facts),
            from_email=_mailbox(provider.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
            to=[_mailbox(letter.to_name, letter.to_email)],
            reply_to=[_mailbox(provider.name, provider.email)] if provider.email else [],
            headers={
                "Message-ID": letter.message_id,
                "Content-Language": signature["html_lang"],
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(render_to_string("email/letter.html", facts), "text/html")
        for enclosure in ENCLOSED.get(letter.kind, _nothing)(letter):
            message.attach(enclosure)
    return message


# --- what happened to it -------------------------------------------------------------------------------------------
def _hand_over(letter: Letter) -> None:
    message = compose(letter)
    try:
        message.send()
    except OSError as trouble:  # smtplib's exceptions are of that family, like a connection that fails
        _note(letter, trouble)
    else:
        _close(letter, Letter.State.SENT)


def _note(letter: Letter, trouble: OSError) -> None:
    answer = _answer(trouble)
    if answer.startswith("5") and _is_about_this_letter(trouble):
        _close(letter, Letter.State.BOUNCED, answer)
    elif letter.queued_at + TRIED_FOR < clock.now():
        _close(letter, Letter.State.FAILED, answer)
    else:
        Letter.objects.filter(pk=letter.pk, state=Letter.State.QUEUED).update(last_error=answer)
        raise NotPosted(answer) from None


def _is_about_this_letter(trouble: OSError) -> bool:
    """The recipient or the letter was refused. A refusal of us (our password, our own address) is for us to repair."""
    return isinstance(trouble, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)


def _answer(trouble: OSError) -> str:
    """The codes of the server’s answer, « 550 5.1.1 », without its sentence; otherwise the kind of trouble."""
    said: bytes | str
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(trouble.recipients.values()))  # a letter has one reader
    elif isinstance(trouble, smtplib.SMTPResponseException):
        code, said = trouble.smtp_code, trouble.smtp_error
    else:
        return type(trouble).__name__
    sentence = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    precise = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})\b", sentence)
    return f"{code} {precise[1]}" if precise else str(code)


def _close(letter: Letter, state: str, last_error: str = "") -> None:
    # Only a letter still queued changes: posted twice by two workers, it keeps what the first one wrote.
    sent_at = clock.now() if state == Letter.State.SENT else None
    Letter.objects.filter(pk=letter.pk, state=Letter.State.QUEUED).update(
        state=state, sent_at=sent_at, last_error=last_error
    )


# --- whether it still holds ----------------------------------------------------------------------------------------
def _is_held(letter: Letter) -> bool:
    """The seat is still theirs, at this address, and no later letter says the same."""
    assignment = letter.assignment
    return (
        assignment.in_force
        and not assignment.session.is_cancelled
        and letter.to_email == assignment.participant.email
        and not Letter.objects.filter(kind=letter.kind, assignment=assignment, pk__gt=letter.pk).exists()
    )


def _is_certified(letter: Letter) -> bool:
    """The certificate still stands, and the address is still theirs."""
    assignment = letter.assignment
    return assignment.valid_certificate is not None and letter.to_email == assignment.participant.email


def _was_told(letter: Letter) -> bool:
    """A seat is taken away from someone who may know they had it, and has not got it back since."""
    if letter.assignment.in_force:
        return False
    told = Letter.objects.filter(kind="registration_confirmed", assignment=letter.assignment)
    states = set(told.values_list("state", flat=True))
    return states != {Letter.State.WITHDRAWN}


def _can_still_assign(letter: Letter) -> bool:
    """Its reader may still assign, and nobody was named meanwhile."""
    members = Membership.objects.who_may(Right.ASSIGN).filter(establishment=letter.establishment, user=letter.user)
    return members.exists() and bool(free_seats.reminded_of(letter))


def _is_to_answer(letter: Letter) -> bool:
    """Someone still waits, and the reader may still answer."""
    members = Membership.objects.who_may(Right.ASSIGN).filter(establishment=letter.establishment, user=letter.user)
    return members.exists() and letter.claim_link.claims.waiting().exists()


def _is_to_verify(letter: Letter) -> bool:
    return EmailAddress.objects.filter(user=letter.user, email=letter.to_email, verified=False).exists()


def _can_reset(letter: Letter) -> bool:
    return letter.user is not None and letter.user.is_active and letter.user.email == letter.to_email


def _is_still_assigned(letter: Letter) -> bool:
    """Someone of the list still has the seat they were given."""
    return Assignment.objects.in_force().filter(batch=letter.assignment.batch).exists()


def _is_to_be_paid(letter: Letter) -> bool:
    return letter.payment_link.is_open and letter.order.status in (Order.Status.AWAITING_PAYMENT, Order.Status.EXPIRED)


def _is_invited(letter: Letter) -> bool:
    return letter.invitation.is_open


def _was_invited(letter: Letter) -> bool:
    """Even once it was accepted, above all then: nobody takes an establishment over in silence."""
    return letter.invitation.revoked_at is None


def _still_waits(letter: Letter) -> bool:
    return letter.waitlist_entry.in_force


def _is_still_offered(letter: Letter) -> bool:
    offer = letter.order.open_offer
    return offer is not None and offer.expires_at > clock.now() and _may_buy(letter)


def _is_not_paid(letter: Letter) -> bool:
    return not letter.order.is_paid and _may_buy(letter)


def _may_buy(letter: Letter) -> bool:
    buyers = Membership.objects.who_may(Right.BUY)
    return buyers.filter(establishment=letter.establishment, user=letter.user).exists()


STILL_TRUE: dict[str, Callable[[Letter], bool]] = {
    "registration_confirmed": _is_held,
    "session_moved": _is_held,
    "registration_moved": _is_held,
    "seat_taken_away": _was_told,
    "certificate_ready": _is_certified,
    "seats_still_free": _can_still_assign,
    "last_call": _can_still_assign,
    "seats_assigned": _is_still_assigned,
    "verify_address": _is_to_verify,
    "reset_password": _can_reset,
    "payment_requested": _is_to_be_paid,
    "delegate_invited": _is_invited,
    "owner_nominated": _was_invited,
    "waitlist_joined": _still_waits,
    "seats_offered": _is_still_offered,
    "offer_ending": _is_still_offered,
    "offer_lapsed": _is_not_paid,
    "claims_waiting": _is_to_answer,
}


# --- what is enclosed ----------------------------------------------------------------------------------------------
def _nothing(letter: Letter) -> list[MIMEBase]:
    return []


def _confirmation_and_calendar(letter: Letter) -> list[MIMEBase]:
    return [_confirmation(letter.assignment, letter.language), *_calendar(letter)]


def _calendar(letter: Letter) -> list[MIMEBase]:
    return [_calendar_entry(calendar.entry(letter.assignment, letter.language))]


def _calendar_withdrawn(letter: Letter) -> list[MIMEBase]:
    return [_calendar_entry(calendar.entry(letter.assignment, letter.language, cancelled=True), method="CANCEL")]


def _certificate(letter: Letter) -> list[MIMEBase]:
    return [_pdf(certificate.draw(letter.assignment.certificate, letter.language), _("certificate.pdf"))]


def _receipt(letter: Letter) -> list[MIMEBase]:
    name = _("receipt-{number}.pdf").format(number=letter.order.number)
    return [_pdf(receipt.draw(letter.order, letter.language), name)]


def _receipt_and_invoice(letter: Letter) -> list[MIMEBase]:
    """An order paid before there were invoices may still wait for its own."""
    issued = Edition.objects.filter(invoice__order=letter.order).order_by("rank").last()
    return [*_receipt(letter), *([_issued(issued, letter)] if issued else [])]


def _credit_note(letter: Letter) -> list[MIMEBase]:
    return [_issued(letter.credit_note.latest_edition, letter)]


def _issued(edition: Edition, letter: Letter) -> MIMEBase:
    """The copy in the language of the order."""
    name = _("invoice-{number}.pdf") if edition.invoice_id else _("credit-note-{number}.pdf")
    copy = copies.copy_of(edition, letter.order.language)
    return _pdf(bytes(copy.pdf), name.format(number=edition.facts["number"]))


ENCLOSED: dict[str, Callable[[Letter], list[MIMEBase]]] = {
    "order_paid": _receipt_and_invoice,
    "payment_received": _receipt_and_invoice,
    "refunded": _credit_note,
    "registration_confirmed": _confirmation_and_calendar,
    "session_moved": _confirmation_and_calendar,
    "registration_moved": _confirmation_and_calendar,
    "seat_taken_away": _calendar_withdrawn,
    "certificate_ready": _certificate,
}


def _confirmation(assignment: Assignment, language: str) -> MIMEBase:
    return _pdf(confirmation.draw(assignment, language), "confirmation.pdf")


def _pdf(content: bytes, name: str) -> MIMEBase:
    sheet = MIMEApplication(content, "pdf")
    sheet.add_header("Content-Disposition", "attachment", filename=name)
    return sheet


def _calendar_entry(entry: bytes, method: str = "REQUEST") -> MIMEBase:
    page = MIMEText(entry.decode(), "calendar", "utf-8")
    page.set_param("method", method)
    page.add_header("Content-Disposition", "attachment", filename="session.ics")
    return page


# --- pieces --------------------------------------------------------------------------------------------------------
def _queued(letter_pk: int) -> Letter | None:
    queued = Letter.objects.filter(pk=letter_pk, state=Letter.State.QUEUED)
    return queued.select_related(*ABOUT).first()


def _signature(letter: Letter, said: Words, provider: Provider) -> dict[str, str]:
    """Why this letter came, who answers for it, and where it can be read in the other language."""
    html_lang = "fr-CA" if letter.language == "fr-ca" else "en-CA"
    other, other_lang, invitation = OTHER_LANGUAGE[letter.language]
    return {
        "html_lang": html_lang,
        "why": str(WHY[said.concerns]),
        "who": _who(provider, letter.language),
        "other_lang": other_lang,
        "other_invitation": invitation,
        "other_url": said.page.url(other),
    }


def _who(provider: Provider, language: str) -> str:
    place = formats.place_line(provider.city, provider.province, provider.postal_code, language).strip()
    address = f"{provider.street}, {place}" if provider.street else ""
    known = [provider.name, address, formats.phone(provider.phone, language), provider.email]
    who = ", ".join(part for part in known if part)
    if not provider.privacy_officer:
        return f"{who}."
    sentence = _("{who}. Person in charge of the protection of personal information: {officer}")
    return sentence.format(who=who, officer=provider.privacy_officer)


def _is_an_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def _mailbox(name: str, email: str) -> str:
    # An address object quotes what must be; without control characters, no name can begin another header.
    return str(Address(display_name=_one_line(name), addr_spec=email))


def _one_line(text: str) -> str:
    return CONTROL_CHARACTERS.sub(" ", text).strip()
