"""A choice among seats, some of which can no longer be chosen."""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from pupitre.models import Seat
from pupitre.refusals import Refused
from pupitre.shop.forms import Form


class Offer(Protocol):
    """A seat, and why it cannot be chosen, if so."""

    @property
    def seat(self) -> Seat: ...

    @property
    def refusal(self) -> Refused | None: ...


class OfferedSeats(Form):
    """The form keeps all the offers, to show them with their reasons; its field accepts those that have none."""

    marks_optional = False
    field_of_seats: ClassVar[str] = "places"

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offers = offers
        self.seats = {offer.seat.code: offer.seat for offer in offers if offer.refusal is None}
        self.fields[self.field_of_seats].choices = [(code, code) for code in self.seats]


class SeveralSeats(OfferedSeats):
    """As many as wanted: a box each."""

    @property
    def ticked(self) -> list[str]:
        """The codes of the seats whose boxes are ticked, sent or not."""
        return self["places"].value() or []

    @property
    def chosen(self) -> list[Seat]:
        return [self.seats[code] for code in self.cleaned_data["places"]]
