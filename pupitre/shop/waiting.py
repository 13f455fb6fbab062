"""More seats wanted than a session has left: what the page of a course and the cart offer then."""

from dataclasses import dataclass

from pupitre.models import CourseSession
from pupitre.shop.forms import Form


@dataclass(frozen=True)
class Shortage:
    """So many seats wanted of a session that has fewer left."""

    session: CourseSession
    places: int

    @property
    def others(self) -> int:
        """How many are to be waited for when those that are left are taken."""
        return self.places - self.session.seats_left


def shortage(session: CourseSession | None, form: Form) -> Shortage | None:
    """What a form refused for want of seats asked for, if waiting could ever bring it."""
    places = form.cleaned_data.get("quantity") if form.is_bound and session else None
    return shortage_of(session, places) if session and places else None


def shortage_of(session: CourseSession, places: int) -> Shortage | None:
    """The same of a number that the cart holds."""
    could_be_had = session.is_on_sale and session.seats_left < places <= session.capacity
    return Shortage(session, places) if could_be_had else None
