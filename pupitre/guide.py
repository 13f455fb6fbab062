"""The illustrated guide: eight steps, each a picture of the real page with numbered call-outs.

The pictures and the places of the call-outs are taken by the browser journey itself (`make guide`), so that the guide
shows the shop as it is.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

PICTURES = Path(__file__).resolve().parent / "static" / "guide"


@dataclass(frozen=True)
class Step:
    """One screen of the guide: its name, its title, and what each numbered call-out says."""

    name: str
    title: Any
    callouts: tuple[Any, ...]


STEPS = (
    Step(
        "cart",
        _("Choose the number of seats"),
        (
            _("Enter the number of seats: one per participant."),
            _("Press this button when the number is right."),
            _("Then continue. You will say who is attending after you pay."),
        ),
    ),
    Step(
        "sign-in",
        _("Identify yourself"),
        (
            _("Enter the establishment’s email address."),
            _("Enter the password of the owner profile."),
            _("Continue here. Your cart is kept."),
        ),
    ),
    Step(
        "review",
        _("Review your order, then pay"),
        (
            _("Change the number of seats here."),
            _("When everything is right, pay by credit card or with PayPal: there is no other way."),
        ),
    ),
    Step(
        "thanks",
        _("Your order is paid: assign your seats"),
        (
            _("Assign a seat to one or more people."),
            _("Press here if it is your own registration."),
        ),
    ),
    Step(
        "assign",
        _("Choose who takes the seat"),
        (
            _("Choose one or more people from the establishment list."),
            _("Or enter a new person: they will be added to the list."),
            _("Assign. Each person receives a confirmation email."),
        ),
    ),
    Step(
        "code",
        _("Hand over the access code"),
        (
            _("Here is the access code: the participant needs it to enter the course."),
            _("Give them the confirmation of their registration as a PDF."),
            _("Assign another seat here."),
        ),
    ),
    Step(
        "purchases",
        _("Find everything again in My purchases"),
        (
            _("Assign a free seat until the session starts."),
            _("Replace a person until 24 hours before the session."),
        ),
    ),
    Step(
        "released",
        _("Assign a seat that is available again"),
        (_("The seat you released is available: assign it to someone else here."),),
    ),
)


@dataclass(frozen=True)
class Shot:
    """A picture of a step in one language, and where its call-outs point, in pixels of the picture."""

    picture: str
    width: int
    height: int
    marks: tuple[tuple[int, int, int], ...]  # number, x, y


def steps(language: str) -> list[tuple[Step, Shot | None]]:
    """The eight steps with their pictures in a language; a step whose picture was never taken has none."""
    shots = _shots("en" if language.startswith("en") else "fr")
    return [(step, shots.get(step.name)) for step in STEPS]


@cache
def _shots(language: str) -> dict[str, Shot]:
    recorded = PICTURES / language / "shots.json"
    if not recorded.exists():
        return {}
    return {
        name: Shot(
            picture=f"guide/{language}/{name}.webp",
            width=shot["width"],
            height=shot["height"],
            marks=tuple((number, x, y) for number, (x, y) in enumerate(shot["marks"], start=1)),
        )
        for name, shot in json.loads(recorded.read_text()).items()
    }
