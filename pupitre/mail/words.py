"""What a letter says, written when it is posted, from what it is about, in the language of its reader; and the words of
those to buyers, payers and participants, and about a profile. `writing.py` knows where the words of the others are.

One function per letter, named like the one of `letters.py` that asks for it. The text and the HTML of a letter are two
drawings of the same `Words`, so they can never say different things. An access code or a secret link exists here only
while the letter is being posted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from allauth.account import app_settings as account_settings
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.documents import details
from pupitre.models import (
    Assignment,
    CourseSession,
    CreditNote,
    Deed,
    Letter,
    Order,
    Payment,
    PeopleList,
    Provider,
    Refund,
    SeatMove,
)


class Concern(Enum):
    """What the reader of a letter has to do with it: its foot says so."""

    PURCHASE = "an order or a registration"
    PROFILE = "their profile"
    ROLE = "what they do for an establishment"
    INVITATION = "an invitation"


@dataclass(frozen=True)
class Page:
    """A page of the shop, by its name: it has an address in each language. It may say which of its reader's
    establishments it is about.
    """

    name: str
    args: tuple = ()
    acting_for: int | None = None

    def url(self, language: str | None = None) -> str:
        with override(language or get_language()):
            address = settings.SITE_URL + reverse(self.name, args=self.args)
        return f"{address}?acting_for={self.acting_for}" if self.acting_for else address


@dataclass(frozen=True)
class Words:
    """What a letter says. The button leads to `page`, which is also what the other language links to."""

    subject: str
    paragraphs: list[str]
    page: Page
    button: str = ""
    code: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    concerns: Concern = Concern.PURCHASE


# --- to those who buy ----------------------------------------------------------------------------------------------
def order_paid(letter: Letter) -> Words:
    order = letter.order
    lines = list(order.lines.select_related("session__course"))
    paid, free = _("Hello. Your payment of {amount} is confirmed."), _("Hello. Your order is confirmed.")
    hello = paid if order.total_cents else free
    next_step, page = _("You still have to assign your seats."), Page("shop:purchases")
    if order.is_supplement:
        next_step = _("The seats are in their new session, and codes stay the same. Whoever has an email is told.")
        page = Page("shop:purchase", (lines[0].session.code,))
    elif len(lines) == 1:
        page = Page("shop:assignment", (lines[0].session.code,))
    return Words(
        subject=_("Order {number}: receipt and next steps").format(number=order.number),
        paragraphs=[
            hello.format(amount=formats.money(order.total_cents, _language())),
            *_paid_by_someone_else(order),
            next_step,
        ],
        page=page,
        button=_("See the seats") if order.is_supplement else _("Assign the seats"),
        facts=[*_which_order(order), *_what_was_bought(lines), *_what_it_cost(order)],
        links=[
            (_("Receipt (PDF)"), Page("shop:receipt", (order.reference,)).url()),
            (_("Invoice (PDF)"), Page("shop:invoice", (order.reference,)).url()),
            *_terms(order),
        ],
    )


def seats_stay(letter: Letter) -> Words:
    order = letter.order
    lines = list(order.lines.select_related("session__course"))
    late = _("Hello. Your payment of {amount} arrived once the move that it pays could no longer be done.")
    return Words(
        subject=_("Order {number}: your payment goes back to you").format(number=order.number),
        paragraphs=[
            late.format(amount=formats.money(order.total_cents, _language())),
            _("The seats stay where they are. The whole amount goes back to the original payment method."),
        ],
        page=Page("shop:purchases"),
        button=_("See the seats"),
        facts=[*_which_order(order), *_what_was_bought(lines), *_what_it_cost(order)],
    )


def refunded(letter: Letter) -> Words:
    order, credit_note = letter.order, letter.credit_note
    amount = formats.money(credit_note.total_cents, _language())
    subject = _("Credit note {number}: refund of {amount}")
    return Words(
        subject=subject.format(number=credit_note.number, amount=amount),
        paragraphs=[_given_back_how(credit_note).format(amount=amount)],
        page=Page("shop:documents"),
        button=_("See my orders and invoices"),
        facts=[*_which_order(order), *_what_is_given_back(credit_note)],
        links=[(_("Credit note (PDF)"), Page("shop:credit_note", (order.reference, credit_note.serial)).url())],
    )


def seats_assigned(letter: Letter) -> Words:
    session, batch = letter.session, letter.assignment.batch
    held = list(Assignment.objects.in_force().filter(batch=batch).select_related("participant"))
    assigned = ngettext("Hello. {n} seat is assigned.", "Hello. {n} seats are assigned.", len(held))
    by_hand = sorted(assignment.participant.name for assignment in held if not assignment.participant.email)
    written = _("Each person with an email address receives the confirmation and their own access code.")
    used = PeopleList.objects.filter(batch=batch).first()
    to_hand_over = [(_("Without an email address"), ", ".join(by_hand))] if by_hand else []
    return Words(
        subject=_("Seats assigned: “{course}”, {date}").format(course=session.course.title, date=_day(session)),
        paragraphs=[
            assigned.format(n=formats.number(len(held), _language())),
            written,
            *([_("Hand over the code and the PDF confirmation to the others.")] if by_hand else []),
        ],
        page=Page("shop:people_list", (session.code, used.code)) if used else Page("shop:purchase", (session.code,)),
        button=_("See the access codes"),
        facts=[*_about(session), *to_hand_over],
    )


# --- to those who pay for others -----------------------------------------------------------------------------------
def payment_requested(letter: Letter) -> Words:
    order, link = letter.order, letter.payment_link
    hello = _("Hello. This establishment asks you to pay its order: {establishment}.")
    until = formats.moment(link.expires_at, _language(), settings.TIME_ZONE)
    subject = _("Payment requested: order {number}, {establishment}")
    return Words(
        subject=subject.format(number=order.number, establishment=letter.establishment.name),
        paragraphs=[
            hello.format(establishment=letter.establishment.name),
            _("The link shows the bill and the two ways to pay it: credit card or PayPal. No account is needed."),
        ],
        page=_payer_page(letter),
        button=_("See the bill and pay"),
        facts=[*_which_order(order), *_bill(order), (_("Link valid until"), until)],
        notes=[_("If you did not expect this bill, pay nothing and ask the establishment.")],
    )


def payment_received(letter: Letter) -> Words:
    order = letter.order
    paid = _("Hello. Your payment of {amount} is confirmed.")
    return Words(
        subject=_("Order {number}: receipt").format(number=order.number),
        paragraphs=[
            paid.format(amount=formats.money(order.total_cents, _language())),
            _("The establishment has been told: {establishment}.").format(establishment=letter.establishment.name),
        ],
        page=_payer_page(letter),
        button=_("See the bill"),
        facts=[*_which_order(order), *_bill(order)],
    )


# --- to those who attend -------------------------------------------------------------------------------------------
def registration_confirmed(letter: Letter) -> Words:
    assignment = letter.assignment
    course, establishment = assignment.session.course.title, assignment.seat.establishment.name
    hello = _("Hello, {name}. A seat in this course was reserved for you by: {establishment}.")
    return Words(
        subject=_("Your registration is confirmed: “{course}”").format(course=course),
        paragraphs=[hello.format(name=assignment.participant.name, establishment=establishment)],
        code=assignment.access_code,
        page=_access(assignment),
        button=_("Go to the course"),
        facts=_about(assignment.session),
        notes=[
            _("This code is personal. After a replacement it stops working and a new code is created."),
            *_online_note(assignment.session),
            *_privacy(assignment),
        ],
    )


def seat_taken_away(letter: Letter) -> Words:
    assignment = letter.assignment
    sentence = _(
        "Hello, {name}. Your seat was returned to the establishment and your access code is no longer valid. "
        "If you have questions, please ask the establishment."
    )
    return Words(
        subject=_("A change to your registration: “{course}”").format(course=assignment.session.course.title),
        paragraphs=[sentence.format(name=assignment.participant.name)],
        page=Page("shop:catalogue"),
        facts=[
            (_("Course"), assignment.session.course.title),
            (_("Session"), _when(assignment.session)),
            (_("Establishment"), assignment.seat.establishment.name),
        ],
    )


def session_moved(letter: Letter) -> Words:
    assignment, session = letter.assignment, letter.assignment.session
    sentence = _("Hello. This session now takes place on {date} at {time}. Your registration is still valid.")
    return Words(
        subject=_("New date: “{course}”").format(course=session.course.title),
        paragraphs=[
            sentence.format(date=_day(session), time=formats.clock(session.starts_at, _language(), session.timezone))
        ],
        page=_access(assignment),
        button=_("Go to the course"),
        facts=[*_about(session), *_former_date(session)],
    )


def certificate_ready(letter: Letter) -> Words:
    assignment, certificate = letter.assignment, letter.assignment.certificate
    course = assignment.session.course.title
    return Words(
        subject=_("Your certificate is ready: “{course}”").format(course=course),
        paragraphs=[
            _("Hello, {name}. Your certificate is enclosed with this message.").format(name=assignment.participant.name)
        ],
        page=_access(assignment),
        button=_("Download the certificate"),
        facts=[
            (_("Course"), course),
            (_("Session"), _when(assignment.session)),
            (_("Certificate number"), certificate.number),
        ],
    )


def registration_moved(letter: Letter) -> Words:
    assignment, session = letter.assignment, letter.assignment.session
    sentence = _(
        "Hello, {name}. Your registration was moved to another session of this course, on {date} at {time}, by: "
        "{establishment}."
    )
    return Words(
        subject=_("New date: “{course}”").format(course=session.course.title),
        paragraphs=[
            sentence.format(
                name=assignment.participant.name,
                date=_day(session),
                time=formats.clock(session.starts_at, _language(), session.timezone),
                establishment=assignment.seat.establishment.name,
            ),
            _("Your access code stays the same."),
        ],
        code=assignment.access_code,
        page=_access(assignment),
        button=_("Go to the course"),
        facts=[*_about(session), *_former_session(assignment)],
        notes=_online_note(session),
    )


# --- about a profile -----------------------------------------------------------------------------------------------
def verify_address(letter: Letter) -> Words:
    address = EmailAddress.objects.get(user=letter.user, email=letter.to_email)
    hours = account_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS * 24
    return Words(
        subject=_("Confirm your email address"),
        paragraphs=[_("Hello. Confirm your address within {n} hours.").format(n=hours)],
        page=Page("account_confirm_email", (EmailConfirmationHMAC(address).key,)),
        button=_("Confirm my address"),
        notes=[_("If you did not ask for this, ignore this message.")],
        concerns=Concern.PROFILE,
    )


def reset_password(letter: Letter) -> Words:
    token = account_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(letter.user)
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    sentence = _("Hello. This link is valid for {n} minutes. If you did not ask for this, ignore this message.")
    return Words(
        subject=_("Reset your password"),
        paragraphs=[sentence.format(n=minutes)],
        page=Page("account_reset_password_from_key", (user_pk_to_url_str(letter.user), token)),
        button=_("Choose a new password"),
        concerns=Concern.PROFILE,
    )


def address_known(letter: Letter) -> Words:
    return Words(
        subject=_("A profile already uses your address"),
        paragraphs=[
            _("Hello. Someone, perhaps you, tried to create an owner profile with this address."),
            _("A profile already uses this address. Sign in or reset your password."),
        ],
        page=Page("account_login"),
        button=_("Sign in"),
        links=[(_("Reset my password"), Page("account_reset_password").url())],
        notes=[_("If you did not ask for this, ignore this message.")],
        concerns=Concern.PROFILE,
    )


def password_changed(letter: Letter) -> Words:
    sentence = _("Hello. The password of your profile was changed on {date} at {time}.")
    when = letter.queued_at
    return Words(
        subject=_("Your password was changed"),
        paragraphs=[
            sentence.format(
                date=formats.day(when, _language(), settings.TIME_ZONE),
                time=formats.clock(when, _language(), settings.TIME_ZONE),
            ),
            _("If it was not you, choose a new password now."),
        ],
        page=Page("account_reset_password"),
        button=_("Reset my password"),
        concerns=Concern.PROFILE,
    )


def address_changed(letter: Letter) -> Words:
    return Words(
        subject=_("The email address of your profile was changed"),
        paragraphs=[
            _("Hello. Your profile now uses another email address. Nothing will be sent to this one any more."),
            _("If it was not you, contact {provider}.").format(provider=Provider.current().name),
        ],
        page=Page("account_login"),
        concerns=Concern.PROFILE,
    )


def two_steps_set_up(letter: Letter) -> Words:
    return _about_sign_in(_("Your profile now asks for a code"), _("Hello. Signing in now takes a code as well."))


def two_steps_removed(letter: Letter) -> Words:
    sentence = _("Hello. Signing in no longer asks for the code of an application.")
    return _about_sign_in(_("Your profile no longer asks for a code"), sentence)


def passkey_added(letter: Letter) -> Words:
    return _about_sign_in(_("A passkey was added"), _("Hello. A new passkey can sign in to your profile."))


def passkey_removed(letter: Letter) -> Words:
    return _about_sign_in(_("A passkey was removed"), _("Hello. A passkey no longer signs in to your profile."))


def recovery_codes_made(letter: Letter) -> Words:
    sentence = _("Hello. New recovery codes were made for your profile. The former ones no longer work.")
    return _about_sign_in(_("New recovery codes"), sentence)


def _about_sign_in(subject: str, sentence: str) -> Words:
    return Words(
        subject=subject,
        paragraphs=[sentence, _("If it was not you, choose a new password now.")],
        page=Page("mfa_index"),
        button=_("See how I sign in"),
        concerns=Concern.PROFILE,
    )


LETTERS = {
    letter.__name__: letter
    for letter in (
        order_paid,
        seats_stay,
        refunded,
        seats_assigned,
        payment_requested,
        payment_received,
        registration_confirmed,
        seat_taken_away,
        session_moved,
        certificate_ready,
        registration_moved,
        verify_address,
        reset_password,
        address_known,
        password_changed,
        address_changed,
        two_steps_set_up,
        two_steps_removed,
        passkey_added,
        passkey_removed,
        recovery_codes_made,
    )
}


# --- pieces --------------------------------------------------------------------------------------------------------
def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _access(assignment: Assignment) -> Page:
    return Page("shop:access_code", (assignment.access_code,))


def _day(session: CourseSession) -> str:
    return formats.day(session.starts_at, _language(), session.timezone)


def _when(session: CourseSession) -> str:
    """« jeudi 26 novembre 2026, de 9 h à 16 h (heure de l’Est) »."""
    time = details.time_of(session, _language())
    return f"{time['when']} ({time['zone']})"


def _about(session: CourseSession) -> list[tuple[str, str]]:
    """What a reader puts in their diary: the course, when, where, and what to bring."""
    known = [
        (_("Course"), session.course.title),
        (_("Session"), _when(session)),
        (_("Where"), ", ".join(details.place_of(session, _language()))),
        (_("What to bring"), session.to_bring),
    ]
    return [(label, value) for label, value in known if value]


def _former_date(session: CourseSession) -> list[tuple[str, str]]:
    """Where a moved session was before, as the journal tells it."""
    move = Deed.objects.filter(verb="session.moved", session=session).last()
    if move is None:
        return []
    before = formats.moment(datetime.fromisoformat(move.facts["from"]), _language(), session.timezone)
    return [(_("Former date"), before)]


def _former_session(assignment: Assignment) -> list[tuple[str, str]]:
    """Where the registration was before its last move."""
    move = (
        SeatMove.objects.filter(seat=assignment.seat)
        .done()
        .select_related("from_session__course")
        .order_by("done_at", "pk")
        .last()
    )
    return [(_("Former date"), _when(move.from_session))] if move else []


def _online_note(session: CourseSession) -> list[str]:
    if not session.online_url:
        return []
    return [_("To join online, open the link above: the button appears 15 minutes before the start.")]


def _privacy(assignment: Assignment) -> list[str]:
    """Where the name and the address come from, unless the reader is the very user who gave them."""
    if assignment.participant.user_id is not None and assignment.participant.user_id == assignment.assigned_by_id:
        return []
    sentence = _(
        "Your name and email address were given to us by this establishment. "
        "You can see them or have them corrected: {link}"
    )
    if assignment.was_claimed:
        sentence = _(
            "Your name and email address were given to us through a link of this establishment. "
            "You can see them or have them corrected: {link}"
        )
    return [sentence.format(link=_access(assignment).url())]


def _payer_page(letter: Letter) -> Page:
    return Page("shop:payer", (letter.payment_link.word,))


def _paid_by_someone_else(order: Order) -> list[str]:
    if not order.payments.filter(disposition=Payment.Disposition.APPLIED, link__isnull=False).exists():
        return []
    return [_("It was paid through your payment link.")]


def _which_order(order: Order) -> list[tuple[str, str]]:
    known = [(_("Order number"), order.number), (_("Purchase order number"), order.purchase_order_number)]
    return [(label, value) for label, value in known if value]


def _terms(order: Order) -> list[tuple[str, str]]:
    """The version that the buyer agreed to, which stays as it was."""
    if order.terms is None:
        return []
    label = _("Terms of sale, version {n}").format(n=order.terms.number)
    return [(label, Page("shop:terms_version", (order.terms.number,)).url())]


def _bill(order: Order) -> list[tuple[str, str]]:
    return [*_what_was_bought(list(order.lines.select_related("session__course"))), *_what_it_cost(order)]


def _given_back_how(credit_note: CreditNote) -> str:
    if credit_note.reason == CreditNote.Reason.DISPUTE:
        return _("Hello. Your bank gave the amount of {amount} back to you. The credit note is attached.")
    if credit_note.refunds.filter(origin=Refund.Origin.HAND).exists():
        return _("Hello. The amount of {amount} is returned to you by other means. The credit note is attached.")
    return _(
        "Hello. The amount of {amount} will be returned to the original payment method. The credit note is attached."
    )


def _what_is_given_back(credit_note: CreditNote) -> list[tuple[str, str]]:
    taxes = [
        (f"{credited.tax.get_code_display()} ({formats.rate(credited.tax.rate, _language())})", credited.amount_cents)
        for credited in credit_note.taxes.select_related("tax")
    ]
    amounts = [(_("Subtotal"), credit_note.net_cents), *taxes, (_("Total refunded"), credit_note.total_cents)]
    return [(label, formats.money(cents, _language())) for label, cents in amounts]


def _what_was_bought(lines: list) -> list[tuple[str, str]]:
    bought = []
    for line in lines:
        seats = ngettext("{n} seat", "{n} seats", line.quantity).format(n=formats.number(line.quantity, _language()))
        session = f"{line.session.course.title}, {_when(line.session)}"
        bought.append((session, f"{seats}, {formats.money(line.net_cents, _language())}"))
    return bought


def _what_it_cost(order: Order) -> list[tuple[str, str]]:
    taxes = [
        (f"{tax.get_code_display()} ({formats.rate(tax.rate, _language())})", tax.amount_cents)
        for tax in order.taxes.all()
    ]
    amounts = [*_rebates(order), (_("Subtotal"), order.net_cents), *taxes, (_("Total"), order.total_cents)]
    return [(label, formats.money(cents, _language())) for label, cents in amounts]


def _rebates(order: Order) -> list[tuple[str, int]]:
    """The price that anyone would pay, and what was taken off it."""
    rebates = order.rebates
    if not rebates.saving_cents:
        return []
    taken_off = [
        (_("Member price"), rebates.member_cents),
        (_("Volume discount"), rebates.volume_cents),
        (_("Discount ({code})").format(code=order.promo), rebates.promo_cents),
    ]
    return [(_("List price"), rebates.list_cents), *((label, -cents) for label, cents in taken_off if cents)]
