"""Waiting for places of a full session."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pupitre.actions.waitlist import SeatsLeftChanged
from pupitre.models import CourseSession
from pupitre.shop.forms import Form
from pupitre.shop.forms.cart import MOST_SEATS


class Way(models.TextChoices):
    """How one waits."""

    TAKE = "take", _("Take the seats that are left and wait for the others")
    AS_THEY_COME = "as_they_come", _("Take them as they come, one or several at a time")
    TOGETHER = "together", _("Wait for all of them together")


class SeatsAwaited(Form):
    """How many places one waits for."""

    quantity = forms.IntegerField(
        label=_("Number of seats"),
        min_value=1,
        max_value=MOST_SEATS,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "short", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter a whole number, such as 3."),
            "invalid": _("Enter a whole number, such as 3."),
            "min_value": _("Enter at least 1 seat."),
            "max_value": _("This number is larger than any session."),
        },
    )


class WaitingWish(SeatsAwaited):
    """How many places, and whether some of them are taken before the others. `left` is how many the buyer was shown."""

    way = forms.ChoiceField(
        label=_("How to wait"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": SeatsLeftChanged.message},
    )
    left = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, session: CourseSession, **kwargs: Any):
        super().__init__(*args, **kwargs)
        left = session.seats_left
        self.fields["left"].initial = left
        if left <= 0:
            choices = [(way.value, way.label) for way in (Way.AS_THEY_COME, Way.TOGETHER)]
        else:
            take = ngettext(
                "Take the seat that is left and wait for the others",
                "Take the {n} seats that are left and wait for the others",
                left,
            )
            choices = [(Way.TAKE.value, take.format(n=left)), (Way.TOGETHER.value, Way.TOGETHER.label)]
        self.fields["way"].choices = choices
        self.fields["way"].initial = choices[0][0]

    @property
    def takes_what_is_left(self) -> bool:
        return self.cleaned_data["way"] == Way.TAKE

    @property
    def is_together(self) -> bool:
        return self.cleaned_data["way"] == Way.TOGETHER
