"""When and where the demo provider teaches, counted from the day the demo is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pupitre.demo.courses import typeset
from pupitre.models import Course, CourseSession, Delivery

TORONTO = "America/Toronto"

FIRST_AID = "secourisme-en-milieu-de-travail"
CHILD_FIRST_AID = "secourisme-adapte-a-la-petite-enfance"
FOOD_HANDLING = "hygiene-et-salubrite-manipulation-des-aliments"
FOOD_MANAGEMENT = "hygiene-et-salubrite-gestion-d-un-etablissement"
WHMIS = "simdut-produits-dangereux"
PATIENT_HANDLING = "deplacement-securitaire-des-beneficiaires"
HARASSMENT = "prevenir-le-harcelement-au-travail"
AGGRESSION = "desamorcer-l-agressivite"
FIRST_TEAM = "gerer-une-equipe-pour-la-premiere-fois"
FEEDBACK = "donner-une-retroaction-utile"
AI = "l-intelligence-artificielle-au-travail"
PRIVACY = "proteger-les-renseignements-personnels"
FRENCH = "francais-langue-seconde-au-travail"
ENGLISH = "anglais-langue-seconde-accueillir-la-clientele"


def _place(venue: str, street: str, city: str, province: str, postal_code: str, timezone: str = TORONTO) -> dict:
    return {
        "venue": venue,
        "street": street,
        "city": city,
        "province": province,
        "postal_code": postal_code,
        "timezone": timezone,
    }


MONTREAL = _place("Formations Rivage, salle Outarde", "1275, rue des Ateliers, bureau 200", "Montréal", "QC", "H2S 0A1")
LAVAL = _place("Carrefour des métiers, salle 204", "85, boulevard des Pionniers", "Laval", "QC", "H7N 2T4")
QUEBEC = _place("Maison Saint-Vallier, salle B", "540, rue Saint-Vallier Est", "Québec", "QC", "G1K 3P9")
GATINEAU = _place("Édifice du Portage, salle 3", "210, rue Laurier", "Gatineau", "QC", "J8X 4C2")
SHERBROOKE = _place("Atelier Wellington", "66, rue Wellington Sud", "Sherbrooke", "QC", "J1H 5C7")
TROIS_RIVIERES = _place("Espace des Forges", "318, rue des Forges", "Trois-Rivières", "QC", "G9A 2H1")
SAGUENAY = _place("Centre Racine, salle 2", "412, rue Racine Est", "Saguenay", "QC", "G7H 1T1")
RIMOUSKI = _place("Quai des savoirs", "15, rue de la Marina", "Rimouski", "QC", "G5L 1H6")
ISLANDS = _place(
    "Salle du Phare", "38, chemin du Phare", "Les Îles-de-la-Madeleine", "QC", "G4T 1B3", "America/Halifax"
)
OTTAWA = _place("Somerset Hall, Room 12", "275 Somerset Street West", "Ottawa", "ON", "K2P 0J5")

ROOM = "https://visio.exemple.ca/rivage/"
CONNECTED = {
    "to_bring_fr": "Un ordinateur avec caméra et micro. Le lien ouvre 15 minutes avant le début.",
    "to_bring_en": "A computer with a camera and microphone. The link opens 15 minutes before the start.",
}
ONLINE = {"delivery": Delivery.ONLINE, "timezone": TORONTO, "online_url": f"{ROOM}direct", **CONNECTED}
ONLINE_IN_VANCOUVER = ONLINE | {"timezone": "America/Vancouver", "language": "en"}
HYBRID = MONTREAL | {"delivery": Delivery.HYBRID, "online_url": f"{ROOM}outarde", **CONNECTED}
PRACTICE = {
    "to_bring_fr": "Des vêtements confortables, des chaussures fermées et votre repas du midi.",
    "to_bring_en": "Comfortable clothes, closed shoes and your lunch.",
}
SOON = "soon"  # in less than a day: replacements are closed
CLOSING = "closing"  # replacements close within hours
TOMORROW = "tomorrow"
UNDER_WAY = "under way"


@dataclass(frozen=True)
class Plan:
    """A session to come or gone by: how many days from today, from what hour to what hour, where, for how many."""

    name: str
    course: str
    when: int | str
    hours: str
    place: dict[str, Any]
    capacity: int
    instructor: str
    days: int = 1
    facts: dict[str, Any] = field(default_factory=dict)


PLANS = (
    Plan("simdut-passee", WHMIS, -290, "9:00-12:00", ONLINE, 30, "Louis-Marc Perron"),
    Plan("aliments-passee", FOOD_HANDLING, -200, "9:00-16:00", MONTREAL, 18, "Rosalie Thibodeau"),
    Plan("petite-enfance-passee", CHILD_FIRST_AID, -150, "8:30-16:30", MONTREAL, 14, "Karim Belkacem", 1, PRACTICE),
    Plan("secourisme-passee", FIRST_AID, -95, "8:30-16:30", QUEBEC, 16, "Karim Belkacem", 2, PRACTICE),
    Plan("deplacement-passee", PATIENT_HANDLING, -60, "8:30-16:00", GATINEAU, 12, "Josée Marcoux", 2, PRACTICE),
    Plan("harcelement-passee", HARASSMENT, -40, "13:00-16:00", LAVAL, 20, "Me Samuel Okoye"),
    Plan("ia-passee", AI, -20, "9:00-12:00", ONLINE, 60, "Delphine Arcand"),
    Plan("gestion-en-cours", FOOD_MANAGEMENT, UNDER_WAY, "8:30-12:30", MONTREAL, 15, "Rosalie Thibodeau", 3),
    Plan("harcelement-imminent", HARASSMENT, SOON, "", MONTREAL, 20, "Me Samuel Okoye"),
    Plan("petite-enfance-demain", CHILD_FIRST_AID, TOMORROW, "8:30-16:30", LAVAL, 14, "Karim Belkacem", 1, PRACTICE),
    Plan("simdut-bientot", WHMIS, CLOSING, "", ONLINE, 30, "Louis-Marc Perron"),
    Plan("aliments-quebec", FOOD_HANDLING, 9, "9:00-16:00", QUEBEC, 18, "Rosalie Thibodeau"),
    Plan("ia-hybride", AI, 10, "9:00-12:00", HYBRID, 40, "Delphine Arcand"),
    Plan("midi-vie-privee", PRIVACY, 12, "12:00-13:30", ONLINE, 100, "Noémie Caron-Diallo"),
    Plan("secourisme-montreal", FIRST_AID, 13, "8:30-16:30", MONTREAL, 16, "Karim Belkacem", 2, PRACTICE),
    Plan("retroaction-en-ligne", FEEDBACK, 14, "8:30-12:00", ONLINE, 24, "Delphine Arcand"),
    Plan("simdut-en-ligne", WHMIS, 16, "9:00-12:00", ONLINE, 30, "Louis-Marc Perron"),
    Plan("desamorcer-annulee", AGGRESSION, 17, "9:00-16:00", QUEBEC, 16, "Josée Marcoux"),
    Plan("aliments-en-ligne", FOOD_HANDLING, 19, "9:00-16:00", ONLINE, 25, "Rosalie Thibodeau"),
    Plan("harcelement-en-ligne", HARASSMENT, 20, "13:00-16:00", ONLINE, 40, "Me Samuel Okoye"),
    Plan("deplacement-gatineau", PATIENT_HANDLING, 21, "8:30-16:00", GATINEAU, 12, "Josée Marcoux", 2, PRACTICE),
    Plan("petite-enfance-montreal", CHILD_FIRST_AID, 24, "8:30-16:30", MONTREAL, 14, "Karim Belkacem", 1, PRACTICE),
    Plan("premiere-equipe-complete", FIRST_TEAM, 26, "9:00-16:30", MONTREAL, 10, "Delphine Arcand", 2),
    Plan("simdut-vancouver", WHMIS, 27, "9:00-12:00", ONLINE_IN_VANCOUVER, 30, "Megan Laframboise"),
    Plan("desamorcer-rimouski", AGGRESSION, 29, "9:00-16:00", RIMOUSKI, 16, "Josée Marcoux"),
    Plan("aliments-montreal", FOOD_HANDLING, 30, "9:00-16:00", MONTREAL, 18, "Rosalie Thibodeau"),
    Plan("ia-en-ligne", AI, 31, "13:00-16:00", ONLINE, 60, "Delphine Arcand"),
    Plan("harcelement-anglais", HARASSMENT, 33, "9:00-12:00", ONLINE, 40, "Megan Laframboise", 1, {"language": "en"}),
    Plan("gestion-trois-rivieres", FOOD_MANAGEMENT, 34, "13:00-17:00", TROIS_RIVIERES, 15, "Rosalie Thibodeau", 3),
    Plan("retroaction-sherbrooke", FEEDBACK, 37, "13:00-16:30", SHERBROOKE, 16, "Delphine Arcand"),
    Plan(
        "petite-enfance-iles", CHILD_FIRST_AID, 38, "8:30-16:30", ISLANDS, 10, "Karim Belkacem", 1,
        PRACTICE | {"price_cents": 118_00},
    ),
    Plan("secourisme-laval", FIRST_AID, 41, "8:30-16:30", LAVAL, 16, "Karim Belkacem", 2, PRACTICE),
    Plan("francais-montreal", FRENCH, 44, "9:00-16:00", MONTREAL, 12, "Aïcha Bensaïd", 2),
    Plan(
        "deplacement-iles", PATIENT_HANDLING, 46, "8:30-16:00", ISLANDS, 10, "Josée Marcoux", 2,
        PRACTICE | {"price_cents": 320_00},
    ),
    Plan("simdut-hybride", WHMIS, 48, "13:00-16:00", HYBRID, 40, "Louis-Marc Perron"),
    Plan("petite-enfance-laval", CHILD_FIRST_AID, 52, "8:30-16:30", LAVAL, 14, "Karim Belkacem", 1, PRACTICE),
    Plan("midi-vie-privee-suivant", PRIVACY, 54, "12:00-13:30", ONLINE, 100, "Noémie Caron-Diallo"),
    Plan("secourisme-ottawa", FIRST_AID, 55, "8:30-16:30", OTTAWA, 12, "Megan Laframboise", 2,
         PRACTICE | {"language": "en"}),
    Plan("anglais-quebec", ENGLISH, 58, "9:00-16:00", QUEBEC, 12, "Megan Laframboise", 2),
    Plan("desamorcer-montreal", AGGRESSION, 62, "9:00-16:00", MONTREAL, 16, "Josée Marcoux"),
    Plan("premiere-equipe-quebec", FIRST_TEAM, 68, "9:00-16:30", QUEBEC, 10, "Delphine Arcand", 2),
    Plan("gestion-saguenay", FOOD_MANAGEMENT, 76, "8:30-12:30", SAGUENAY, 15, "Rosalie Thibodeau", 3),
    Plan("francais-montreal-suivant", FRENCH, 83, "9:00-16:00", MONTREAL, 12, "Aïcha Bensaïd", 2),
)  # fmt: skip


def plan_sessions(courses: dict[str, Course], now: datetime) -> dict[str, CourseSession]:
    """Write down the sessions, on working days of the weeks around today. Gives them by name."""
    return {plan.name: _session(plan, courses[plan.course], now) for plan in PLANS}


def _session(plan: Plan, course: Course, now: datetime) -> CourseSession:
    facts = plan.place | {"instructor": plan.instructor} | plan.facts
    if bring := facts.get("to_bring_fr"):
        facts["to_bring_fr"] = typeset(bring)
    starts_at, ends_at = _dates(plan, now)
    return CourseSession.objects.create(
        course=course, starts_at=starts_at, ends_at=ends_at, capacity=plan.capacity, **facts
    )


def _dates(plan: Plan, now: datetime) -> tuple[datetime, datetime]:
    zone = ZoneInfo(plan.place["timezone"])
    today = now.astimezone(zone).date()
    if plan.when == SOON:
        starts_at = _first_start(today, zone, after=now + timedelta(hours=3))
        return starts_at, starts_at + timedelta(hours=3)
    if plan.when == CLOSING:
        starts_at = _first_start(today, zone, after=now + timedelta(hours=25))
        return starts_at, starts_at + timedelta(hours=3)
    if plan.when == TOMORROW:
        first = last = today + timedelta(days=1)
    elif plan.when == UNDER_WAY:
        first, last = today - timedelta(days=1), today + timedelta(days=1)
    else:
        first, last = _working_days(today + timedelta(days=int(plan.when)), plan.days)
    begins, ends = (time.fromisoformat(f"{hour:0>5}") for hour in plan.hours.split("-"))
    return datetime.combine(first, begins, zone), datetime.combine(last, ends, zone)


def _first_start(today: date, zone: ZoneInfo, *, after: datetime) -> datetime:
    """The first usual starting time after a moment: something always begins within the next hours."""
    return next(start for start in _usual_starts(today, zone) if start >= after)


def _usual_starts(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    for days in range(4):
        for hour, minute in ((8, 30), (13, 0), (18, 30)):
            yield datetime.combine(day + timedelta(days=days), time(hour, minute), zone)


def _working_days(first: date, count: int) -> tuple[date, date]:
    """The first and last of so many working days in a row, from a day on."""
    while not all(_is_working_day(first + timedelta(days=later)) for later in range(count)):
        first += timedelta(days=1)
    return first, first + timedelta(days=count - 1)


def _is_working_day(day: date) -> bool:
    between_two_years = (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2)
    is_holiday = (day.month, day.day) in {(6, 24), (7, 1)}
    return day.weekday() < 5 and not between_two_years and not is_holiday
