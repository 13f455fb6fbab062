"""What the provider’s people write down about a case they settle."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WithNote(forms.Form):
    """Why it was settled so: kept in the journal."""

    note = forms.CharField(
        label=_("Note"),
        max_length=240,
        help_text=_("In a few words, for whoever reads the journal."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": _("Say why, in a few words.")},
    )

    use_required_attribute = False
