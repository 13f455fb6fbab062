"""What our templates may write without loading anything: amounts, moments, icons, covers, the mark of the house."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm, BoundField
from django.utils.html import escape, format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from pupitre import clock as shop_clock
from pupitre import covers, formats, refund_policy

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "lucide-1.62.0"


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


# --- amounts, people, places ---------------------------------------------------------------------------------------
@register.filter
def money(cents: int | None) -> str:
    """{{ order.total_cents|money }}: « 1 234,56 $ ». Nothing for an amount that is not known."""
    return "" if cents is None else formats.money(cents, _language())


@register.filter
def minus(cents: int) -> str:
    """{{ rebates.promo_cents|minus }}: « −22,50 $ », what is taken off."""
    return formats.money(-cents, _language())


@register.filter
def percent(whole: int) -> str:
    """{{ tier.percent|percent }}: « 15 % »."""
    return formats.whole_percent(whole, _language())


@register.filter
def number(count: int | None) -> str:
    """{{ capacity|number }}: « 1 234 »."""
    return "" if count is None else formats.number(count, _language())


@register.filter
def rate(fraction: Decimal | None) -> str:
    """{{ tax.rate|rate }}: 0.09975 is « 9,975 % »."""
    return "" if fraction is None else formats.rate(fraction, _language())


@register.filter
def hours(duration: Decimal | None) -> str:
    """{{ course.training_hours|hours }}: « 3,5 heures », « 1,5 heure »."""
    if duration is None:
        return ""
    # French is singular below two, English at one only.
    is_one = duration < 2 if _language().startswith("fr") else duration == 1
    words = ngettext("{hours} hour", "{hours} hours", 1 if is_one else 2)
    return words.format(hours=formats.decimal(duration, _language()))


@register.filter
def policy(steps: Any) -> list[str]:
    """{% for step in line.refund_steps|policy %}: « 100 % jusqu’à 7 jours avant la session », « rien ensuite »."""
    return refund_policy.in_words(steps)


@register.filter
def tax_label(tax: Any) -> str:
    """{{ tax|tax_label }}: « TPS (5 %) »."""
    shown_rate = formats.rate(tax.rate, _language())
    names = {"gst": _("GST ({rate})"), "qst": _("QST ({rate})"), "hst": _("HST ({rate})")}
    return names[tax.code].format(rate=shown_rate)


@register.filter
def phone(typed: str | None) -> str:
    """{{ provider.phone|phone }}: « 514 555-0142, poste 12 »."""
    return formats.phone(typed or "", _language())


@register.filter
def phone_link(typed: str | None) -> str:
    """href="{{ provider.phone|phone_link }}": what a telephone can dial."""
    return formats.phone_link(typed or "")


@register.filter
def postal_code(typed: str | None) -> str:
    """{{ establishment.postal_code|postal_code }}: « H2X 1Y4 »."""
    return formats.postal_code(typed or "")


@register.filter
def breakable(address: str) -> SafeString:
    """An e-mail address that goes on the next line after its @, where the line is too short for it."""
    return mark_safe(escape(address).replace("@", "@<wbr>"))  # noqa: S308 (escaped)


@register.filter
def articles(text: str, level: int) -> SafeString:
    """{{ version.text|articles:2 }}: a long text in paragraphs; a first line without a stop is their title."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        title, _line_end, rest = paragraph.partition("\n")
        if rest and not title.rstrip().endswith((".", ":", ";", ",", "!", "?")):
            parts.append(format_html("<h{0}>{1}</h{0}>", level, title))
            paragraph = rest
        parts.append(mark_safe(linebreaks(paragraph, autoescape=True)))  # noqa: S308 (escaped)
    return SafeString("\n".join(parts))


@register.filter
def join_names(names: Any) -> str:
    """{{ names|join_names }}: « A, B et C »."""
    return formats.join_names(names, _language())


@register.simple_tag
def place_line(city: str, province: str, code: str) -> str:
    """{% place_line address.city address.province address.postal_code %}: « Gatineau (Québec)  J8X 4C2 »."""
    return formats.place_line(city, province, code, _language())


# --- days and moments ----------------------------------------------------------------------------------------------
@register.simple_tag
def day(when: date, zone: str = "") -> str:
    """{% day session.starts_at session.timezone %}: « mercredi 2 décembre 2026 »."""
    return formats.day(when, _language(), zone)


@register.filter
def day_in(when: date, zone: str) -> str:
    """{{ version.published_at|day_in:zone }}, for sentences."""
    return formats.day(when, _language(), zone)


@register.simple_tag
def short_day(when: date, zone: str = "") -> str:
    """{% short_day session.starts_at session.timezone %}: « 2 déc. 2026 »."""
    return formats.short_day(when, _language(), zone)


@register.simple_tag
def compact_day(when: date, zone: str = "") -> str:
    """{% compact_day order.paid_at zone %}: 2026-12-02."""
    return formats.compact_day(when, zone)


@register.simple_tag
def day_range(first: date, last: date, zone: str = "") -> str:
    """{% day_range session.starts_at session.ends_at session.timezone %}: « du 23 au 25 novembre 2026 »."""
    return formats.day_range(first, last, _language(), zone)


@register.simple_tag
def clock(when: datetime, zone: str) -> str:
    """{% clock session.starts_at session.timezone %}: « 13 h 30 »."""
    return formats.clock(when, _language(), zone)


@register.simple_tag
def moment(when: datetime, zone: str) -> str:
    """{% moment session.starts_at session.timezone %}: « mercredi 2 décembre 2026, à 13 h 30 »."""
    return formats.moment(when, _language(), zone)


