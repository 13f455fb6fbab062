"""From bytes to text, whatever wrote them: nothing is lost, and accents are what they were."""

import codecs
from itertools import pairwise

# What a French list is written in when it is not Unicode, likeliest first: Windows, the Macintosh, payroll under DOS.
OLDER = ("cp1252", "mac_roman", "cp850")
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
        usual = max(OLDER, key=lambda encoding: sum(_french(_decoded(line, encoding)) for line in lines[:500]))
        return _without_nul("\n".join(_line(line, usual) for line in lines))


def _utf_16_without_a_mark(content: bytes) -> str:
    """Letters of our alphabet are every second byte NUL in UTF-16."""
    start = content[:400]
    if len(start) >= 4 and start.count(0) > len(start) * 0.4:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    return ""


def _line(line: bytes, usual: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        likeliest = max((usual, *OLDER), key=lambda encoding: _french(_decoded(line, encoding)))
        return _decoded(line, likeliest)


def _decoded(line: bytes, encoding: str) -> str:
    # Windows-1252 leaves five bytes without a letter: they become controls, which no name keeps.
    return line.decode(encoding, "replace") if encoding != "cp1252" else _windows(line)


def _windows(line: bytes) -> str:
    return "".join(
        bytes([byte]).decode("latin-1" if byte in b"\x81\x8d\x8f\x90\x9d" else "cp1252") if byte > 127 else chr(byte)
        for byte in line
    )


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
