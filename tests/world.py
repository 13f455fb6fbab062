"""Builders that read like English. They go through the real actions, so that what they build could exist."""

from datetime import timedelta
from itertools import count, islice, product
from uuid import uuid4

from pupitre import clock
from pupitre.actions import carts, lists, orders, payments, people, pricing
from pupitre.gateways import Notice, Standing
from pupitre.models import (
    Cart,
    Category,
    Course,
    CourseSession,
    Establishment,
    EstablishmentGroup,
    Membership,
    Order,
    Participant,
    Payment,
    PeopleList,
    PromoCode,
    Provider,
    Role,
    Seat,
    User,
)
from pupitre.tables import read_text

_numbers = count(1)
PASSWORD = "une phrase facile à retenir"


def a_provider(**facts) -> Provider:
    provider = Provider(
        **{
            "name": "Formations du Fleuve",
            "street": "725, rue Exemple, bureau 5",
            "city": "Québec",
            "province": "QC",
            "postal_code": "G1K 3G5",
            "phone": "418 555-0142",
            "email": "info@exemple.ca",
            "privacy_officer": "Direction générale",
            "gst_number": "123456789 RT0001",
            "qst_number": "1234567890 TQ0001",
        }
        | facts
    )
    provider.save()
    return provider


def a_course(**facts) -> Course:
    number = next(_numbers)
    category, _created = Category.objects.get_or_create(
        slug="secourisme", defaults={"name_fr": "Secourisme", "name_en": "First aid", "hue": 10}
    )
    return Course.objects.create(
        **{
            "slug": f"secourisme-{number}",
            "category": category,
            "title_fr": "Secourisme en milieu de travail",
            "title_en": "Workplace first aid",
            "summary_fr": "Les gestes qui sauvent, en une journée.",
            "summary_en": "The gestures that save lives, in one day.",
            "programme_fr": "Évaluer la situation\nRéanimer\nUtiliser un défibrillateur",
            "training_hours": 7,
            "price_cents": 12500,
            "published_at": clock.now() - timedelta(days=30),
        }
        | facts
    )


def a_session(course: Course | None = None, **facts) -> CourseSession:
    starts_at = facts.pop("starts_at", None) or (clock.now() + timedelta(days=16)).replace(
        minute=0, second=0, microsecond=0
    )
    return CourseSession.objects.create(
        **{
            "course": course or a_course(),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=7),
            "venue": "Centre communautaire",
            "street": "12, rue de l’Église",
            "city": "Montréal",
            "province": "QC",
            "capacity": 20,
        }
        | facts
    )


def an_owner(establishment: str = "Clinique des Érables", **facts) -> User:
    """A person who buys and assigns for an establishment of their own."""
    number = next(_numbers)
    user = User.objects.create_user(
        facts.pop("email", f"direction{number}@exemple.ca"),
        PASSWORD,
        **{"first_name": "Luce", "last_name": "Gagnon"} | facts,
    )
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    people.open_establishment(user, establishment)
    Establishment.objects.filter(memberships__user=user).update(
        street="40, chemin du Lac", city="Gatineau", province="QC", postal_code="J8X 4C2"
    )
    return user


def a_member(owner: User, role: Role, **facts) -> User:
    """Someone who acts, in this role, for the owner's establishment and for no other."""
    number = next(_numbers)
    user = User.objects.create_user(
        facts.pop("email", f"membre{number}@exemple.ca"),
        PASSWORD,
        **{"first_name": "Noé", "last_name": "Fortier"} | facts,
    )
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    Membership.objects.create(establishment=owner.establishment, user=user, role=role)
    return user


def a_staff_member() -> User:
    """Someone of the provider's, who buys for nobody."""
    user = User.objects.create_superuser(f"gestion{next(_numbers)}@exemple.ca", PASSWORD)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def a_person(owner: User, first_name: str = "Benoît", last_name: str = "Roy", **facts) -> Participant:
    """Someone on the list of the owner's establishment."""
    number = next(_numbers)
    return Participant.objects.create(
        establishment=owner.establishment,
        first_name=first_name,
        last_name=last_name,
        **{"email": f"personne{number}@exemple.ca"} | facts,
    )


