"""What is typed to invite someone, to change their role, to give one's place, to open a profile by invitation."""

from typing import Any

from django import forms
from django.contrib.auth.hashers import make_password
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from pupitre.models import Membership, Role, User
from pupitre.shop.forms import Form
from pupitre.shop.forms.accounts import AddressField, ChosenPasswordField, NameField

ROLES = [Role.DELEGATE, Role.ASSIGNER, Role.ACCOUNTANT, Role.OWNER]


class RoleField(forms.TypedChoiceField):
    """One of the roles, each with what it opens."""

    def __init__(self, **facts: Any):
        explained = '{}<span class="choice__hint">{}</span>'
        super().__init__(
            label=_("Role"),
            choices=lambda: [(role.value, format_html(explained, role.label, role.meaning)) for role in ROLES],
            coerce=Role,
            widget=forms.RadioSelect,
            **facts,
        )


class RoleForm(Form):
    """What a member may do from now on."""

    role = RoleField()


class InvitationForm(Form):
    """Whom to invite, and what they will be allowed to do."""

    email = AddressField(_("Email address"), autocomplete="off", help_text=_("The invitation is valid for 7 days."))
    role = RoleField()


class HeirForm(Form):
    """Who will own the establishment: one of its members, or someone to invite."""

    heir = forms.TypedChoiceField(
        label=_("A person who already acts for the establishment"), required=False, widget=forms.RadioSelect
    )
    email = AddressField(
        _("Or the email address of someone else"),
        autocomplete="off",
        required=False,
        help_text=_("This person is invited. Nothing changes until they accept."),
    )
    marks_optional = False

    def __init__(self, *args: Any, candidates: list[Membership], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.candidates = {str(membership.pk): membership for membership in candidates}
        self.fields["heir"].choices = [(pk, _described(membership)) for pk, membership in self.candidates.items()]
        if not candidates:
            del self.fields["heir"]
            self.fields["email"].label = _("Email address")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned.get("heir")) == bool(cleaned["email"]):
            self.add_error("email", _("Choose one person, or enter one address."))
        return cleaned

    @property
    def chosen(self) -> Membership | None:
        """The member chosen, or None when an address was typed."""
        return self.candidates.get(self.cleaned_data.get("heir", ""))


class InvitedProfileForm(Form):
    """A profile for the address that was invited, and for no other."""

    email = AddressField(_("Email address"), autocomplete="username", disabled=True, required=False)
    first_name = NameField(_("First name"), autocomplete="given-name", max_length=80)
    last_name = NameField(_("Last name"), autocomplete="family-name", max_length=80)
    password = ChosenPasswordField(_("Password"))

    def __init__(self, *args: Any, address: str, **kwargs: Any):
        super().__init__(*args, initial={"email": address}, **kwargs)
        self.fields["password"].user = User(email=address)
        self.marks_optional = False

    def clean(self) -> dict[str, Any]:
        """Hash the password now: it takes long on purpose, and nothing may be locked meanwhile."""
        typed = super().clean() or self.cleaned_data
        if not self.errors:
            self.password_hash = make_password(typed["password"])
        return typed


class NewEstablishmentForm(Form):
    """Another establishment to buy for. Its address is asked for later, on its own page."""

    name = NameField(_("Establishment name"), autocomplete="organization", max_length=160)


def _described(membership: Membership) -> Any:
    told = f"{membership.user.email} · {membership.get_role_display()}"
    return format_html('{}<span class="choice__hint">{}</span>', membership.user.name, told)