@register.filter
def moment_in(when: datetime, zone: str) -> str:
    """{{ session.replacements_close_at|moment_in:session.timezone }}, for sentences."""
    return formats.moment(when, _language(), zone)


@register.filter
def clock_at(when: datetime, zone: str) -> str:
    """{{ order.told_hold_until|clock_at:zone }}, for sentences."""
    return formats.clock(when, _language(), zone)


@register.simple_tag
def short_moment(when: datetime, zone: str) -> str:
    """{% short_moment seat.replacements_close_at zone %}: « 2 déc. 2026, 13 h 30 »."""
    return formats.short_moment(when, _language(), zone)


@register.simple_tag
def session_time(session: Any) -> str:
    """{% session_time session %}: « jeudi 26 novembre 2026, de 9 h à 16 h »."""
    return formats.session_time(session.starts_at, session.ends_at, _language(), session.timezone)


@register.simple_tag
def zone_name(zone: str) -> str:
    """{% zone_name session.timezone %}: « heure de l’Est »."""
    return formats.zone_name(zone, _language())


@register.simple_tag
def relative(when: datetime) -> str:
    """{% relative seat.replacements_close_at %}: « dans 16 jours »."""
    return formats.relative(when, _language(), now=shop_clock.now())


@register.simple_tag
def deadline(when: datetime, zone: str) -> SafeString:
    """{% deadline seat.replacements_close_at zone %}: the moment itself, then how far away it is."""
    return format_html(
        '<span class="deadline"><time datetime="{}">{}</time> <span class="deadline__away">({})</span></span>',
        formats.there_and_then(when, zone).isoformat(timespec="minutes"),
        formats.moment(when, _language(), zone),
        formats.relative(when, _language(), now=shop_clock.now()),
    )


@register.simple_tag
def leaf(when: date, zone: str = "") -> SafeString:
    """{% leaf session.starts_at session.timezone %}: the day as a leaf of a calendar, beside the date in full."""
    number, month = formats.day_and_short_month(when, _language(), zone)
    return format_html(
        '<span class="leaf" aria-hidden="true"><span class="leaf__month">{}</span>'
        '<span class="leaf__day">{}</span></span>',
        month,
        number,
    )


# --- forms and pages -----------------------------------------------------------------------------------------------
@register.simple_tag
def problems(form: BaseForm) -> list[dict[str, str]]:
    """{% problems form as found %}: every error of a form, with the place where it can be repaired."""
    found = []
    for name, messages in form.errors.items():
        field = None if name == NON_FIELD_ERRORS else form[name]
        for message in messages:
            sentence = (
                _("{label}: {message}").format(label=str(field.label).rstrip("?.:"), message=message)
                if field
                else message
            )
            found.append({"sentence": str(sentence), "anchor": _anchor(field)})
    return found


def _anchor(field: BoundField | None) -> str:
    if field is None or field.is_hidden:
        return ""
    return f"{field.auto_id}_0" if field.use_fieldset else field.auto_id


@register.inclusion_tag("components/_steps.html")
def steps(current: int) -> dict[str, Any]:
    """{% steps 2 %}: where one is on the way from the cart to the seats."""
    names = [_("Cart"), pgettext("title", "Sign in"), _("Review"), _("Payment"), _("Assignment")]
    return {"steps": names, "current": current, "current_name": names[current - 1], "total": len(names)}


# --- drawings ------------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, variant: str = "") -> SafeString:
    """{% icon "check" %}, always beside a word: screen readers do not hear it."""
    css_class = f"icon icon--{variant}" if variant else "icon"
    return format_html(
        '<svg class="{}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        css_class,
        _strokes(name),
    )


@cache
def _strokes(name: str) -> SafeString:
    file = ICONS / f"{name}.svg"
    if not file.exists():
        raise template.TemplateSyntaxError(f"No icon is called “{name}”: copy it into {ICONS.name} first.")
    drawing = file.read_text(encoding="utf-8")
    inside = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    return mark_safe(" ".join(inside.split()))  # noqa: S308 (a file of ours)


@register.simple_tag
def cover(course: Any) -> SafeString:
    """{% cover course %}: the provider's picture, or else a pattern in the colour of the category."""
    if course.picture:
        return format_html(
            '<img class="cover" src="{}" alt="{}" width="320" height="160" loading="lazy" decoding="async">',
            course.picture.url,
            course.picture_alt,
        )
    category = course.category
    return covers.draw(course.slug, hue=category.hue if category else None)


@register.simple_tag
def wordmark() -> SafeString:
    """{% wordmark %}: the mark of the product, a person behind a lectern; the name stands beside it as text."""
    return WORDMARK


WORDMARK = mark_safe(
    '<svg class="mark" width="36" height="36" viewBox="0 0 32 32" aria-hidden="true">'
    '<rect class="mark__ground" width="32" height="32" rx="8" fill="#0b5c7a"/>'
    '<circle class="mark__head" cx="16" cy="8.6" r="3.6" fill="#ffd84d"/>'
    '<path class="mark__desk" d="M6.6 14.2h18.8l-2.3 5.6H8.9zM14.2 21.6h3.6v2.6h3.7v2.4h-11v-2.4h3.7z" fill="#fff"/>'
    "</svg>"
)


@register.filter
def json_attribute(value: Any) -> str:
    """Facts for a script, as the text of a `data-` attribute."""
    return json.dumps(value)


BROWSERS = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
]


@register.filter
def device(user_agent: str) -> str:
    """« Firefox, Windows »: what a browser says of itself, in the words of its users."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(name for name in (browser, system) if name) or _("Unknown browser")
