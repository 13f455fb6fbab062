"""The copies of what was issued: drawn once in each language, then the same bytes for ever."""

from hashlib import sha256

from pupitre.documents import credit_note, invoice
from pupitre.models import Edition, IssuedCopy


def copy_of(edition: Edition, language: str) -> IssuedCopy:
    """The PDF of an edition in a language. Asked for twice at once, the first one written is the one."""
    kept = edition.copies.filter(language=language).first()
    if kept is not None:
        return kept
    draw = invoice.draw if edition.invoice_id else credit_note.draw
    pdf = draw(edition.facts, language)
    copy, _is_new = edition.copies.get_or_create(
        language=language, defaults={"pdf": pdf, "fingerprint": sha256(pdf).hexdigest()}
    )
    return copy
