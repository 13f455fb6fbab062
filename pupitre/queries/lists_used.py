"""What a list of people gave, once used: the seats its people hold still."""

from pupitre.models import Assignment, PeopleList, Seat


def holders_of(used: PeopleList):
    """The seats that people of the list hold, by name, in whichever session they are now."""
    return (
        Seat.objects.bought_by(used.establishment)
        .filter(assignments__batch=used.batch, assignments__released_at=None)
        .order_by("assignments__participant__folded", "pk")
        .with_holders()
    )


def registrations_of(used: PeopleList) -> list[Assignment]:
    """The same as registrations, with everything their confirmations say."""
    in_force = Assignment.objects.in_force().filter(batch=used.batch, seat__establishment=used.establishment)
    return list(
        in_force.select_related("session__course", "participant", "seat__line__order", "seat__establishment").order_by(
            "participant__folded", "pk"
        )
    )
