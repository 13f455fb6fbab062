"""How amounts, dates, times, telephones and names are written, in French (Québec) and in English (Canada).

Every function is pure: a value, the language of the reader (`"fr-ca"` or `"en"`) and, for moments, the time zone in
which the thing takes place (an IANA name). Spaces that must not break are U+00A0; U+202F is never used, because the
fonts of screens and of documents lack it. French follows the Office québécois de la langue française.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

NBSP = "\u00a0"
MINUS = "\u2212"

WEEKDAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
SHORT_MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."),
}

ZONE_NAMES = {
    "Newfoundland": ("heure de Terre-Neuve", "Newfoundland Time"),
    "Atlantic": ("heure de l’Atlantique", "Atlantic Time"),
    "Eastern": ("heure de l’Est", "Eastern Time"),
    "Central": ("heure du Centre", "Central Time"),
    "Mountain": ("heure des Rocheuses", "Mountain Time"),
    "Pacific": ("heure du Pacifique", "Pacific Time"),
    "Yukon": ("heure du Yukon", "Yukon Time"),
}
ZONES = {
    "Newfoundland": "St_Johns",
    "Atlantic": "Halifax Glace_Bay Moncton Goose_Bay Blanc-Sablon",
    "Eastern": "Toronto Montreal Iqaluit Pangnirtung Nipigon Thunder_Bay Atikokan Coral_Harbour",
    "Central": "Winnipeg Rainy_River Rankin_Inlet Resolute Regina Swift_Current",
    "Mountain": "Edmonton Cambridge_Bay Yellowknife Inuvik Creston Dawson_Creek Fort_Nelson",
    "Pacific": "Vancouver",
    "Yukon": "Whitehorse Dawson",
}
ZONE_OF_CITY = {f"America/{city}": name for name, cities in ZONES.items() for city in cities.split()}

PROVINCES = {
    "AB": ("Alberta", "Alberta"),
    "BC": ("Colombie-Britannique", "British Columbia"),
    "MB": ("Manitoba", "Manitoba"),
    "NB": ("Nouveau-Brunswick", "New Brunswick"),
    "NL": ("Terre-Neuve-et-Labrador", "Newfoundland and Labrador"),
    "NS": ("Nouvelle-Écosse", "Nova Scotia"),
    "NT": ("Territoires du Nord-Ouest", "Northwest Territories"),
    "NU": ("Nunavut", "Nunavut"),
    "ON": ("Ontario", "Ontario"),
    "PE": ("Île-du-Prince-Édouard", "Prince Edward Island"),
    "QC": ("Québec", "Québec"),
    "SK": ("Saskatchewan", "Saskatchewan"),
    "YT": ("Yukon", "Yukon"),
}


# --- amounts -------------------------------------------------------------------------------------------------------
def money(cents: int, language: str) -> str:
    """« 1 234,56 $ », "$1,234.56"."""
    dollars, rest = divmod(abs(cents), 100)
    sign = MINUS if cents < 0 else ""
    if _french(language):
        return f"{sign}{number(dollars, language)},{rest:02d}{NBSP}$"
    return f"{sign}${number(dollars, language)}.{rest:02d}"


def number(count: int, language: str) -> str:
    """A count of things, by groups of three digits: « 1 234 », "1,234"."""
    grouped = f"{abs(count):,}".replace(",", NBSP if _french(language) else ",")
    return f"{MINUS}{grouped}" if count < 0 else grouped


def decimal(quantity: Decimal, language: str) -> str:
    """A quantity without useless zeros: 3.50 is « 3,5 », "3.5"."""
    plain = f"{quantity.normalize():f}"
    return plain.replace(".", ",") if _french(language) else plain


def rate(fraction: Decimal, language: str) -> str:
    """A rate as it is multiplied with: `Decimal("0.09975")` is « 9,975 % », "9.975%"."""
    digits = f"{abs(fraction) * 100:f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    sign = MINUS if fraction < 0 else ""
    return f"{sign}{digits.replace('.', ',')}{NBSP}%" if _french(language) else f"{sign}{digits}%"


def whole_percent(percent: int, language: str) -> str:
    """« 15 % », "15%"."""
    return rate(Decimal(percent) / 100, language)


# --- days ----------------------------------------------------------------------------------------------------------
def day(when: date, language: str, zone: str = "") -> str:
    """« mercredi 2 décembre 2026 », "Wednesday, December 2, 2026". A moment needs the zone where it is that day."""
    there = _day_there(when, zone)
    weekday = WEEKDAYS[_key(language)][there.weekday()]
    return f"{weekday}{' ' if _french(language) else ', '}{plain_day(there, language)}"


def plain_day(when: date, language: str, zone: str = "") -> str:
    """The same without the weekday: « 1er décembre 2026 », "December 1, 2026"."""
    there = _day_there(when, zone)
    if _french(language):
        return f"{_day_and_month(there, language)}{NBSP}{there.year}"
    return f"{_day_and_month(there, language)}, {there.year}"


def short_day(when: date, language: str, zone: str = "") -> str:
    """« 2 déc. 2026 », "Dec. 2, 2026"."""
    there = _day_there(when, zone)
    month = SHORT_MONTHS[_key(language)][there.month - 1]
    if _french(language):
        return f"{_ordinal(there)}{NBSP}{month}{NBSP}{there.year}"
    return f"{month} {there.day}, {there.year}"


def month(when: date, language: str, zone: str = "") -> str:
    """« décembre 2026 », "December 2026"."""
    there = _day_there(when, zone)
    return f"{MONTHS[_key(language)][there.month - 1]} {there.year}"


def day_and_short_month(when: date, language: str, zone: str = "") -> tuple[str, str]:
    """The two lines of a leaf of a calendar: 26 and « nov. »."""
    there = _day_there(when, zone)
    return str(there.day), SHORT_MONTHS[_key(language)][there.month - 1]


def compact_day(when: date, zone: str = "") -> str:
    """2026-12-02, for columns and file names, the same in both languages."""
    return _day_there(when, zone).isoformat()


def day_range(first: date, last: date, language: str, zone: str = "") -> str:
    """« du 23 au 25 novembre 2026 », "November 23 to 25, 2026"; one single day when both are the same."""
    first, last = _day_there(first, zone), _day_there(last, zone)
    if first == last:
        return plain_day(first, language)

    if first.year != last.year:
        begin, end = plain_day(first, language), plain_day(last, language)
    elif _french(language):
        begin = _ordinal(first) if first.month == last.month else _day_and_month(first, language)
        end = plain_day(last, language)
    else:
        begin = _day_and_month(first, language)
        end = f"{last.day}, {last.year}" if first.month == last.month else plain_day(last, language)
    return f"du {begin} au {end}" if _french(language) else f"{begin} to {end}"


# --- moments -------------------------------------------------------------------------------------------------------
def clock(when: datetime, language: str, zone: str) -> str:
    """« 13 h 30 », « 9 h », « 8 h 05 »; "1:30 p.m.", "9:00 a.m."."""
    there = there_and_then(when, zone)
    if _french(language):
        return f"{there.hour}{NBSP}h{NBSP}{there.minute:02d}" if there.minute else f"{there.hour}{NBSP}h"
    half = "a.m." if there.hour < 12 else "p.m."
    return f"{there.hour % 12 or 12}:{there.minute:02d}{NBSP}{half}"


def moment(when: datetime, language: str, zone: str) -> str:
    """« mercredi 2 décembre 2026, à 13 h 30 », "Wednesday, December 2, 2026, at 1:30 p.m."."""
    at = "à" if _french(language) else "at"
    return f"{day(when, language, zone)}, {at} {clock(when, language, zone)}"


def short_moment(when: datetime, language: str, zone: str) -> str:
    """« 2 déc. 2026, 13 h 30 », "Dec. 2, 2026, 1:30 p.m.", for narrow columns."""
    return f"{short_day(when, language, zone)}, {clock(when, language, zone)}"


def clock_range(starts: datetime, ends: datetime, language: str, zone: str) -> str:
    """« de 13 h 30 à 17 h », "1:30 p.m. to 5:00 p.m."."""
    begin, end = clock(starts, language, zone), clock(ends, language, zone)
    return f"de {begin} à {end}" if _french(language) else f"{begin} to {end}"


def session_time(starts: datetime, ends: datetime, language: str, zone: str) -> str:
    """« jeudi 26 novembre 2026, de 9 h à 16 h », or from one moment to another when the session lasts several days."""
    if _day_there(starts, zone) == _day_there(ends, zone):
        return f"{day(starts, language, zone)}, {clock_range(starts, ends, language, zone)}"
    begin, end = moment(starts, language, zone), moment(ends, language, zone)
    return f"du {begin}, au {end}" if _french(language) else f"{begin}, to {end}"


def zone_name(zone: str, language: str) -> str:
    """« heure de l’Est », "Eastern Time" for the zones of Canada; the name of the zone itself elsewhere."""
    if zone not in ZONE_OF_CITY:
        return zone
    french, english = ZONE_NAMES[ZONE_OF_CITY[zone]]
    return french if _french(language) else english


def relative(when: datetime, language: str, now: datetime) -> str:
    """« dans 16 jours », « il y a 3 jours », "in 16 days", "3 days ago".

    Rounded down, so that a deadline is never said to be further away than it is.
    """
    seconds = (when - now).total_seconds()
    how_long = _duration(abs(seconds), language)
    if how_long is None:
        return "à l’instant" if _french(language) else "just now"
    if _french(language):
        return f"dans {how_long}" if seconds > 0 else f"il y a {how_long}"
    return f"in {how_long}" if seconds > 0 else f"{how_long} ago"


def there_and_then(when: datetime, zone: str) -> datetime:
    """A moment as the clocks of that zone show it. A moment without a zone is a mistake of the caller."""
    if when.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return when.astimezone(ZoneInfo(zone))


# --- people and places ---------------------------------------------------------------------------------------------
def join_names(names: Iterable[str], language: str) -> str:
    """« A, B et C », "A, B and C"."""
    *most, last = [str(name) for name in names] or [""]
    if not most:
        return last
    return f"{', '.join(most)} {'et' if _french(language) else 'and'} {last}"


NORTH_AMERICAN = re.compile(r"\D*1?\D*(\d{3})\D*(\d{3})\D*(\d{4})(?:\D+(\d{1,6}))?\D*")


def phone(typed: str, language: str) -> str:
    """« 514 555-0142, poste 12 », "514-555-0142, ext. 12". A number of another country stays as it was typed."""
    called = NORTH_AMERICAN.fullmatch(typed)
    if not called:
        return typed
    area, exchange, line, extension = called.groups()
    written = f"{area}{NBSP if _french(language) else '-'}{exchange}-{line}"
    if extension:
        written += f", {'poste' if _french(language) else 'ext.'}{NBSP}{extension}"
    return written


def phone_link(typed: str) -> str:
    """What a telephone can dial: `tel:+15145550142;ext=12`."""
    called = NORTH_AMERICAN.fullmatch(typed)
    if not called:
        return f"tel:{re.sub(r'[^+0-9]', '', typed)}"
    area, exchange, line, extension = called.groups()
    return f"tel:+1{area}{exchange}{line}" + (f";ext={extension}" if extension else "")


def postal_code(typed: str) -> str:
    """« H2X 1Y4 », in capitals, with a space that does not break. What is not a Canadian code stays as it was typed."""
    bare = re.sub(r"[\s-]", "", typed).upper()
    return f"{bare[:3]}{NBSP}{bare[3:]}" if re.fullmatch(r"[A-Z]\d[A-Z]\d[A-Z]\d", bare) else typed


def province_name(code: str, language: str) -> str:
    """« Québec », in full; an unknown code stays as it is."""
    french, english = PROVINCES.get(code.upper(), (code, code))
    return french if _french(language) else english


def place_line(city: str, province: str, code: str, language: str) -> str:
    """Last line of an address: « Gatineau (Québec)  J8X 4C2 », "Gatineau, Québec  J8X 4C2"."""
    region = province_name(province, language)
    place = f"{city} ({region})" if _french(language) else f"{city}, {region}"
    return f"{place}{NBSP}{NBSP}{postal_code(code)}"


# --- inside --------------------------------------------------------------------------------------------------------
def _french(language: str) -> bool:
    return _key(language) == "fr"


def _key(language: str) -> str:
    return "fr" if language.lower().startswith("fr") else "en"


def _day_there(when: date, zone: str) -> date:
    return there_and_then(when, zone).date() if isinstance(when, datetime) else when


def _ordinal(when: date) -> str:
    return "1er" if when.day == 1 else str(when.day)


def _day_and_month(when: date, language: str) -> str:
    month = MONTHS[_key(language)][when.month - 1]
    return f"{_ordinal(when)}{NBSP}{month}" if _french(language) else f"{month} {when.day}"


DURATIONS = (
    # shown from, counted by (in seconds), French one and many, English one and many
    (730 * 86400, 365.25 * 86400, "an", "ans", "year", "years"),
    (61 * 86400, 30.4375 * 86400, "mois", "mois", "month", "months"),
    (2 * 86400, 86400, "jour", "jours", "day", "days"),
    (3600, 3600, "heure", "heures", "hour", "hours"),
    (60, 60, "minute", "minutes", "minute", "minutes"),
)


def _duration(seconds: float, language: str) -> str | None:
    for shown_from, unit, *words in DURATIONS:
        if seconds >= shown_from:
            count = int(seconds // unit)
            one, many = words[:2] if _french(language) else words[2:]
            return f"{count} {one if count == 1 else many}"
    return None
