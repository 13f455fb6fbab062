"""Two owners with the same list at the same moment: nobody is seated twice, nor put twice on the list."""

import pytest

from pupitre.actions import lists, seats
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, Letter, Membership, Participant
from pupitre.queries import books
from pupitre.queries.lists import verdicts
from tests.crowd import all_at_once, refusals
from tests.world import a_list, a_session, an_owner, lines_of, seats_bought

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider")]

THIRTY = lines_of(30)


@pytest.fixture
def partner(owner):
    """Someone else who owns the same establishment."""
    partner = an_owner("Ailleurs")
    Membership.objects.filter(user=partner).update(establishment=owner.establishment)
    return type(partner).objects.get(pk=partner.pk)


def ready(owner, text, session=None):
    """A list looked at, and the button about to be pressed."""
    kept = a_list(owner, text, session)
    agreed = verdicts(kept).agreed
    return lambda: lists.use(kept, agreed=agreed, by=owner)


def test_the_same_list_of_a_session_from_two_owners_seats_everyone_once(owner, partner):
    session = a_session(capacity=60)
    seats_bought(owner, session, 60)

    outcomes = all_at_once([ready(owner, THIRTY, session), ready(partner, THIRTY, session)])

    assert refusals(outcomes) == ["list_changed"]
    assert Assignment.objects.in_force().count() == 30
    assert Participant.objects.count() == 30
    assert books.disagreements() == []


def test_the_same_list_for_the_establishment_from_two_owners_adds_everyone_once(owner, partner):
    outcomes = all_at_once([ready(owner, THIRTY), ready(partner, THIRTY)])

    assert refusals(outcomes) == ["list_changed"]
    assert Participant.objects.count() == 30


def test_one_list_for_two_sessions_at_once_adds_everyone_once(owner, partner):
    sessions = [a_session(capacity=30), a_session(capacity=30)]
    for session in sessions:
        seats_bought(owner, session, 30)

    outcomes = all_at_once([ready(owner, THIRTY, sessions[0]), ready(partner, THIRTY, sessions[1])])

    assert refusals(outcomes) == ["list_changed"]
    assert Participant.objects.count() == 30


def test_one_button_pressed_in_four_windows_is_pressed_once(owner):
    session = a_session(capacity=30)
    seats_bought(owner, session, 30)

    outcomes = all_at_once([ready(owner, THIRTY, session)] * 4)

    assert refusals(outcomes) == []
    assert len({used.pk for used in outcomes}) == 1
    assert Assignment.objects.in_force().count() == 30
    assert Letter.objects.filter(kind="seats_assigned").count() == 1


@pytest.mark.parametrize("round_", range(3))
def test_a_list_and_one_assignment_run_for_the_last_seat(owner, partner, round_):
    session = a_session(capacity=2)
    seats_bought(owner, session, 2)
    luc = [Newcomer("Luc", "Lavoie")]
    both = "Anne, Boily, anne@ecole.ca\nMia, Caron, mia@ecole.ca"
    establishment = partner.establishment

    outcomes = all_at_once(
        [
            ready(owner, both, session),
            lambda: seats.assign_several(session, establishment, luc, by=partner),
        ]
    )

    seated = Assignment.objects.in_force().filter(session=session).count()
    assert (seated, refusals(outcomes)) in [(2, ["no_seat_left"]), (1, ["list_changed"])]
    assert Participant.objects.count() == seated
    assert books.disagreements() == []
