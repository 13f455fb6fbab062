"""Where a person arrives: the first page on which their role lets them do something."""

from django.urls import reverse

from pupitre.models import Membership, Right


def first_page(membership: Membership | None) -> str:
    """What was bought, or what it cost; for someone who acts for nobody, the page where that can change."""
    if membership is None:
        return reverse("shop:establishments")
    return reverse("shop:purchases" if Right.ASSIGN in membership.rights else "shop:documents")
