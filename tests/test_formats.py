"""How things are written, in both languages: the golden table of the product."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Engine
from django.utils import translation

from pupitre import formats

EASTERN = "America/Toronto"
MONDAY = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def at(hour, minute=0, day=23, month=11, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(EASTERN))


def shown(text):
    """U+00A0 made visible, so that a wrong space shows in a failure."""
    return text.replace("\u00a0", "⍽")


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (123456, "1⍽234,56⍽$", "$1,234.56"),
        (0, "0,00⍽$", "$0.00"),
        (5, "0,05⍽$", "$0.05"),
        (2550, "25,50⍽$", "$25.50"),
        (43116, "431,16⍽$", "$431.16"),
        (123456789, "1⍽234⍽567,89⍽$", "$1,234,567.89"),
        (-12500, "−125,00⍽$", "−$125.00"),
        (-14941, "−149,41⍽$", "−$149.41"),
    ],
)
def test_money(cents, french, english):
    assert shown(formats.money(cents, "fr-ca")) == french
    assert shown(formats.money(cents, "en")) == english


@pytest.mark.parametrize(
    ("fraction", "french", "english"),
    [
        ("0.05", "5⍽%", "5%"),
        ("0.09975", "9,975⍽%", "9.975%"),
        ("0.05000", "5⍽%", "5%"),
        ("0.1", "10⍽%", "10%"),
        ("0", "0⍽%", "0%"),
        ("-0.025", "−2,5⍽%", "−2.5%"),
    ],
)
def test_rate(fraction, french, english):
    assert shown(formats.rate(Decimal(fraction), "fr-ca")) == french
    assert shown(formats.rate(Decimal(fraction), "en")) == english


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [(7, "7", "7"), (1234, "1⍽234", "1,234"), (-1200, "−1⍽200", "−1,200")],
)
def test_counts(count, french, english):
    assert shown(formats.number(count, "fr-ca")) == french
    assert shown(formats.number(count, "en")) == english


@pytest.mark.parametrize(
    ("when", "french", "english"),
    [
        (date(2026, 11, 1), "dimanche 1er⍽novembre⍽2026", "Sunday, November 1, 2026"),
        (date(2026, 11, 23), "lundi 23⍽novembre⍽2026", "Monday, November 23, 2026"),
        (date(2026, 12, 2), "mercredi 2⍽décembre⍽2026", "Wednesday, December 2, 2026"),
        (date(2027, 2, 28), "dimanche 28⍽février⍽2027", "Sunday, February 28, 2027"),
    ],
)
def test_long_days(when, french, english):
    assert shown(formats.day(when, "fr-ca")) == french
    assert shown(formats.day(when, "en")) == english


@pytest.mark.parametrize(
    ("when", "french", "english"),
    [
        (date(2026, 12, 2), "2⍽déc.⍽2026", "Dec. 2, 2026"),
        (date(2026, 3, 1), "1er⍽mars⍽2026", "March 1, 2026"),
        (date(2026, 7, 14), "14⍽juill.⍽2026", "July 14, 2026"),
    ],
)
def test_short_days(when, french, english):
    assert shown(formats.short_day(when, "fr-ca")) == french
    assert shown(formats.short_day(when, "en")) == english
    assert formats.compact_day(when) == when.isoformat()


def test_the_first_of_the_month_has_its_mark_in_french():
    assert shown(formats.plain_day(date(2026, 11, 1), "fr-ca")) == "1er⍽novembre⍽2026"
    assert shown(formats.plain_day(date(2026, 11, 1), "en")) == "November 1, 2026"


def test_the_day_of_a_moment_is_the_day_in_the_zone_of_the_session():
    late_in_vancouver = datetime(2026, 12, 2, 6, 0, tzinfo=UTC)

    assert formats.compact_day(late_in_vancouver, "America/Vancouver") == "2026-12-01"
    assert formats.compact_day(late_in_vancouver, EASTERN) == "2026-12-02"
    assert shown(formats.day(late_in_vancouver, "fr-ca", "America/Vancouver")) == "mardi 1er⍽décembre⍽2026"


@pytest.mark.parametrize(
    ("hour", "minute", "french", "english"),
    [
        (13, 30, "13⍽h⍽30", "1:30⍽p.m."),
        (8, 5, "8⍽h⍽05", "8:05⍽a.m."),
        (9, 0, "9⍽h", "9:00⍽a.m."),
        (17, 0, "17⍽h", "5:00⍽p.m."),
        (0, 0, "0⍽h", "12:00⍽a.m."),
        (12, 0, "12⍽h", "12:00⍽p.m."),
        (12, 15, "12⍽h⍽15", "12:15⍽p.m."),
        (23, 59, "23⍽h⍽59", "11:59⍽p.m."),
    ],
)
def test_clock(hour, minute, french, english):
    assert shown(formats.clock(at(hour, minute), "fr-ca", EASTERN)) == french
    assert shown(formats.clock(at(hour, minute), "en", EASTERN)) == english


def test_moments():
    assert shown(formats.moment(MONDAY, "fr-ca", EASTERN)) == "lundi 23⍽novembre⍽2026, à 13⍽h⍽30"
    assert shown(formats.moment(MONDAY, "en", EASTERN)) == "Monday, November 23, 2026, at 1:30⍽p.m."
    assert shown(formats.moment(MONDAY, "fr-ca", "America/Vancouver")) == "lundi 23⍽novembre⍽2026, à 10⍽h⍽30"
    assert shown(formats.short_moment(MONDAY, "fr-ca", EASTERN)) == "23⍽nov.⍽2026, 13⍽h⍽30"
    assert shown(formats.short_moment(MONDAY, "en", EASTERN)) == "Nov. 23, 2026, 1:30⍽p.m."


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        formats.moment(MONDAY.replace(tzinfo=None), "fr-ca", EASTERN)


def test_the_hour_that_happens_twice_is_written_from_the_moment_and_not_from_arithmetic():
    nine_on_the_day_clocks_go_back = datetime(2026, 11, 1, 14, 0, tzinfo=UTC)
    deadline = nine_on_the_day_clocks_go_back - timedelta(hours=24)

    assert shown(formats.moment(deadline, "fr-ca", EASTERN)) == "samedi 31⍽octobre⍽2026, à 10⍽h"


def test_ranges_of_hours_and_of_days():
    assert shown(formats.clock_range(at(13, 30), at(17), "fr-ca", EASTERN)) == "de 13⍽h⍽30 à 17⍽h"
    assert shown(formats.clock_range(at(13, 30), at(17), "en", EASTERN)) == "1:30⍽p.m. to 5:00⍽p.m."

    first, same_month, next_month, next_year = (
        date(2026, 11, 23),
        date(2026, 11, 25),
        date(2026, 12, 1),
        date(2027, 1, 2),
    )
    french = [formats.day_range(first, last, "fr-ca") for last in (first, same_month, next_month, next_year)]
    english = [formats.day_range(first, last, "en") for last in (first, same_month, next_month, next_year)]
    assert [shown(text) for text in french] == [
        "23⍽novembre⍽2026",
        "du 23 au 25⍽novembre⍽2026",
        "du 23⍽novembre au 1er⍽décembre⍽2026",
        "du 23⍽novembre⍽2026 au 2⍽janvier⍽2027",
    ]
    assert english == [
        "November 23, 2026",
        "November 23 to 25, 2026",
        "November 23 to December 1, 2026",
        "November 23, 2026 to January 2, 2027",
    ]


def test_the_time_of_a_session():
    one_day = formats.session_time(at(9, day=26), at(16, day=26), "fr-ca", EASTERN)
    two_days = formats.session_time(at(9, day=26), at(16, day=27), "fr-ca", EASTERN)
    english = formats.session_time(at(9, day=26), at(16, day=26), "en", EASTERN)

    assert shown(one_day) == "jeudi 26⍽novembre⍽2026, de 9⍽h à 16⍽h"
    assert shown(two_days) == "du jeudi 26⍽novembre⍽2026, à 9⍽h, au vendredi 27⍽novembre⍽2026, à 16⍽h"
    assert shown(english) == "Thursday, November 26, 2026, 9:00⍽a.m. to 4:00⍽p.m."


@pytest.mark.parametrize(
    ("zone", "french", "english"),
    [
        ("America/Toronto", "heure de l’Est", "Eastern Time"),
        ("America/Montreal", "heure de l’Est", "Eastern Time"),
        ("America/Halifax", "heure de l’Atlantique", "Atlantic Time"),
        ("America/Blanc-Sablon", "heure de l’Atlantique", "Atlantic Time"),
        ("America/St_Johns", "heure de Terre-Neuve", "Newfoundland Time"),
        ("America/Winnipeg", "heure du Centre", "Central Time"),
        ("America/Edmonton", "heure des Rocheuses", "Mountain Time"),
        ("America/Vancouver", "heure du Pacifique", "Pacific Time"),
        ("America/Whitehorse", "heure du Yukon", "Yukon Time"),
        ("Europe/Paris", "Europe/Paris", "Europe/Paris"),
    ],
)
def test_zones(zone, french, english):
    assert formats.zone_name(zone, "fr-ca") == french
    assert formats.zone_name(zone, "en") == english


def test_every_zone_with_a_name_of_ours_exists():
    assert [ZoneInfo(zone).key for zone in formats.ZONE_OF_CITY] == list(formats.ZONE_OF_CITY)


@pytest.mark.parametrize(
    ("delay", "french", "english"),
    [
        (timedelta(days=16, hours=3), "dans 16 jours", "in 16 days"),
        (timedelta(days=2), "dans 2 jours", "in 2 days"),
        (timedelta(hours=47, minutes=59), "dans 47 heures", "in 47 hours"),
        (timedelta(hours=1), "dans 1 heure", "in 1 hour"),
        (timedelta(minutes=59), "dans 59 minutes", "in 59 minutes"),
        (timedelta(seconds=20), "à l’instant", "just now"),
        (timedelta(seconds=-61), "il y a 1 minute", "1 minute ago"),
        (timedelta(days=-3), "il y a 3 jours", "3 days ago"),
        (timedelta(days=-75), "il y a 2 mois", "2 months ago"),
        (timedelta(days=800), "dans 2 ans", "in 2 years"),
    ],
)
def test_how_far_away(delay, french, english):
    assert formats.relative(MONDAY + delay, "fr-ca", now=MONDAY) == french
    assert formats.relative(MONDAY + delay, "en", now=MONDAY) == english


def test_lists_of_names():
    assert formats.join_names([], "fr-ca") == ""
    assert formats.join_names(["Amélie"], "fr-ca") == "Amélie"
    assert formats.join_names(["Amélie", "Benoît"], "fr-ca") == "Amélie et Benoît"
    assert formats.join_names(["Amélie", "Benoît", "Chantal"], "fr-ca") == "Amélie, Benoît et Chantal"
    assert formats.join_names(["Amélie", "Benoît", "Chantal"], "en") == "Amélie, Benoît and Chantal"


@pytest.mark.parametrize(
    ("typed", "french", "english"),
    [
        ("5145550142", "514⍽555-0142", "514-555-0142"),
        ("(514) 555-0142", "514⍽555-0142", "514-555-0142"),
        ("+1 514 555 0142 poste 12", "514⍽555-0142, poste⍽12", "514-555-0142, ext.⍽12"),
        ("514-555-0142, ext. 12", "514⍽555-0142, poste⍽12", "514-555-0142, ext.⍽12"),
        ("+33 1 40 20 50 50", "+33 1 40 20 50 50", "+33 1 40 20 50 50"),
        ("", "", ""),
    ],
)
def test_telephones(typed, french, english):
    assert shown(formats.phone(typed, "fr-ca")) == french
    assert shown(formats.phone(typed, "en")) == english


def test_telephones_can_be_dialled():
    assert formats.phone_link("514 555-0142, poste 12") == "tel:+15145550142;ext=12"
    assert formats.phone_link("514 555-0142") == "tel:+15145550142"
    assert formats.phone_link("+33 1 40 20 50 50") == "tel:+33140205050"


def test_the_leaf_of_a_calendar():
    assert formats.day_and_short_month(MONDAY, "fr-ca", EASTERN) == ("23", "nov.")
    assert formats.day_and_short_month(MONDAY, "en", EASTERN) == ("23", "Nov.")


def test_addresses():
    assert shown(formats.postal_code("h2x1y4")) == "H2X⍽1Y4"
    assert shown(formats.postal_code("H2X 1Y4")) == "H2X⍽1Y4"
    assert formats.postal_code("75001") == "75001"
    assert shown(formats.place_line("Gatineau", "QC", "J8X4C2", "fr-ca")) == "Gatineau (Québec)⍽⍽J8X⍽4C2"
    assert shown(formats.place_line("Gatineau", "QC", "J8X4C2", "en")) == "Gatineau, Québec⍽⍽J8X⍽4C2"
    assert formats.province_name("ZZ", "fr-ca") == "ZZ"


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("fr-ca", "TIME_FORMAT", "13⍽h⍽30"),
        ("fr-ca", "DATE_FORMAT", "23⍽novembre⍽2026"),
        ("fr-ca", "DATETIME_FORMAT", "23⍽novembre⍽2026, 13⍽h⍽30"),
        ("fr-ca", "SHORT_DATE_FORMAT", "2026-11-23"),
        ("fr-ca", "SHORT_DATETIME_FORMAT", "2026-11-23, 13⍽h⍽30"),
        ("en", "TIME_FORMAT", "1:30⍽p.m."),
        ("en", "DATE_FORMAT", "November 23, 2026"),
        ("en", "DATETIME_FORMAT", "November 23, 2026, 1:30⍽p.m."),
        ("en", "SHORT_DATE_FORMAT", "2026-11-23"),
    ],
)
def test_the_filters_of_django_are_repaired_too(language, name, expected):
    template = Engine().from_string(f'{{{{ when|date:"{name}" }}}}')

    with translation.override(language):
        assert shown(template.render(Context({"when": at(13, 30)}))) == expected


@pytest.mark.parametrize(("language", "expected"), [("fr-ca", "1⍽234,5"), ("en", "1,234.5")])
def test_the_numbers_of_django_are_grouped_as_ours(language, expected, settings):
    settings.USE_THOUSAND_SEPARATOR = True

    with translation.override(language):
        assert shown(Engine().from_string("{{ n }}").render(Context({"n": Decimal("1234.5")}))) == expected


def test_no_narrow_space_ever():
    written = [
        formats.money(123456789, "fr-ca"),
        formats.rate(Decimal("0.09975"), "fr-ca"),
        formats.moment(MONDAY, "fr-ca", EASTERN),
        formats.clock(MONDAY, "en", EASTERN),
        formats.phone("5145550142 12", "fr-ca"),
    ]

    assert [text for text in written if "\u202f" in text] == []
