"""Which seats of an order go back."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.actions.returns import Offer
from pupitre.models import Seat
from pupitre.shop.forms import Form


class SeatsToGiveBack(Form):
    """Those that can go back are offered; the others are shown with the reason why not."""

    marks_optional = False

    places = forms.MultipleChoiceField(
        label=_("Seats to give back"),
        error_messages={
            "required": _("Choose at least one seat."),
            "invalid_choice": _("One of these seats can no longer be given back. Choose again."),
        },
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offers = offers
        self._seats = {offer.seat.code: offer.seat for offer in offers if offer.refusal is None}
        self.fields["places"].choices = [(code, code) for code in self._seats]

    @property
    def ticked(self) -> list[str]:
        """The codes of the seats whose boxes are ticked, sent or not."""
        return self["places"].value() or []

    @property
    def chosen(self) -> list[Seat]:
        return [self._seats[code] for code in self.cleaned_data["places"]]
