"""What the provider’s people fill in to find an owner for an establishment that lost its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.models import Membership
from pupitre.office.forms.cases import WithNote


class OwnerChoice(WithNote):
    """One of the members, or an address to invite; and why, for the journal."""

    member = forms.TypedChoiceField(
        label=_("A person who already acts for the establishment"), required=False, widget=forms.RadioSelect
    )
    email = forms.EmailField(
        label=_("Or the email address of someone else"),
        required=False,
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={"invalid": _("Enter a full email address, such as name@example.ca.")},
    )
    field_order = ("member", "email", "note")

    def __init__(self, *args: Any, candidates: list[Membership], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["note"].label = _("Reason")
        self.fields["note"].help_text = _("Who asked, and how you made sure of it. Kept in the journal.")
        self.fields["member"].choices = [
            (held.user.email, f"{held.user.name} · {held.user.email} · {held.get_role_display()}")
            for held in candidates
        ]
        if not candidates:
            del self.fields["member"]
            self.fields["email"].label = _("Email address")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = bool(cleaned.get("member"))
        if not {"member", "email"} & self.errors.keys() and chosen == bool(cleaned.get("email")):
            self.add_error("email", _("Choose one person, or enter one address."))
        return cleaned

    @property
    def address(self) -> str:
        return self.cleaned_data.get("member") or self.cleaned_data["email"]
