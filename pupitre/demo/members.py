"""Who acts for the main establishment of the demo beside its owner, and the other establishment that she owns."""

from datetime import timedelta

from pupitre import clock
from pupitre.actions import invitations, people
from pupitre.demo.people import Buyer
from pupitre.models import Role

ASSIGNER_EMAIL = "adjointe@exemple.ca"
COLLEAGUES = [
    ("deleguee@exemple.ca", "Aïcha", "Belkacem", Role.DELEGATE),
    (ASSIGNER_EMAIL, "Sylvie", "Arseneault", Role.ASSIGNER),
    ("comptabilite@exemple.ca", "Rodrigue", "Thibault", Role.ACCOUNTANT),
]
STILL_INVITED = "remplacement@outardes.example"


def welcome_colleagues(main: Buyer) -> None:
    """One person of each role, with the owner’s password: working its hash out several times would be slow."""
    for email, first_name, last_name, role in COLLEAGUES:
        invitation = invitations.invite(main.establishment, email, role, by=main.user)
        invitations.accept_with_new_profile(
            invitation,
            password_hash=main.user.password,
            first_name=first_name,
            last_name=last_name,
            language=main.user.language,
        )


def open_second_establishment(main: Buyer) -> None:
    """A small one, which has bought nothing yet."""
    second = people.open_establishment(main.user, "Halte-garderie Les Bernaches")
    second.street, second.city, second.postal_code = "3940, rue Dandurand", "Montréal", "H1X 1P4"
    second.save()


def invite_someone(main: Buyer) -> None:
    """An invitation that waits for its answer since the day before yesterday."""
    with clock.stopped_at(clock.now() - timedelta(days=2)):
        invitations.invite(main.establishment, STILL_INVITED, Role.ASSIGNER, by=main.user)
