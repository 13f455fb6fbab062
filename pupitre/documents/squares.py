"""The squares that telephones scan, as our documents draw them."""

from typing import Any

import segno

SCALE = 1


def dots(link: str) -> dict[str, Any]:
    """The square of a link, a byte for each of its dots: hundreds of them stay small in one document."""
    # Every mask is as readable here; trying all eight to find the fairest one would take most of the time.
    rows = list(segno.make(link, micro=False, error="m", mask=0).matrix_iter(scale=SCALE, border=0))
    return {"side": len(rows), "dots": [0 if dark else 255 for row in rows for dark in row]}
