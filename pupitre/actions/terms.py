"""What can be done with the terms of sale: write them, publish them, agree to them.

French is given first: a page that shows the terms carries a signed note of the version and the moment, which comes back
with the form. So both moments that the law asks about are known, and nothing is written when a page is opened.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.models import Order, Provider, TermsVersion, User
from pupitre.refusals import Refused

SALT = "pupitre.terms"
FIELDS = ("terms", "french_terms_given_at", "english_terms_chosen_at")  # of an order


class TermsArePublished(Refused):
    code = "terms_are_published"
    message = _("This version is published: it never changes any more. Write a new one.")


class NewerTermsPublished(Refused):
    code = "newer_terms_published"
    message = _("A newer version of the terms of sale is already published. Write a new one.")


class TermsNotAccepted(Refused):
    code = "terms_not_accepted"
    message = _("Accept the terms of sale to continue.")


class TermsChanged(TermsNotAccepted):
    code = "terms_changed"
    message = _("The terms of sale have changed since this page was shown. Read the new version, then try again.")


@dataclass(frozen=True)
class Agreement:
    """Which version a buyer agreed to: when they were given it in French, and when they expressly chose English."""

    version: TermsVersion
    french_given_at: datetime
    english_chosen_at: datetime | None = None


@transaction.atomic
def write(text_fr: str, text_en: str = "", *, by: User | None) -> TermsVersion:
    """A new version, to be looked at before it is published."""
    _one_at_a_time()
    last = TermsVersion.objects.aggregate(last=Max("number"))["last"] or 0
    version = TermsVersion.objects.create(number=last + 1, text_fr=text_fr, text_en=text_en, written_at=clock.now())
    journal.record("terms.written", by=by, facts={"version": version.number})
    return version


@transaction.atomic
def rewrite(version: TermsVersion, text_fr: str, text_en: str, *, by: User) -> TermsVersion:
    """Change a version that nobody was shown yet."""
    _one_at_a_time()
    version = TermsVersion.objects.get(pk=version.pk)
    if version.is_published:
        raise TermsArePublished
    version.text_fr, version.text_en, version.written_at = text_fr, text_en, clock.now()
    version.save(update_fields=["text_fr", "text_en", "written_at"])
    journal.record("terms.written", by=by, facts={"version": version.number})
    return version


@transaction.atomic
def publish(version: TermsVersion, *, by: User | None) -> TermsVersion:
    """Put a version in force, for ever as it is. Orders placed before keep the one they were placed under."""
    seller = _one_at_a_time()
    version = TermsVersion.objects.get(pk=version.pk)
    if version.is_published:
        raise TermsArePublished
    if seller.terms is not None and seller.terms.number > version.number:
        raise NewerTermsPublished
    version.published_at = clock.now()
    version.save(update_fields=["published_at"])
    Provider.objects.filter(pk=seller.pk).update(terms=version)
    journal.record("terms.published", by=by, facts={"version": version.number})
    return version


def note_of(version: TermsVersion, reader: User) -> str:
    """A signed note that this reader was given this version now: a page that shows the terms carries it."""
    return signing.dumps([version.pk, reader.pk, clock.now().timestamp()], salt=SALT)


def agreement(version: TermsVersion, note: str, *, by: User, chooses_english: bool = False) -> Agreement:
    """What a buyer agrees to, from the note that their page carried. Refuses another version, and a note not ours."""
    try:
        shown, reader, given_at = signing.loads(note, salt=SALT)
    except signing.BadSignature:
        raise TermsNotAccepted from None
    if reader != by.pk:
        raise TermsNotAccepted
    if shown != version.pk:
        raise TermsChanged
    given_at = datetime.fromtimestamp(given_at, UTC)
    # Machines that serve one shop may differ by an instant: what is chosen is never chosen before it was given.
    return Agreement(version, given_at, max(clock.now(), given_at) if chooses_english else None)


def check(agreed: Agreement | None, seller: Provider, language: str) -> None:
    """Refuse an order that agrees to no terms while there are some, to older ones, or to English unchosen."""
    if seller.terms_id is None:
        return
    if agreed is None:
        raise TermsNotAccepted
    if agreed.version.pk != seller.terms_id:
        raise TermsChanged
    if language == "en" and agreed.version.is_in_english and agreed.english_chosen_at is None:
        raise TermsNotAccepted


def check_agreed(order: Order) -> None:
    """Refuse to be paid for an order made for someone who waited, before they agreed to the terms of sale, if any."""
    if order.terms_id is None and order.is_from_waitlist and Provider.current().terms_id is not None:
        raise TermsNotAccepted


def note_on(order: Order, agreed: Agreement | None) -> None:
    """Write on an order, not saved yet, what its buyer agreed to."""
    order.terms = agreed.version if agreed else None
    order.french_terms_given_at = agreed.french_given_at if agreed else None
    order.english_terms_chosen_at = agreed.english_chosen_at if agreed else None


def _one_at_a_time() -> Provider:
    """The provider, locked: two people who write at once get two numbers."""
    return Provider.objects.select_for_update(of=("self",)).select_related("terms").get(pk=1)
