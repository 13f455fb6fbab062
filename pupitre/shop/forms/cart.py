"""What is chosen on the page of a course and in the cart."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.models import CourseSession
from pupitre.shop.forms import Form

# More than any session holds; keeps what is typed within what a database counts.
MOST_SEATS = 10_000


class Quantity(Form):
    """How many seats. Says how to write a number, and how few is too few."""

    quantity = forms.IntegerField(
        label=_("Number of seats"),
        help_text=_("One seat per participant."),
        min_value=1,
        max_value=MOST_SEATS,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "short", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter a whole number, such as 3."),
            "invalid": _("Enter a whole number, such as 3."),
            "min_value": _("Enter at least 1 seat, or remove the course from the cart."),
            "max_value": _("This number is larger than any session."),
        },
    )


class PromoCodeForm(Form):
    """The code of a rebate, as it was read or heard."""

    code = forms.CharField(
        label=_("Promo code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={
            "required": _("Type the promo code."),
            "max_length": _("This promo code is not known. Check it with the person who gave it to you."),
        },
    )


class SessionChoice(Quantity):
    """A session of a course, and how many seats."""

    session = forms.ModelChoiceField(
        CourseSession.objects.none(),
        label=_("Session"),
        to_field_name="code",
        error_messages={"required": _("Choose a session."), "invalid_choice": _("Choose a session.")},
    )

    def __init__(self, *args, sessions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = sessions
