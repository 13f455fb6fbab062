"""The limits of a link to take a seat, and the name of whoever takes one."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.actions.people import Newcomer
from pupitre.models import ClaimLink
from pupitre.shop.forms import Form
from pupitre.shop.forms.people import NameField, PersonForm


class LinkLimits(Form):
    """Everything has a default that makes a usable link: all the free seats, until the session starts, for everyone."""

    places = forms.IntegerField(
        label=_("Number of seats"),
        required=False,
        help_text=_("Leave empty to give all the free seats."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1}),
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave empty for a link that works until the session starts."),
        error_messages={"invalid": _("Enter a date, such as 2026-12-02.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    email_domain = NameField(
        label=_("Email domain"),
        required=False,
        max_length=253,
        help_text=_(
            "For example ecole.qc.ca. The code is then only sent to an address that ends with @ecole.qc.ca; "
            "a subdomain does not count."
        ),
        error_messages={
            "max_length": _("Enter what follows the @ in the addresses of your establishment, such as example.ca.")
        },
    )
    needs_approval = forms.BooleanField(label=_("I approve each request"), required=False)


class ClaimForm(PersonForm):
    """A person takes a seat in their own name. The page is in their language already."""

    first_name = NameField(label=_("First name"), error_messages={"required": _("Enter your first name.")})
    last_name = NameField(label=_("Last name"), error_messages={"required": _("Enter your last name.")})

    def __init__(self, *args: Any, link: ClaimLink, language: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.language = language
        del self.fields["language"], self.fields["department"]
        known = {"first_name": "given-name", "last_name": "family-name", "email": "email"}
        for name, autocomplete in known.items():
            self.fields[name].widget.attrs["autocomplete"] = autocomplete
        email = self.fields["email"]
        if link.email_domain:
            email.required = True
            email.error_messages["required"] = _("Enter your email address.")
            email.help_text = _("An address that ends with @{domain}: your code is sent there.").format(
                domain=link.email_domain
            )

    @property
    def newcomer(self) -> Newcomer:
        return replace(super().newcomer, language=self.language)


class Answer(Form):
    """Approve or refuse one request, or approve all those that wait."""

    YES, NO, ALL = "approve", "refuse", "approve_all"

    answer = forms.ChoiceField(choices=[(YES, YES), (NO, NO), (ALL, ALL)])
    claim = forms.UUIDField(required=False)


class Revocation(Form):
    """Whether those who took a seat through the link keep it."""

    takes_seats_back = forms.BooleanField(required=False)
