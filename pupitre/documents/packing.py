"""Smaller PDFs: the many little objects of a tagged document, compressed together.

Typst writes each tag in clear, with its own line in the table of objects: for two hundred confirmations that is most of
the file. Since version 1.5 of PDF, objects that are not streams may travel together inside compressed streams.
"""

import re
import zlib
from itertools import pairwise

TOGETHER = 1000


def packed(pdf: bytes) -> bytes:
    """The same document, in fewer bytes. One that is already written that way stays as it is."""
    table_at = int(pdf[pdf.rindex(b"startxref") + len(b"startxref") :].split()[0])
    if not pdf.startswith(b"xref", table_at):
        return pdf
    table, trailer = pdf[table_at:].split(b"trailer", 1)
    objects = _objects(pdf, table, table_at)

    out = bytearray(pdf[: pdf.index(b"1 0 obj")])
    places = {0: (0, 0, 0xFFFF)}
    for number, body in objects.items():
        if _is_stream(body):
            places[number] = (1, len(out), 0)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, _deflated_again(body))

    little = [number for number, body in objects.items() if not _is_stream(body)]
    next_number = max(objects) + 1
    for start in range(0, len(little), TOGETHER):
        together = little[start : start + TOGETHER]
        places |= {number: (2, next_number, index) for index, number in enumerate(together)}
        places[next_number] = (1, len(out), 0)
        out += _stream(next_number, *_object_stream(objects, together))
        next_number += 1

    places[next_number] = (1, len(out), 0)
    new_table_at = len(out)
    rows = b"".join(
        kind.to_bytes(1) + place.to_bytes(4) + index.to_bytes(2)
        for kind, place, index in (places.get(number, (0, 0, 0xFFFF)) for number in range(next_number + 1))
    )
    rest = re.sub(rb"/Size \d+", b"", trailer[trailer.index(b"<<") + 2 : trailer.rindex(b">>")])
    facts = b"/Type/XRef/Size %d/W[1 4 2]%s" % (next_number + 1, rest)
    out += _stream(next_number, facts, rows)
    out += b"startxref\n%d\n%%%%EOF" % new_table_at
    return bytes(out)


def _objects(pdf: bytes, table: bytes, table_at: int) -> dict[int, bytes]:
    """Every object by its number, without its `obj` and `endobj`: the table says where each one begins."""
    rows = table.split(b"\n")[2:]
    begins = {number: int(row[:10]) for number, row in enumerate(rows) if row[17:18] == b"n"}
    objects = {}
    for (number, begin), (_next, end) in pairwise([*sorted(begins.items(), key=lambda row: row[1]), (0, table_at)]):
        body = pdf[begin:end].split(b"obj", 1)[1].rstrip()
        objects[number] = body.removesuffix(b"endobj").strip()
    return objects


def _is_stream(body: bytes) -> bool:
    return body.endswith(b"endstream")


def _deflated_again(body: bytes) -> bytes:
    """A compressed stream, compressed more; the last hundredth would take three times as long."""
    head, content = body.split(b"stream\n", 1)
    if not re.search(rb"/Filter\s*/FlateDecode", head):
        return body
    length = re.search(rb"/Length (\d+)", head)
    smaller = zlib.compress(zlib.decompress(content[: int(length[1])]), 7)
    head = head[: length.start(1)] + b"%d" % len(smaller) + head[length.end(1) :]
    return head + b"stream\n" + smaller + b"\nendstream"


def _object_stream(objects: dict[int, bytes], together: list[int]) -> tuple[bytes, bytes]:
    heads, bodies, offset = [], [], 0
    for number in together:
        heads.append(b"%d %d" % (number, offset))
        bodies.append(objects[number])
        offset += len(objects[number]) + 1
    head = b" ".join(heads) + b"\n"
    return b"/Type/ObjStm/N %d/First %d" % (len(together), len(head)), head + b"\n".join(bodies)


def _stream(number: int, facts: bytes, content: bytes) -> bytes:
    content = zlib.compress(content, 8)
    head = b"%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>\nstream\n" % (number, facts, len(content))
    return head + content + b"\nendstream\nendobj\n"
