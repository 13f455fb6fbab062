"""Which seats of an order go back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.shop.forms.offered import SeveralSeats


class SeatsToGiveBack(SeveralSeats):
    """Those that can go back are offered; the others are shown with the reason why not."""

    places = forms.MultipleChoiceField(
        label=_("Seats to give back"),
        error_messages={
            "required": _("Choose at least one seat."),
            "invalid_choice": _("One of these seats can no longer be given back. Choose again."),
        },
    )
