"""From bytes to text, whatever wrote them: nothing is lost, and accents are what they were."""

import codecs
from itertools import pairwise

from pupitre.tables.table import LONGEST_CELL

# What a French list is written in when it is not Unicode, likeliest first: Windows, the Macintosh, payroll under DOS.
OLDER = ("cp1252", "mac_roman", "cp850")
WEIGHED = 5_000  # lines whose encoding is weighed one by one; those below are written as most
FRENCH = frozenset("éèêëàâäçîïôöùûüœÉÈÊËÀÂÇÎÏÔÙÛÜŒ«»’")


def text_of(content: bytes) -> str:
    """The text of a file. Unicode as a whole if it can be; otherwise line by line, for what was glued together."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _without_nul(content.decode("utf-16", "replace"))
    content = content.removeprefix(codecs.BOM_UTF8)
    if encoding := _utf_16_without_a_mark(content):
        return _without_nul(content.decode(encoding, "replace"))
    try:
        return _without_nul(content.decode())
    except UnicodeDecodeError:
        lines = content.split(b"\n") if b"\n" in content else content.split(b"\r")
        usual = max(
            OLDER, key=lambda encoding: sum(_french(_decoded(line[:LONGEST_CELL], encoding)) for line in lines[:500])
        )
        return _without_nul("\n".join(_line(line, usual, place < WEIGHED) for place, line in enumerate(lines)))


def _utf_16_without_a_mark(content: bytes) -> str:
    """Letters of our alphabet are every second byte NUL in UTF-16."""
    start = content[:400]
    if len(start) >= 4 and start.count(0) > len(start) * 0.4:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    return ""


def _line(line: bytes, usual: str, is_weighed: bool) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        if not is_weighed:
            return _decoded(line, usual)
        return _decoded(
            line, max((usual, *OLDER), key=lambda encoding: _french(_decoded(line[:LONGEST_CELL], encoding)))
        )


def _decoded(line: bytes, encoding: str) -> str:
    return line.decode(encoding, "as_control")


def _as_control(error: UnicodeError) -> tuple[str, int]:
    """Windows-1252 leaves five bytes without a letter: they become controls, which no name keeps."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("as_control", _as_control)


def _french(text: str) -> int:
    """How much this looks like French: accented letters count where their case fits the letter before."""
    score = 0
    for before, letter in pairwise(f" {text}"):
        if letter < "\x80":
            continue
        if letter not in FRENCH or (letter.isupper() and before.islower()):
            score -= 1
        else:
            score += 2
    return score


def _without_nul(text: str) -> str:
    return text.replace("\0", "")
