"""How every form of the shop is drawn and how it speaks when something is missing.

A form inherits from `Form` or `ModelForm`; a form of a library is given `Wording` as its first parent.
"""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[type, dict[str, Any]] = {
    forms.Field: {"required": _("Fill in this field.")},
    forms.EmailField: {"invalid": _("Enter a full email address, such as name@example.ca.")},
    forms.IntegerField: {"invalid": _("Enter a whole number, such as 3.")},
    forms.DecimalField: {"invalid": _("Enter a number, such as 12.50.")},
    forms.ChoiceField: {"required": _("Choose an option."), "invalid_choice": _("Choose one of the options listed.")},
    forms.MultipleChoiceField: {"required": _("Choose at least one option.")},
    forms.ModelChoiceField: {
        "required": _("Choose an option."),
        "invalid_choice": _("Choose one of the options listed."),
    },
    forms.BooleanField: {"required": _("Check this box to continue.")},
    forms.FileField: {"required": _("Choose a file."), "empty": _("This file is empty. Choose another one.")},
}


class Renderer(TemplatesSetting):
    """Draws `{{ form }}` and `{{ form.email.as_field_group }}` with the templates of `components/`."""

    form_template_name = "components/_form.html"
    field_template_name = "components/_field.html"


class Wording:
    """The manners of our forms: the words of the glossary, and checks made on the server only.

    `marks_optional` is switched off by forms where nothing is required, such as filters.
    """

    marks_optional = True

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for field in self.fields.values():  # type: ignore[attr-defined]
            _speak_our_words(field)


class Form(Wording, forms.Form):
    """A form of the shop."""


class ModelForm(Wording, forms.ModelForm):
    """A form of the shop that fills in a row."""


def _speak_our_words(field: forms.Field) -> None:
    """Replace the sentences of Django by ours; a message that a form wrote itself is kept."""
    defaults: dict[str, Any] = {}
    ours: dict[str, Any] = {}
    for kind in reversed(type(field).__mro__):
        defaults |= kind.__dict__.get("default_error_messages", {})
        ours |= MESSAGES.get(kind, {})
    for code, message in ours.items():
        if field.error_messages.get(code) is defaults.get(code):
            field.error_messages[code] = message
