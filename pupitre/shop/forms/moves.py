"""Which seats go to another session and to which one; with whom a session is exchanged."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pupitre.actions import moves
from pupitre.actions.moves import Destination, Offer, Plan
from pupitre.models import CourseSession, Seat
from pupitre.refusals import Refused
from pupitre.shop.forms import Form


class SeatsToMove(Form):
    """Seats and sessions that cannot be chosen are shown with the reason why not."""

    marks_optional = False

    places = forms.MultipleChoiceField(
        label=_("Seats to move"),
        error_messages={
            "required": _("Choose at least one seat."),
            "invalid_choice": _("One of these seats can no longer be moved. Choose again."),
        },
    )
    session = forms.ChoiceField(
        label=_("New session"),
        error_messages={
            "required": _("Choose a session."),
            "invalid_choice": _("This session is no longer on sale. Choose another one."),
        },
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offers = offers
        self.plan: Plan | None = None
        self._seats = {offer.seat.code: offer.seat for offer in offers if offer.refusal is None}
        self.fields["places"].choices = [(code, code) for code in self._seats]
        self.fields["session"].choices = [(code, code) for code in self._sessions]

    @cached_property
    def destinations(self) -> list[Destination]:
        return moves.destinations(list(self._seats.values()))

    @property
    def refusal(self) -> Refused | None:
        """Why none of the seats can leave, if so."""
        return self.offers[0].refusal if self.offers and not self._seats else None

    @property
    def can_be_filled(self) -> bool:
        """Whether one of the seats can go to one of the sessions."""
        return bool(self._sessions)

    @property
    def ticked(self) -> list[str]:
        """The codes of the seats whose boxes are ticked, sent or not."""
        return self["places"].value() or []

    @property
    def chosen(self) -> list[Seat]:
        return [self._seats[code] for code in self.cleaned_data["places"]]

    @property
    def target(self) -> CourseSession:
        return self._sessions[self.cleaned_data["session"]]

    def clean(self) -> dict[str, Any]:
        """What the move comes to, or why these seats cannot go to that session."""
        said = super().clean() or {}
        if "places" in said and "session" in said:
            try:
                self.plan = moves.checked_plan(self.chosen, self.target)
            except Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
        return said

    @property
    def _sessions(self) -> dict[str, CourseSession]:
        return {choice.session.code: choice.session for choice in self.destinations if choice.refusal is None}


class PersonToSwapWith(Form):
    """Someone of another session of the same course."""

    marks_optional = False

    other = forms.ChoiceField(
        label=_("Exchange with"),
        error_messages={
            "required": _("Choose a person from the list."),
            "invalid_choice": _("Choose a person from the list."),
        },
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offers = offers
        self._seats = {offer.seat.code: offer.seat for offer in offers if offer.refusal is None}
        self.fields["other"].choices = [(code, code) for code in self._seats]

    @property
    def chosen(self) -> Seat:
        return self._seats[self.cleaned_data["other"]]
