"""Who buys from the demo provider, and who attends. Everyone is invented; `.example` addresses reach nobody."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from pupitre.actions import groups, people
from pupitre.actions.people import Newcomer
from pupitre.models import Establishment, User

OWNER_EMAIL = "proprietaire@exemple.ca"
STAFF_EMAIL = "gestion@exemple.ca"
PASSWORD = "pupitre-demo-2026"  # noqa: S105 (said to everyone: the demo takes no money)


@dataclass(frozen=True)
class Buyer:
    """An establishment, the person who buys for it, and the people it registers."""

    user: User
    establishment: Establishment
    people: tuple[Newcomer, ...] = field(default=())


def _people(domain: str, *names: str | tuple[str, str]) -> tuple[Newcomer, ...]:
    """« Anh Thư | Nguyễn », with an address of their workplace, or with the address given, even none."""
    known = []
    for entry in names:
        name, address = entry if isinstance(entry, tuple) else (entry, None)
        first_name, last_name = name.split(" | ")
        if address is None:
            address = f"{slugify(first_name)}.{slugify(last_name)}@{domain}"
        known.append(Newcomer(first_name, last_name, address))
    return tuple(known)


TEAM = _people(
    "outardes.example",
    "Camille | Fortin",
    "Anh Thư | Nguyễn",
    "Fatoumata | Diallo",
    "Jean-Philippe | Gagnon",
    "Amélie | Tremblay",
    ("نور | الخطيب", "nour.alkhatib@outardes.example"),
    "Guadalupe | Hernández Ortega",
    "Mélissa | Côté",
    "Étienne | Bérubé",
    "Rose-Laurence | Pierre-Louis",
    "Kateri | Awashish",
    "Siaka | Traoré",
    "Oksana | Kovalenko",
    "Geneviève | Ouellet",
    "Thierry | Lavoie",
    "Maude | St-Onge",
    "Yasmine | Benali",
    "Olivier | Dufresne",
    "Zoé | Pelletier",
    "Nadège | Jean-Baptiste",
    "Benoît | L’Heureux",
    "Solange | Mbemba",
    ("Lucie | Beaudoin", ""),
    ("Gaétan | Morin", ""),
    ("Huguette | Lapointe", ""),
    ("Véronique | Cyr", "famille.cyr@courriel.example"),
    ("Réjean | Cyr", "famille.cyr@courriel.example"),
    "Inès | Haddad",
    "Ariane | Bellefleur",
    "João Pedro | da Silva",
    "Catherine | Nadeau",
    "Sandrine | Michaud",
    "Emma | Levesque",
    "Alioune | Ndiaye",
    "Dominique | Roy",
    (
        "Marie-Soleil-Élisabeth | Charbonneau-Létourneau des Rosiers de la Durantaye",
        "marie-soleil.charbonneau@outardes.example",
    ),
    "Chloé | Robitaille",
)
TEAM_IN_ENGLISH = tuple(
    Newcomer(person.first_name, person.last_name, person.email, "en")
    for person in _people("outardes.example", "Priya | Raghunathan", "Francis | O’Brien", "Xin Yi | Chen")
)
FORMER_COLLEAGUE = Newcomer("Pascal", "Turcotte", "pascal.turcotte@courriel.example")

BISTRO = _people(
    "cotefleuve.example",
    "Maxime | Gervais",
    "Léa | Bolduc",
    "Tomás | Quispe",
    "Audrey-Anne | Lemieux",
    "Hamza | El Amrani",
    "Félix | Doyon",
    "Sokha | Chea",
    "Noémie | Vachon",
)
RESIDENCE = _people(
    "belvedere.example",
    "Ginette | Plourde",
    "Marie-Claire | Uwimana",
    "Roxanne | Desjardins",
    "Stéphane | Gauvreau",
    "Wilnise | Désir",
    "Jocelyne | Arsenault",
    "Mohamed | Bouchard",
    "Élodie | Kambale",
    "Martin | Séguin",
)
PHARMACY = _people(
    "pharmaciedesiles.example",
    "Évangéline | Chevarie",
    "Ifeoma | Okafor",
    "Mathis | Vigneault",
    "Sylvie | Leblanc",
)


def open_main_establishment() -> Buyer:
    """The establishment whose owner signs in to the demo, with forty people on its list."""
    owner = _user(OWNER_EMAIL, "Marie-Ève", "Bouchard", password=make_password(PASSWORD))
    buyer = _opened(
        owner, "CPE Les Outardes de Rosemont", "6120, 12e Avenue", "Montréal", "H1X 3A7", (*TEAM, *TEAM_IN_ENGLISH)
    )
    known = [people.add(buyer.establishment, person, by=owner) for person in buyer.people]
    kitchen, toddlers = known[10:16], known[:10]
    people.move_to_department(kitchen, "Cuisine", by=owner)
    people.move_to_department(toddlers, "Pouponnière", by=owner)
    people.move_to_department(known[16:24], "Groupe des quatre ans", by=owner)
    groups.add(groups.make(buyer.establishment, "Secouristes", by=owner), known[4:14], by=owner)
    groups.add(groups.make(buyer.establishment, "Remplaçantes et remplaçants", by=owner), known[26:32], by=owner)
    leaver = people.add(buyer.establishment, FORMER_COLLEAGUE, by=owner)
    people.archive(leaver, by=owner)
    return buyer


def open_other_establishments() -> tuple[Buyer, Buyer, Buyer]:
    """Three more, so that sessions fill up. Nobody can sign in as their owners."""
    return (
        _opened(
            _user("direction@cotefleuve.example", "Simon", "Paradis"),
            "Bistros Côté Fleuve", "88, rue du Marché-Champlain", "Québec", "G1K 4H3", BISTRO,
        ),
        _opened(
            _user("formation@belvedere.example", "Lorraine", "Whiteduck"),
            "Résidence Le Belvédère du Portage", "400, rue Jacques-Cartier", "Gatineau", "J8T 2W3", RESIDENCE,
        ),
        _opened(
            _user("laboratoire@pharmaciedesiles.example", "Chidi", "Okafor"),
            "Pharmacie Okafor et Leblanc", "712, chemin Principal", "Les Îles-de-la-Madeleine", "G4T 1G5", PHARMACY,
        ),
    )  # fmt: skip


def welcome_staff(owner: User) -> User:
    """The provider’s own account, with the owner’s password: working its hash out twice would be slow."""
    return _user(STAFF_EMAIL, "Noémie", "Caron-Diallo", password=owner.password, is_staff=True, is_superuser=True)


def _user(email: str, first_name: str, last_name: str, *, password: str = "", **facts) -> User:
    user = User(email=email, first_name=first_name, last_name=last_name, password=password, **facts)
    if not password:
        user.set_unusable_password()
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _opened(user: User, name: str, street: str, city: str, postal_code: str, known: tuple[Newcomer, ...]) -> Buyer:
    establishment = people.open_establishment(user, name)
    establishment.street, establishment.city, establishment.postal_code = street, city, postal_code
    establishment.save()
    return Buyer(user, establishment, known)
