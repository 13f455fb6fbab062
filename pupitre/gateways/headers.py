"""What payment services say beside their answers: when to come back, and what time it is there."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

FIRST_PAUSE = 0.5  # seconds, before asking again; longer each time
LONGEST_PAUSE = 3.0  # seconds: a buyer may be waiting behind; whoever is asked for more comes back later, as a job


def pause_asked(headers: Mapping[str, str], attempt: int) -> float:
    """The seconds after which a busy service wants to be asked again, or our own choice when it does not say."""
    asked = headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else FIRST_PAUSE * attempt


def clock(headers: Mapping[str, str]) -> datetime | None:
    """The time at the service when it answered."""
    try:
        return parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
