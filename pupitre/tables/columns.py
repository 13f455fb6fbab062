"""Which column holds what: by its heading, or else by what is in it.

A word that may also be someone's job or department is the heading of the names below it, or no heading at all.

Without headings, the column with most addresses is the e-mail. Of the others, those that look like names count: one of
them alone, or one where most cells have several words, is a full name; otherwise the first is the first name and the
second the last name.

Two signs turn that order round, unless headings say « Prénom » and « Nom »: addresses, when more of them begin with
the second part of the name than with the first (Gagnon, Amélie, amelie.gagnon@ or agagnon@); and a first column all
in capitals beside one that is not, which is the last name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pupitre.tables import addresses, headings
from pupitre.tables.headings import EMAIL, FIRST, FULL, LANGUAGE, LAST, LAST_THEN_FIRST, NAME
from pupitre.tables.names import TITLES, are_in_capitals, bare, folded, is_written_as_a_name
from pupitre.tables.table import Line

LOOKED_AT = 200  # lines that decide
ABOVE_HEADINGS = 20  # lines of title, at most

Columns = Mapping[str, int]  # what is known of a person -> the place of its column


def heading_line(lines: Sequence[Line]) -> int | None:
    """The place of the line of headings: the one that announces most, above the first address."""
    above = []
    for place, line in enumerate(lines[:ABOVE_HEADINGS]):
        if any(addresses.seems_in(cell) for cell in line.cells):
            break
        above.append(_announced(line.cells, lines[place + 1 :]))
    most = max(above, default=0)
    return above.index(most) if most else None


def _announced(cells: Sequence[str], below: Sequence[Line]) -> int:
    """What a line announces, if it is made of headings: alone in a line of several cells, one word proves nothing."""
    known = headings.understood(cells)
    filled = [cell for cell in cells if cell.strip()]
    if known == 1 and (len(filled) > 3 or not any(folded(cell) in headings.MEANINGS for cell in filled)):
        return 0
    return known if known and (headings.are_plain(filled) or _are_above_names(cells, below)) else 0


def _are_above_names(cells: Sequence[str], below: Sequence[Line]) -> bool:
    """Whether one of these words stands above full names, none of them being a name itself."""
    place = next((at for at, cell in enumerate(cells) if headings.meaning(cell) == FULL), None)
    if place is None or any(is_written_as_a_name(cell) for cell in cells):
        return False
    values = _values(below[:LOOKED_AT], place)
    named = sum(is_written_as_a_name(value) for value in values)
    return named > len(values) / 2 and not any(_holds_names(_values(below[:LOOKED_AT], at)) for at in range(place))


def people_above(lines: Sequence[Line], known: Columns, width: int) -> list[Line]:
    """Of the lines above the headings, which fill so many cells, those that name someone: the others are titles."""
    places = [known[kind] for kind in (FULL, LAST_THEN_FIRST, FIRST, LAST) if kind in known]
    return [line for line in lines if _names_someone(line.cells, places) and (width == 1 or _filled(line.cells) > 1)]


def _names_someone(cells: Sequence[str], places: Sequence[int]) -> bool:
    return is_written_as_a_name(" ".join(cells[place] for place in places if place < len(cells)))


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def by_headings(cells: Sequence[str], lines: Sequence[Line]) -> Columns:
    """The first column of each meaning; an exact heading goes before a longer one."""
    columns: dict[str, int] = {}
    for is_exact in (True, False):
        for place, cell in enumerate(cells):
            kind = headings.meaning(cell)
            if kind and (folded(cell) in headings.MEANINGS) is is_exact:
                columns.setdefault(kind, place)
    if NAME in columns:
        place = columns.pop(NAME)
        columns.setdefault(LAST if FIRST in columns else FULL, place)
    email = _addresses(lines[:LOOKED_AT])
    if EMAIL not in columns and email is not None:
        columns[EMAIL] = email
    if {FIRST, LAST} <= columns.keys():
        columns.pop(FULL, None)
        columns.pop(LAST_THEN_FIRST, None)
    return columns


def by_content(lines: Sequence[Line]) -> Columns:
    """What the columns of a list without headings hold."""
    lines = lines[:LOOKED_AT]
    columns: dict[str, int] = {}
    email = _addresses(lines)
    if email is not None:
        columns[EMAIL] = email
    places = [place for place in range(_width(lines)) if place != email]
    for place in places:
        values = _values(lines, place)
        if values and all(headings.language_of(value) and len(value) > 1 for value in values):
            columns.setdefault(LANGUAGE, place)
    named = [place for place in places if place not in columns.values() and _holds_names(_values(lines, place))]
    if len(named) == 1 or (named and _are_full_names(_values(lines, named[0]))):
        columns[FULL] = named[0]
    elif named:
        columns[FIRST], columns[LAST] = named[:2]
    return columns


def is_turned_round(names: Iterable[tuple[str, str, str]]) -> bool:
    """Whether what was taken for first names are last names. Each name comes with its address."""
    straight = turned = 0
    for first, last, email in names:
        initial, whole = "".join(part[:1] for part in first.replace("-", " ").split()), folded(first)
        local = "".join(letter for letter in folded(email.partition("@")[0]) if letter.isalpha())
        family, its_initial = folded(last), "".join(part[:1] for part in last.replace("-", " ").split())
        if not whole or not family or whole == family:
            continue
        straight += local in {whole + family, folded(initial) + family}
        turned += local in {family + whole, folded(its_initial) + whole}
    return turned > straight


def are_first_names_in_capitals(names: Sequence[tuple[str, str]]) -> bool:
    """Whether the first part is in capitals all along, and the second never: it is the last name."""
    return bool(names) and all(are_in_capitals(first) and last and not are_in_capitals(last) for first, last in names)


def _addresses(lines: Sequence[Line]) -> int | None:
    counts = Counter(place for line in lines for place, cell in enumerate(line.cells) if addresses.seems_in(cell))
    return max(counts, key=lambda place: (counts[place], -place)) if counts else None


def _width(lines: Sequence[Line]) -> int:
    return max((len(line.cells) for line in lines), default=0)


def _values(lines: Sequence[Line], place: int) -> list[str]:
    cells = (line.cells[place].strip() for line in lines if place < len(line.cells))
    return [cell for cell in cells if cell]


def _holds_names(values: Sequence[str]) -> bool:
    likely = [value for value in values if _looks_like_a_name(value)]
    return bool(values) and len(likely) >= len(values) * 0.7


def _looks_like_a_name(value: str) -> bool:
    value = bare(value)
    has_letters = any(letter.isalpha() for letter in value)
    is_worded = not any(letter.isdigit() for letter in value) and len(value.split()) <= 6
    return has_letters and is_worded and value.casefold() not in TITLES and len(value) <= 80


def _are_full_names(values: Sequence[str]) -> bool:
    """Two people at least, since « Marie Claude » alone may be a first name; a comma leaves no doubt."""
    parted = [value for value in values if " " in bare(value)]
    return all("," in value for value in values) or (len(values) > 1 and len(parted) > len(values) / 2)
