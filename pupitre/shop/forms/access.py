"""The participant's two questions: which code, and under which name."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.shop.forms import Form
from pupitre.shop.forms.people import NameField


class CodeForm(Form):
    code = forms.CharField(
        label=_("Enter your access code"),
        help_text=_("16 characters, in your email or on your confirmation. Example: K7QF-3M2X-9TBD-4HWE"),
        max_length=100,
        error_messages={
            "required": _("Type or paste the code."),
            "max_length": _(
                "This code has a typo. It has 16 characters, without 0, O, 1, I, L or U. Check it, then try again."
            ),
        },
        widget=forms.TextInput(
            attrs={
                "class": "code-field",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "autocorrect": "off",
                "spellcheck": "false",
            }
        ),
    )


class CertificateName(Form):
    """The name as it will be printed on the certificate."""

    name = NameField(
        label=_("Your name on the certificate"),
        help_text=_("Correct it here if it is misspelled."),
        max_length=161,
        error_messages={"required": _("Enter your name as it should appear on the certificate.")},
    )
