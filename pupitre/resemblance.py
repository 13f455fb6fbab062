"""Names that may be the same person's: other accents or capitals, first and last name swapped, one letter off."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from pupitre.models.folding import folded

# In shorter names, one letter makes another name.
SHORTEST_TYPO = 8


def spelled(first_name: str, last_name: str) -> str:
    """« Élise  Côté-Roy » as « elise cote roy »."""
    name = folded(f"{first_name} {last_name}")
    return " ".join(re.findall(r"\w+", name)) or name.strip()


def name_key(first_name: str, last_name: str) -> str:
    """The same for « Élise Côté », « ELISE COTE » and « Cote Élise », wherever the last name begins."""
    words = spelled(first_name, last_name).split()
    return min((" ".join(words[n:] + words[:n]) for n in range(len(words))), default="")


class NearNames:
    """Names to look for one that is a letter off: one changed, missing, added or moved."""

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        self._owners: dict[str, list[int]] = defaultdict(list)
        for name, owner in names:
            for shorter in _shortened(name):
                self._owners[shorter].append(owner)

    def owners(self, name: str) -> list[int]:
        """Whose name is a letter off this one, in the order they were given."""
        return sorted({owner for shorter in _shortened(name) for owner in self._owners.get(shorter, ())})

    def meetings(self) -> Iterable[list[int]]:
        """Whose names are a letter off one another; some may be told several times."""
        return self._owners.values()


def _shortened(name: str) -> Iterator[str]:
    """The name, and the name without each of its letters: two names one letter apart share one of these."""
    if len(name) < SHORTEST_TYPO:
        return
    yield name
    for cut in range(len(name)):
        yield name[:cut] + name[cut + 1 :]
