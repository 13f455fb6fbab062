"""Covers of the courses that have no picture: a pattern in the colour of the category, always the same for a course."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 320, 160


@dataclass(frozen=True)
class Palette:
    """Five tones that go together, from the ground of the picture to the one light that catches the eye."""

    ground: str
    deep: str
    middle: str
    pale: str
    light: str

    @classmethod
    def of(cls, hue: int) -> "Palette":
        return cls(
            ground=f"hsl({hue} 42% 88%)",
            deep=f"hsl({hue} 52% 27%)",
            middle=f"hsl({hue} 45% 45%)",
            pale=f"hsl({(hue + 24) % 360} 52% 70%)",
            light="#ffd97a",
        )


def draw(slug: str, *, hue: int | None = None) -> SafeString:
    """A picture that says nothing by itself, hence hidden from screen readers."""
    seed = hashlib.sha256(slug.encode()).digest()
    hue = seed[0] * 360 // 256 if hue is None else hue % 360
    family = FAMILIES[hue * len(FAMILIES) // 360]
    palette = Palette.of(hue)
    return format_html(
        '<svg class="cover" viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        '<path fill="{}" d="M0 0h{}v{}H0z"/>{}</svg>',
        WIDTH,
        HEIGHT,
        palette.ground,
        WIDTH,
        HEIGHT,
        mark_safe("".join(family(iter(seed[1:] * 4), palette))),  # noqa: S308 (numbers and colours of ours)
    )


def arcs(chance: Iterator[int], tones: Palette) -> Iterator[str]:
    """Quarters of discs in a grid, turned this way and that."""
    side = 40
    turns = ("M{x} {y}h{s}a{s} {s} 0 0 1-{s} {s}z", "M{r} {y}v{s}a{s} {s} 0 0 1-{s}-{s}z")
    more = ("M{r} {b}h-{s}a{s} {s} 0 0 1 {s}-{s}z", "M{x} {b}v-{s}a{s} {s} 0 0 1 {s} {s}z")
    drawn: dict[str, list[str]] = {}
    for row in range(HEIGHT // side):
        for column in range(WIDTH // side):
            throw = next(chance)
            if throw % 7 == 0:
                continue
            tone = tones.light if throw % 11 == 0 else (tones.deep, tones.middle, tones.pale)[throw % 3]
            x, y = column * side, row * side
            turned = (turns + more)[throw // 16 % 4].format(x=x, y=y, r=x + side, b=y + side, s=side)
            drawn.setdefault(tone, []).append(turned)
    for tone, quarters in drawn.items():
        yield f'<path fill="{tone}" d="{"".join(quarters)}"/>'


def dots(chance: Iterator[int], tones: Palette) -> Iterator[str]:
    """A screen of dots that grow towards one side, and one sun."""
    step, rising = 20, next(chance) % 2
    sun = 80 + next(chance) % 160
    yield f'<circle cx="{sun}" cy="{100 if rising else 60}" r="46" fill="{tones.light}"/>'
    for row in range(9):
        size = 3 + (row if rising else 8 - row) * 1.9
        tone = tones.deep if (row > 5) == bool(rising) else tones.middle
        start = row % 2 * step // 2
        yield (
            f'<path stroke="{tone}" stroke-width="{size:.1f}" stroke-linecap="round" stroke-dasharray="0 {step}" '
            f'd="M{start} {row * step}h340"/>'
        )


def waves(chance: Iterator[int], tones: Palette) -> Iterator[str]:
    """Water, or hills, under a low sun."""
    yield f'<circle cx="{60 + next(chance) % 200}" cy="52" r="30" fill="{tones.light}"/>'
    for level, tone in ((72, tones.pale), (98, tones.middle), (126, tones.deep)):
        start, height = -(next(chance) % 80), 14 + next(chance) % 18
        yield f'<path fill="{tone}" d="M{start} {level}q40-{height} 80 0t80 0 80 0 80 0 80 0V160H{start}z"/>'


def circles(chance: Iterator[int], tones: Palette) -> Iterator[str]:
    """Large discs that overlap like coloured glass."""
    shades = (tones.middle, tones.pale, tones.deep, tones.light, tones.middle)
    for place, tone in enumerate(shades):
        x, y = 20 + place * 68 + next(chance) % 40, 30 + next(chance) % 100
        radius = 34 + next(chance) % 34
        opacity = "" if tone == tones.light else ' fill-opacity=".78"'
        yield f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{tone}"{opacity}/>'


def stripes(chance: Iterator[int], tones: Palette) -> Iterator[str]:
    """Slanted ribbons with round ends, some long, some short."""
    shades = (tones.deep, tones.pale, tones.middle, tones.deep, tones.light, tones.middle, tones.pale)
    for place in range(11):
        x, start, length = place * 44 - 120, next(chance) % 70, 70 + next(chance) % 110
        yield (
            f'<path stroke="{shades[place % 7]}" stroke-width="22" stroke-linecap="round" '
            f'd="M{x + start} {170 - start}l{length}-{length}"/>'
        )


def rings(chance: Iterator[int], tones: Palette) -> Iterator[str]:
    """Rings that spread from two places, like drops on water."""
    for centre, tone in ((60 + next(chance) % 60, tones.middle), (210 + next(chance) % 70, tones.deep)):
        y = 40 + next(chance) % 90
        for ring in range(1, 6):
            yield (
                f'<circle cx="{centre}" cy="{y}" r="{ring * 22}" fill="none" stroke="{tone}" '
                f'stroke-width="{12 - ring * 1.6:.1f}"/>'
            )
        yield f'<circle cx="{centre}" cy="{y}" r="10" fill="{tones.light}"/>'


FAMILIES: tuple[Callable[[Iterator[int], Palette], Iterator[str]], ...] = (stripes, arcs, dots, circles, waves, rings)
