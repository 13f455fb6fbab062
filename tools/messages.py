"""The catalogue of sentences to translate, read from the code and the templates. Needs no GNU gettext.

`python -m tools.messages` brings locale/fr_CA up to date and keeps what is translated;
`--check` changes nothing and fails when a sentence is missing, doubtful or new.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "pupitre"
CATALOGUE = SOURCES / "locale" / "fr_CA" / "LC_MESSAGES" / "django.po"
STRANGERS = (SOURCES / "sandbox", SOURCES / "migrations", SOURCES / "locale")  # they speak by other means

# For each function, which of its arguments are sentences; "c" is the context that tells two senses apart.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

HEADER = """msgid ""
msgstr ""
"Language: fr_CA\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make messages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when something is missing")
    parser.add_argument("--drop-unused", action="store_true", help="forget translations that nothing uses any more")
    wanted = parser.parse_args(arguments)

    catalogue = up_to_date(read(CATALOGUE))
    if wanted.drop_unused:
        catalogue.obsolete.clear()
    if wanted.check:
        return _say(problems(catalogue))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(written(catalogue), encoding="utf-8")
    unfinished = sum(1 for message in catalogue if message.id and not _is_translated(message))
    print(f"{len(catalogue)} sentences, {unfinished} to translate.")
    return 0


def read(file: Path) -> Catalog:
    """The catalogue as it stands, or an empty one."""
    if not file.exists():
        return Catalog(locale="fr_CA")
    with file.open("rb") as source:
        return read_po(source, locale="fr_CA")


def up_to_date(catalogue: Catalog) -> Catalog:
    """The same translations, for the sentences that the code says today."""
    for key, message in list(catalogue.obsolete.items()):
        if key not in catalogue:  # a sentence that comes back finds its translation again
            catalogue[message.id] = message
    catalogue.obsolete.clear()
    catalogue.update(extracted(), no_fuzzy_matching=True)
    return catalogue


def extracted() -> Catalog:
    """Every sentence of the code and the templates."""
    found = Catalog(locale="fr_CA")
    for file in sorted(SOURCES.rglob("*")):
        if file.suffix not in {".py", ".html", ".txt"} or any(file.is_relative_to(folder) for folder in STRANGERS):
            continue
        for sentence, context, comments in sentences_of(file):
            found.add(sentence, context=context, auto_comments=comments)
    return found


def problems(catalogue: Catalog) -> list[str]:
    """What a translator still has to do, one sentence a line."""
    before = read(CATALOGUE)
    found = []
    for message in catalogue:
        if not message.id:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        if before.get(message.id, message.context) is None:
            found.append(f"not in the catalogue (make messages): {name}")
        elif not _is_translated(message):
            found.append(f"not translated: {name}")
        elif message.fuzzy:
            found.append(f"doubtful: {name}")
    return found


def written(catalogue: Catalog) -> str:
    """The catalogue as text: sorted, without dates, names or line numbers, so that changes are only of words."""
    output = io.BytesIO()
    write_po(output, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    return HEADER + output.getvalue().decode()


def sentences_of(file: Path) -> Iterator[tuple[Any, str | None, list[str]]]:
    """Each sentence of a file, its context, and what was noted for translators."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        # What is not a sentence becomes noise on the same lines; its indentation would read as bad Python.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(file)).splitlines())
    found: Any = extract_python(io.BytesIO(text.encode()), KEYWORDS, ["Translators:"], {"encoding": "utf-8"})
    for _line, function, arguments, comments in found:
        yield from _as_message(function, arguments, comments)


def _as_message(function: str, arguments: Any, comments: list[str]) -> Iterator[tuple[Any, str | None, list[str]]]:
    shape = KEYWORDS[function] or (1,)
    words = ((arguments,) if isinstance(arguments, str) else arguments)[: len(shape)]
    if len(words) < len(shape) or not all(isinstance(word, str) for word in words):
        return  # a sentence held by a variable was extracted where it is written
    context = words[0] if isinstance(shape[0], tuple) else None
    sentence = words[1:] if context is not None else words
    if sentence[0]:
        yield (sentence[0] if len(sentence) == 1 else tuple(sentence), context, comments)


def _is_translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _say(found: list[str]) -> int:
    for problem in found:
        print(problem)
    print(f"{len(found)} sentences need a translator." if found else "Every sentence is translated.")
    return 1 if found else 0


if __name__ == "__main__":
    settings.configure(USE_I18N=False)  # reading templates needs Django, but none of our settings
    sys.exit(main())
