"""The journal of deeds: who did what, when."""

from typing import Any

from pupitre.models import Deed, User


def record(verb: str, *, by: User | None, **about: Any) -> Deed:
    """Write one deed: `about` names what it concerns (order, seat, session, participant, establishment, facts)."""
    return Deed.objects.create(verb=verb, by=by, **about)


def record_all(deeds: list[Deed]) -> None:
    Deed.objects.bulk_create(deeds, batch_size=500)
