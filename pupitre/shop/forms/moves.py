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
from pupitre.shop.forms.offered import OfferedSeats, SeveralSeats


class SeatsToMove(SeveralSeats):
    """Seats and sessions that cannot be chosen are shown with the reason why not."""

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
        super().__init__(*args, offers=offers, **kwargs)
        self.plan: Plan | None = None
        self.fields["session"].choices = [(code, code) for code in self._sessions]

    @cached_property
    def destinations(self) -> list[Destination]:
        return moves.destinations(list(self.seats.values()))

    @property
    def refusal(self) -> Refused | None:
        """Why none of the seats can leave, if so."""
        return self.offers[0].refusal if self.offers and not self.seats else None

    @property
    def can_be_filled(self) -> bool:
        """Whether one of the seats can go to one of the sessions."""
        return bool(self._sessions)

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


class PersonToSwapWith(OfferedSeats):
    """Someone of another session of the same course."""

    field_of_seats = "other"

    other = forms.ChoiceField(
        label=_("Exchange with"),
        error_messages={
            "required": _("Choose a person from the list."),
            "invalid_choice": _("Choose a person from the list."),
        },
    )

    @property
    def chosen(self) -> Seat:
        return self.seats[self.cleaned_data["other"]]
