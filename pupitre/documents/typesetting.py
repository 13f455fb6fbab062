"""How our documents are set: Typst, one compiler kept per process, our templates, our fonts.

What people typed travels as data and is only ever printed: it is never part of a template. The compiler reads nothing
outside the templates' folder, and the templates import no package. This module imports nothing of the shop, so that it
also runs as a process of its own.
"""

import json
import subprocess
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, cast

import typst

from pupitre.documents.packing import packed

PACKAGE = Path(__file__).parents[1]
TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
SECONDS_ALLOWED = 60

_one_at_a_time = Lock()


def typeset(template: str, facts: dict[str, Any], *, written_at: datetime) -> bytes:
    """A PDF of that template with these facts: tagged for screen readers, the same bytes for the same facts."""
    with _one_at_a_time:
        return _typeset(template, json.dumps(facts), int(written_at.timestamp()))


def typeset_apart(template: str, facts: dict[str, Any], *, written_at: datetime) -> bytes:
    """The same in a process of its own, for long documents: the compiler keeps in memory what it drew lately."""
    asked = json.dumps([template, json.dumps(facts), int(written_at.timestamp())])
    return subprocess.run(
        [sys.executable, "-m", __name__],
        cwd=PACKAGE.parent,
        input=asked.encode(),
        stdout=subprocess.PIPE,
        timeout=SECONDS_ALLOWED,
        check=True,
    ).stdout


def _typeset(template: str, facts: str, timestamp: int) -> bytes:
    try:
        return packed(_pdf(template, facts, timestamp, ["ua-1"]))
    except typst.TypstError:
        # PDF/UA refuses a letter that no font has, in the name of a person for instance. The document is worth more
        # than the claim: it keeps its tags, and an error of the template shows again here.
        return packed(_pdf(template, facts, timestamp, []))


def _pdf(template: str, facts: str, timestamp: int, standards: list[Any]) -> bytes:
    pdf = _compiler().compile(
        input=TEMPLATES / template,
        format="pdf",
        sys_inputs={"facts": facts},
        pdf_standards=standards,
        timestamp=timestamp,
    )
    return cast(bytes, pdf)


@cache
def _compiler() -> typst.Compiler:
    # The fonts of the machine come after ours, for names in a script that ours lack.
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(root=TEMPLATES, font_paths=fonts)


if __name__ == "__main__":
    sys.stdout.buffer.write(_typeset(*json.load(sys.stdin.buffer)))
