"""The words of the letters about who acts for an establishment: invitations, roles, owners."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.mail.words import Concern, Page, Words
from pupitre.models import Letter, Provider, Right, Role, User
from pupitre.models.people import RIGHTS


def delegate_invited(letter: Letter) -> Words:
    invitation, establishment = letter.invitation, letter.establishment.name
    hello = _("Hello. You are invited to act on behalf of this establishment: {establishment}.")
    if invitation.succeeds_id:
        hello = _("Hello. You are invited to succeed the owner of this establishment: {establishment}.")
    return Words(
        subject=_("Invitation: {establishment}").format(establishment=establishment),
        paragraphs=[hello.format(establishment=establishment), str(Role(invitation.role).meaning)],
        page=Page("shop:invitation", (invitation.word,)),
        button=_("See the invitation"),
        facts=[
            (_("Establishment"), establishment),
            (_("Invited by"), Provider.current().name if invitation.is_by_provider else invitation.invited_by.name),
            (_("Your role"), str(invitation.get_role_display())),
            (_("Link valid until"), formats.moment(invitation.expires_at, _language(), settings.TIME_ZONE)),
        ],
        notes=[
            _("Do not forward this message: whoever holds its link can accept in your place."),
            _("If you did not expect this invitation, ignore this message."),
        ],
        concerns=Concern.INVITATION,
    )


def access_given(letter: Letter) -> Words:
    role = Role(letter.invitation.role)
    sentence = {
        Role.OWNER: _("Hello, {name}. You are now an owner of this establishment: {establishment}."),
        Role.DELEGATE: _(
            "Hello, {name}. You can now buy and assign seats on behalf of this establishment: {establishment}."
        ),
        Role.ASSIGNER: _("Hello, {name}. You can now assign the seats of this establishment: {establishment}."),
        Role.ACCOUNTANT: _(
            "Hello, {name}. You can now see the orders and the invoices of this establishment: {establishment}."
        ),
    }[role]
    return Words(
        subject=_("Delegate access: {establishment}").format(establishment=letter.establishment.name),
        paragraphs=[sentence.format(name=letter.to_name, establishment=letter.establishment.name)],
        **_first_page(role),
        concerns=Concern.ROLE,
    )


def invitation_accepted(letter: Letter) -> Words:
    invitation, newcomer = letter.invitation, letter.invitation.accepted_by
    hello = _(
        "Hello, {name}. Your invitation was accepted: {newcomer} now acts for this establishment: {establishment}."
    )
    page, notes = Page("shop:members"), [_("If you did not expect this, remove this person from the establishment.")]
    if invitation.is_by_provider and letter.user_id == invitation.invited_by_id:
        page, notes = Page("admin:pupitre_establishment_change", (letter.establishment_id,)), []
    return Words(
        subject=_("Invitation accepted: {establishment}").format(establishment=letter.establishment.name),
        paragraphs=[hello.format(name=letter.to_name, newcomer=newcomer.name, establishment=letter.establishment.name)],
        page=page,
        button=_("See who acts for the establishment"),
        facts=[
            (_("Name"), newcomer.name),
            (_("Email address"), invitation.email),
            (_("Role"), str(invitation.get_role_display())),
        ],
        notes=notes,
        concerns=Concern.ROLE,
    )


def member_left(letter: Letter) -> Words:
    former = letter.deed.by
    hello = _("Hello, {name}. {former} has left this establishment and can do nothing more for it: {establishment}.")
    return Words(
        subject=_("A departure: {establishment}").format(establishment=letter.establishment.name),
        paragraphs=[hello.format(name=letter.to_name, former=former.name, establishment=letter.establishment.name)],
        page=Page("shop:members"),
        button=_("See who acts for the establishment"),
        facts=[(_("Role until now"), str(Role(letter.deed.facts["role"]).label))],
        concerns=Concern.ROLE,
    )


def role_changed(letter: Letter) -> Words:
    role = Role(letter.deed.facts["role"])
    hello = _("Hello, {name}. Your role has changed in this establishment: {establishment}.")
    return Words(
        subject=_("Your role has changed: {establishment}").format(establishment=letter.establishment.name),
        paragraphs=[
            hello.format(name=letter.to_name, establishment=letter.establishment.name),
            str(role.meaning),
        ],
        facts=[(_("Your role"), str(role.label)), *_changed_by(letter)],
        **_first_page(role),
        concerns=Concern.ROLE,
    )


def membership_ended(letter: Letter) -> Words:
    hello = _("Hello, {name}. You no longer act on behalf of this establishment: {establishment}.")
    return Words(
        subject=_("End of your access: {establishment}").format(establishment=letter.establishment.name),
        paragraphs=[
            hello.format(name=letter.to_name, establishment=letter.establishment.name),
            _("If it is a mistake, ask an owner of the establishment."),
        ],
        page=Page("shop:catalogue"),
        facts=_changed_by(letter),
        concerns=Concern.ROLE,
    )


def ownership_transferred(letter: Letter) -> Words:
    """To the former owner and to the new one: each learns who the other is."""
    known = User.objects.in_bulk([letter.deed.facts["member"], letter.deed.facts["former"]])
    heir, former = known[letter.deed.facts["member"]], known[letter.deed.facts["former"]]
    role = Role.OWNER if letter.user_id == heir.pk else Role.DELEGATE
    hello = _("Hello, {name}. This establishment has another owner: {establishment}.")
    return Words(
        subject=_("Change of owner: {establishment}").format(establishment=letter.establishment.name),
        paragraphs=[
            hello.format(name=letter.to_name, establishment=letter.establishment.name),
            str(role.meaning),
        ],
        facts=[
            (_("New owner"), f"{heir.name} ({heir.email})"),
            (_("Former owner, now a delegate"), f"{former.name} ({former.email})"),
        ],
        notes=[_("If you did not expect this, contact {provider}.").format(provider=Provider.current().name)],
        **_first_page(role),
        concerns=Concern.ROLE,
    )


def owner_nominated(letter: Letter) -> Words:
    provider, invitation = Provider.current().name, letter.invitation
    hello = _("Hello, {name}. The training provider invites a new owner for this establishment: {establishment}.")
    return Words(
        subject=_("An owner is invited: {establishment}").format(establishment=letter.establishment.name),
        paragraphs=[
            hello.format(name=letter.to_name, establishment=letter.establishment.name),
            _("Nothing changes until this person accepts. From then on, they can do everything, as an owner."),
        ],
        page=Page("shop:establishments"),
        facts=[
            (_("Invited as owner"), invitation.email),
            (_("Invited by"), provider),
            (_("Link valid until"), formats.moment(invitation.expires_at, _language(), settings.TIME_ZONE)),
        ],
        notes=[_("If you did not expect this, contact {provider}.").format(provider=provider)],
        concerns=Concern.ROLE,
    )


def _first_page(role: Role) -> dict[str, Any]:
    if Right.ASSIGN in RIGHTS[role]:
        return {"page": Page("shop:purchases"), "button": _("Go to My purchases")}
    return {"page": Page("shop:documents"), "button": _("See the orders and invoices")}


def _changed_by(letter: Letter) -> list[tuple[str, str]]:
    return [(_("Changed by"), letter.deed.by.name)] if letter.deed.by else []


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


MEMBERSHIP_LETTERS: dict[str, Callable[[Letter], Words]] = {
    "delegate_invited": delegate_invited,
    "access_given": access_given,
    "invitation_accepted": invitation_accepted,
    "member_left": member_left,
    "role_changed": role_changed,
    "membership_ended": membership_ended,
    "ownership_transferred": ownership_transferred,
    "owner_nominated": owner_nominated,
}
