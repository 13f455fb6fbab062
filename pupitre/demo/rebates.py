"""The demo provider’s rebates: volume tiers, a group that pays less, and promo codes."""

from collections.abc import Sequence

from pupitre.demo.people import Buyer
from pupitre.models import Course, EstablishmentGroup, MemberPrice, PromoCode

VOLUME_TIERS = {"secourisme-en-milieu-de-travail": [[6, 10], [12, 15]]}
MEMBER_PRICES = {"secourisme-adapte-a-la-petite-enfance": 84_00, "desamorcer-l-agressivite": 159_00}

WELCOME = "BIENVENUE"  # anyone, once: the one to try
USED_UP = "PREMIERS2"  # both of its uses are taken
FREE_SEAT = "INVITATION"  # for one course


def offer_rebates(courses: dict[str, Course], members: Sequence[Buyer]) -> None:
    """Decide who pays less, and for what."""
    for slug, tiers in VOLUME_TIERS.items():
        courses[slug].volume_tiers = tiers
        courses[slug].save(update_fields=["volume_tiers"])

    group = EstablishmentGroup.objects.create(
        name_fr="Réseau des établissements membres", name_en="Member establishments network"
    )
    group.establishments.set([buyer.establishment for buyer in members])
    for slug, price_cents in MEMBER_PRICES.items():
        MemberPrice.objects.create(course=courses[slug], group=group, price_cents=price_cents)

    PromoCode.objects.create(code=WELCOME, percent=10, most_uses_each=1)
    PromoCode.objects.create(code=USED_UP, amount_cents=25_00, most_uses=2)
    PromoCode.objects.create(code=FREE_SEAT, free_seats=1, most_uses=20).courses.add(
        courses["l-intelligence-artificielle-au-travail"]
    )
