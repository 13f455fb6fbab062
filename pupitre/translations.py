"""Translation catalogues: from the text people edit (.po) to the form programs read (.mo). Needs Babel."""

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# A date that never changes, so that the same sentences compile to the same bytes.
WRITTEN_ON = datetime(2026, 1, 1, tzinfo=UTC)


def compile_catalogues(locale_dir: Path) -> list[Path]:
    """Compile every catalogue whose text is newer than its compiled form, and return what was written."""
    compiled = []
    for text in sorted(locale_dir.glob("*/LC_MESSAGES/*.po")):
        target = text.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < text.stat().st_mtime:
            compile_catalogue(text, target)
            compiled.append(target)
    return compiled


def compile_catalogue(text: Path, target: Path) -> None:
    with text.open("rb") as source:
        catalogue = read_po(source, locale=text.parent.parent.name)
    catalogue.creation_date = catalogue.revision_date = WRITTEN_ON
    # Written beside, then moved: a server that reads meanwhile finds the old one or the new one, whole.
    fresh = target.with_suffix(".mo.new")
    with fresh.open("wb") as output:
        write_mo(output, catalogue)
    fresh.replace(target)
