"""What the provider’s people write down about a case they settle."""

from typing import Any

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


class WithPrintedNote(WithNote):
    """The buyer reads this one."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = _("Printed on the credit note.")
