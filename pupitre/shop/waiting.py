"""More seats wanted than a session has left: what the page of a course and the cart offer then."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError

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
    if session is None or not form.is_bound:
        return None
    try:
        return shortage_of(session, form.fields["quantity"].clean(form["quantity"].value()))
    except ValidationError:
        return None  # it was refused for not being a number of seats


def shortage_of(session: CourseSession, places: int) -> Shortage | None:
    """The same of a number that the cart holds."""
    could_be_had = session.is_on_sale and session.seats_left < places <= session.capacity
    return Shortage(session, places) if could_be_had else None