FIRST_NAMES = ("Amélie", "Benoît", "Chantal", "Denise", "Étienne", "Fatou", "Gilles", "Hélène", "Ivan", "Jeanne")
LAST_NAMES = ("Gagnon", "Tremblay", "Lavigne", "Bouchard", "Diallo", "Nguyen", "Poitras", "Sauvé", "Vachon", "Zaoui")


def names_of(number: int) -> list[tuple[str, str, str]]:
    """So many different people: first name, last name, address."""
    people = islice(product(FIRST_NAMES, LAST_NAMES, LAST_NAMES, ("", "Joly", "Roy", "Caron", "Hudon")), number)
    return [
        (first, f"{last}-{other} {third}".strip(), f"personne{place}@ecole.ca")
        for place, (first, last, other, third) in enumerate(people)
    ]


def lines_of(number: int) -> str:
    """The same, as they are pasted."""
    return "\n".join(", ".join(each) for each in names_of(number))


def a_list(owner: User, text: str, session: CourseSession | None = None, **facts) -> PeopleList:
    """A list of people that was pasted, one person per line, and waits to be looked at."""
    kept = lists.keep(
        read_text(text, most_rows=5000),
        owner.establishment,
        session=session,
        **{"language": "fr-ca", "by": owner} | facts,
    )
    return PeopleList.objects.select_related("establishment", "session__course").get(pk=kept.pk)


def a_cart(owner: User, *wishes: tuple[CourseSession, int]) -> Cart:
    cart, _created = Cart.objects.get_or_create(user=owner)
    for session, quantity in wishes:
        carts.put(cart, session, quantity)
    return cart


def an_order(owner: User, *wishes: tuple[CourseSession, int]) -> Order:
    """An order awaiting its payment, its seats held."""
    cart = a_cart(owner, *wishes)
    return orders.place(
        cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=net_of(cart, owner.establishment)
    )


def a_promo(**facts) -> PromoCode:
    """A promo code: ten percent off, for everyone and every course, unless said otherwise."""
    rebate = {} if {"amount_cents", "free_seats"} & facts.keys() else {"percent": 10}
    return PromoCode.objects.create(**{"code": f"CODE{next(_numbers)}"} | rebate | facts)


def members(*owners: User) -> EstablishmentGroup:
    """A group of these owners’ establishments."""
    group = EstablishmentGroup.objects.create(name_fr="Réseau des cliniques membres", name_en="Member clinics network")
    group.establishments.set([owner.establishment for owner in owners])
    return group


def net_of(cart: Cart, establishment: Establishment | None = None) -> int:
    """What the pages ask the buyer to agree to, in cents before taxes."""
    return pricing.quote_cart(cart, cart.lines.priced_for(establishment), establishment, Provider.current()).net_cents


def an_attempt(order: Order, means: str = "stripe", **facts) -> Payment:
    """An open attempt to pay an order."""
    return Payment.objects.create(
        **{
            "order": order,
            "means": means,
            "mode": order.mode,
            "amount_cents": order.total_cents,
            "status": Payment.Status.OPEN,
            "provider_reference": f"cs_{uuid4().hex}",
        }
        | facts
    )


def says(payment: Payment, standing: Standing = Standing.PAID, **facts) -> Notice:
    """What the payment service says of an attempt."""
    return Notice(
        **{
            "reference": payment.provider_reference,
            "payment": str(payment.uuid),
            "standing": standing,
            "amount_cents": payment.amount_cents,
            "currency": payment.currency,
            "live": payment.mode == "live",
            "charge_reference": f"pi_{payment.uuid.hex}",
            "means": "Visa •••• 4242",
        }
        | facts
    )


def a_paid_order(owner: User, *wishes: tuple[CourseSession, int]) -> Order:
    order = an_order(owner, *wishes)
    payment = an_attempt(order)
    payments.apply(payment, says(payment))
    order.refresh_from_db()
    return order


def seats_bought(owner: User, session: CourseSession, quantity: int = 1) -> list[Seat]:
    """So many free seats of a session, paid for by the owner's establishment."""
    order = a_paid_order(owner, (session, quantity))
    return list(Seat.objects.filter(line__order=order).with_holders())


def a_seat(owner: User, session: CourseSession | None = None) -> Seat:
    return seats_bought(owner, session or a_session(), 1)[0]
