"""What templates write without loading anything."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django.template import TemplateSyntaxError, engines
from django.utils import translation

from pupitre import clock, covers

STARTS_AT = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
ZONE = "America/Toronto"


def rendered(source, language="fr-ca", **context):
    with translation.override(language):
        return engines["django"].from_string(source).render(context).replace("\u00a0", "⍽")


def test_amounts_follow_the_language_of_the_reader():
    assert rendered("{{ cents|money }}", cents=43116) == "431,16⍽$"
    assert rendered("{{ cents|money }}", language="en", cents=43116) == "$431.16"
    assert rendered("{{ cents|money }}", cents=None) == ""


def test_moments_are_those_of_the_place_of_the_session():
    session = SimpleNamespace(starts_at=STARTS_AT, ends_at=STARTS_AT + timedelta(hours=7), timezone=ZONE)

    assert rendered("{% session_time s %}", s=session) == "jeudi 26⍽novembre⍽2026, de 9⍽h à 16⍽h"
    assert rendered("{% moment s.starts_at s.timezone %}", s=session) == "jeudi 26⍽novembre⍽2026, à 9⍽h"
    assert rendered("{% clock s.starts_at s.timezone %}", language="en", s=session) == "9:00⍽a.m."


def test_a_deadline_says_the_moment_and_how_far_away_it_is():
    with clock.stopped_at(STARTS_AT - timedelta(days=16)):
        written = rendered("{% deadline when zone %}", when=STARTS_AT, zone=ZONE)

    assert written == (
        '<span class="deadline"><time datetime="2026-11-26T09:00-05:00">jeudi 26⍽novembre⍽2026, à 9⍽h</time> '
        '<span class="deadline__away">(dans 16 jours)</span></span>'
    )


def test_an_icon_is_drawn_in_the_page_and_hidden_from_screen_readers():
    drawing = ElementTree.fromstring(rendered('{% icon "check" %}'))

    assert drawing.attrib["aria-hidden"] == "true"
    assert drawing.attrib["stroke"] == "currentColor"
    assert [part.attrib for part in drawing] == [{"d": "M20 6 9 17l-5-5"}]


def test_an_icon_that_we_do_not_have_is_a_mistake():
    with pytest.raises(TemplateSyntaxError, match="unicorn"):
        rendered('{% icon "unicorn" %}')


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_a_cover_is_always_the_same_small_and_without_inline_style(hue):
    first, again = covers.draw("secourisme", hue=hue), covers.draw("secourisme", hue=hue)

    assert first == again != covers.draw("gestion", hue=hue)
    assert ElementTree.fromstring(first).attrib["aria-hidden"] == "true"
    assert "style" not in first
    assert len(first) < 2500


def test_the_picture_of_the_provider_replaces_the_pattern():
    picture = SimpleNamespace(url="/images/courses/a.jpg")
    course = SimpleNamespace(picture=picture, picture_alt="Un brancard <posé>", slug="secourisme", category=None)

    image = ElementTree.fromstring(rendered("{% cover course %}", course=course).replace(">", "/>"))

    assert image.attrib["src"] == "/images/courses/a.jpg"
    assert image.attrib["alt"] == "Un brancard <posé>"


def test_the_steps_say_where_one_is():
    written = rendered("{% steps 2 %}", language="en")

    assert written.count('aria-current="step"') == 1
    assert "Step 2 of 5: Sign in" in written


def test_a_long_text_is_paragraphs_under_titles_and_never_markup():
    text = "1. Prix\r\nEn dollars <b>canadiens</b>.\r\n\r\nUn mot.\nUn autre."

    assert rendered("{{ text|articles:2 }}", text=text) == (
        "<h2>1. Prix</h2>\n<p>En dollars &lt;b&gt;canadiens&lt;/b&gt;.</p>\n<p>Un mot.<br>Un autre.</p>"
    )
