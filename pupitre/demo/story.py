"""What the demo's buyers have done until today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from pupitre import clock
from pupitre.actions import (
    attendance,
    carts,
    catalogue,
    claim_links,
    orders,
    payments,
    pricing,
    promotions,
    refunds,
    returns,
    seat_claims,
    seats,
    waitlist,
)
from pupitre.actions.people import Newcomer
from pupitre.actions.terms import Agreement
from pupitre.demo.people import Buyer
from pupitre.demo.rebates import FREE_SEAT, USED_UP, WELCOME
from pupitre.gateways import Notice, RefundNotice, Standing
from pupitre.models import (
    Assignment,
    Attendance,
    CourseSession,
    Letter,
    Order,
    Participant,
    Payment,
    Provider,
    Seat,
    User,
)
from pupitre.queries import attendance as lists
from pupitre.queries.refunds import propose_seats

Sessions = dict[str, CourseSession]
Wishes = dict[str, int]

PRESENT, ABSENT = Attendance.PRESENT, Attendance.ABSENT
ONE_IN = 6  # people registered who does not come
VISA, MASTERCARD = "Visa •••• 4242", "Mastercard •••• 4444"


@dataclass(frozen=True)
class Storyteller:
    """Makes one buyer act on the demo's sessions, so many days before today."""

    buyer: Buyer
    sessions: Sessions
    now: datetime

    def buys(
        self, days: float, wishes: Wishes, paid_with: str = VISA, *, declined_first: bool = False, promo: str = ""
    ) -> Order:
        """Buy and pay, by card or, when what it is paid with is an address, by PayPal."""
        order = self.orders(days, wishes, promo)
        paid_at = self._moment(days) + timedelta(minutes=4)
        with clock.stopped_at(paid_at):
            if order.total_cents == 0:
                orders.deliver_free(order)
                return order
            if declined_first:
                _hear(order, Standing.CLOSED, failure_code="card_declined")
            _hear(order, Standing.PAID, paid_with)
        return order

    def orders(self, days: float, wishes: Wishes, promo: str = "") -> Order:
        """Go up to the payment page, and no further."""
        with clock.stopped_at(self._moment(days)):
            cart = carts.adopt(None, self.buyer.user)
            for name, quantity in wishes.items():
                carts.put(cart, self.sessions[name], quantity)
            if promo:
                promotions.put(cart, promo, self.buyer.establishment)
            lines = cart.lines.priced_for(self.buyer.establishment)
            seller = Provider.current()
            due = pricing.quote_cart(cart, lines, self.buyer.establishment, seller)
            return orders.place(
                cart,
                self.buyer.establishment,
                by=self.buyer.user,
                language=self.buyer.user.language,
                agreed_net_cents=due.net_cents,
                agreement=Agreement(seller.terms, clock.now(), self._chooses_english()),
            )

    def gives_up(self, days: float, wishes: Wishes) -> None:
        """Order, never pay, and empty the cart once the seats are let go."""
        order = self.orders(days, wishes)
        with clock.stopped_at(order.hold_until + timedelta(seconds=2)):
            payments.expire(order)
        self._empties_cart(order)

    def changes_mind(self, days: float, wishes: Wishes) -> None:
        """Order, then take the order back before paying."""
        order = self.orders(days, wishes)
        with clock.stopped_at(order.placed_at + timedelta(minutes=9)):
            payments.cancel(order, by=self.buyer.user)
        self._empties_cart(order)

    def assigns(self, days: float, session: str, *persons: Participant | Newcomer) -> list[Assignment]:
        with clock.stopped_at(self._moment(days)):
            return seats.assign_several(self.sessions[session], self.buyer.establishment, persons, by=self.buyer.user)

    def registers_oneself(self, days: float, session: str) -> Assignment:
        with clock.stopped_at(self._moment(days)):
            return seats.assign_to_oneself(self.sessions[session], self.buyer.establishment, by=self.buyer.user)

    def replaces(self, days: float, former: Assignment, person: Participant) -> Assignment:
        with clock.stopped_at(self._moment(days)):
            return seats.replace(_seat_of(former), person, by=self.buyer.user)

    def shares_a_link(self, days: float, session: str, *takers: Participant) -> None:
        """Post a link in the staff room, through which these people take a seat."""
        with clock.stopped_at(self._moment(days)):
            link = claim_links.make(self.sessions[session], self.buyer.establishment, by=self.buyer.user)
        for minutes, person in enumerate(takers, start=2):
            with clock.stopped_at(link.made_at + timedelta(minutes=minutes)):
                name = Newcomer(person.first_name, person.last_name, person.email, person.language)
                seat_claims.ask(link, name, address="127.0.0.1")

    def releases(self, days: float, former: Assignment) -> None:
        with clock.stopped_at(self._moment(days)):
            seats.release(_seat_of(former), by=self.buyer.user)

    def gives_back(self, days: float, session: str, *, seats: int) -> None:
        """Give free seats back; their money has long arrived."""
        with clock.stopped_at(self._moment(days)):
            own = Seat.objects.bought_by(self.buyer.establishment).available()
            chosen = list(own.filter(session=self.sessions[session]).order_by("pk")[:seats])
            order = chosen[0].line.order
            agreed = propose_seats(order, chosen).total_cents
            credit_note = returns.give_back_by_owner(order, chosen, agreed_total_cents=agreed, by=self.buyer.user)
            refunds.note(credit_note.refunds.get(), RefundNotice(reference=f"demo_{uuid4().hex}", status="succeeded"))

    def waits(self, days: float, session: str, quantity: int, *, together: bool = False) -> None:
        """Ask for seats of a session that is full."""
        buyer = self.buyer
        with clock.stopped_at(self._moment(days)):
            waitlist.ask(self.sessions[session], buyer.establishment, quantity, together=together, by=buyer.user)

    def they_open(self, days: float, assignments: Sequence[Assignment]) -> None:
        """Holders type their code."""
        for minutes, assignment in enumerate(assignments):
            with clock.stopped_at(self._moment(days) + timedelta(minutes=7 * minutes)):
                seats.open_course(assignment, certificate_name=assignment.participant.name)

    def _empties_cart(self, order: Order) -> None:
        for line in order.cart.lines.all():
            carts.remove(order.cart, line)

    def _chooses_english(self) -> datetime | None:
        return clock.now() if self.buyer.user.language == "en" else None

    def _moment(self, days: float) -> datetime:
        return self.now - timedelta(days=days)


def live(sessions: Sessions, main: Buyer, others: Sequence[Buyer], staff: User, now: datetime) -> None:
    """Live through the year that ends now."""
    owner = Storyteller(main, sessions, now)
    bistro, residence, pharmacy = (Storyteller(buyer, sessions, now) for buyer in others)
    team = {person.name: person for person in Participant.objects.of(main.establishment).current()}

    _last_year(owner, team)
    _other_buyers(bistro, residence, pharmacy)
    _this_week(owner, team)
    _coming_weeks(owner, residence, team)
    _changes_by_the_provider(sessions, staff, now)
    _attendance(sessions, staff, now)
    _today(owner, residence, team)


def _last_year(owner: Storyteller, team: dict[str, Participant]) -> None:
    """Sessions gone by: attended, or paid for nothing."""
    owner.buys(298, {"simdut-passee": 5})
    owner.assigns(
        297,
        "simdut-passee",
        *(team[name] for name in ("Lucie Beaudoin", "Gaétan Morin", "Huguette Lapointe", "Réjean Cyr")),
        team["Thierry Lavoie"],
    )

    owner.buys(230, {"aliments-passee": 3}, MASTERCARD)
    owner.assigns(228, "aliments-passee", team["Gaétan Morin"], team["Huguette Lapointe"])

    owner.buys(190, {"petite-enfance-passee": 6})
    registered = owner.assigns(
        185,
        "petite-enfance-passee",
        *(team[name] for name in ("Camille Fortin", "Anh Thư Nguyễn", "Fatoumata Diallo", "Mélissa Côté")),
        *(team[name] for name in ("Kateri Awashish", "Thierry Lavoie")),
    )
    newcomer = owner.replaces(156, registered[-1], team["Zoé Pelletier"])
    owner.they_open(150.5, [*registered[:-1], newcomer])

    owner.buys(75, {"harcelement-passee": 4}, "marie-eve.bouchard@courriel.example")
    registered = owner.assigns(
        70,
        "harcelement-passee",
        *(team[name] for name in ("Jean-Philippe Gagnon", "Amélie Tremblay", "Olivier Dufresne", "Dominique Roy")),
    )
    owner.they_open(42, registered[:3])


def _other_buyers(bistro: Storyteller, residence: Storyteller, pharmacy: Storyteller) -> None:
    """What the neighbours bought, so that sessions are half full, nearly full, or full."""
    purchases = (
        (bistro, 240, {"aliments-passee": 8}, 8),
        (residence, 180, {"petite-enfance-passee": 2}, 2),
        (residence, 120, {"secourisme-passee": 6, "deplacement-passee": 8}, 5),
        (pharmacy, 90, {"harcelement-passee": 2, "ia-passee": 3}, 2),
        (bistro, 50, {"gestion-en-cours": 4}, 3),
        (residence, 45, {"harcelement-imminent": 6}, 6),
        (pharmacy, 40, {"premiere-equipe-complete": 1, "petite-enfance-demain": 2}, 1),
        (residence, 35, {"premiere-equipe-complete": 4, "deplacement-gatineau": 7}, 4),
        (bistro, 31, {"premiere-equipe-complete": 3, "secourisme-montreal": 6}, 3),
        (residence, 25, {"secourisme-montreal": 5, "simdut-bientot": 5}, 5),
        (bistro, 18, {"aliments-quebec": 8, "desamorcer-annulee": 5, "anglais-quebec": 4}, 4),
        (pharmacy, 16, {"petite-enfance-iles": 3, "deplacement-iles": 2, "simdut-en-ligne": 4}, 2),
        (residence, 11, {"ia-hybride": 6, "midi-vie-privee": 9, "harcelement-en-ligne": 6}, 6),
        (bistro, 7, {"gestion-saguenay": 2, "secourisme-ottawa": 3, "retroaction-en-ligne": 2}, 2),
    )
    codes = {120: USED_UP, 90: USED_UP, 18: WELCOME, 16: WELCOME}
    for who, days, wishes, registered in purchases:
        who.buys(days, wishes, MASTERCARD if who is bistro else VISA, promo=codes.get(days, ""))
        for name, quantity in wishes.items():
            who.assigns(days - 2, name, *who.buyer.people[: min(quantity, registered)])


def _this_week(owner: Storyteller, team: dict[str, Participant]) -> None:
    """Under way, tomorrow: what can no longer be changed, or not for long."""
    owner.buys(
        28,
        {"gestion-en-cours": 3, "petite-enfance-demain": 6},
        "marie-eve.bouchard@courriel.example",
        declined_first=True,
    )
    cooks = owner.assigns(27, "gestion-en-cours", team["Huguette Lapointe"], team["João Pedro da Silva"])
    owner.they_open(2, cooks)
    registered = owner.assigns(
        26,
        "petite-enfance-demain",
        *(team[name] for name in ("Yasmine Benali", "Rose-Laurence Pierre-Louis", "Siaka Traoré")),
        *(team[name] for name in ("Lucie Beaudoin", "Priya Raghunathan")),
    )
    owner.they_open(4, registered[:2])

    owner.buys(21, {"harcelement-imminent": 5, "simdut-bientot": 2})
    registered = owner.assigns(
        20,
        "harcelement-imminent",
        *(team[name] for name in ("Camille Fortin", "Benoît L’Heureux", "Solange Mbemba", "Inès Haddad")),
        team["Véronique Cyr"],
    )
    owner.they_open(6, registered[:3])
    owner.assigns(20, "simdut-bientot", team["Réjean Cyr"], team["Gaétan Morin"])


def _coming_weeks(owner: Storyteller, residence: Storyteller, team: dict[str, Participant]) -> None:
    """Seats in every other state."""
    owner.buys(14, {"premiere-equipe-complete": 2, "secourisme-montreal": 3}, MASTERCARD)
    owner.registers_oneself(14, "premiere-equipe-complete")
    (deputy,) = owner.assigns(13.9, "premiere-equipe-complete", team["Amélie Tremblay"])
    owner.replaces(8, deputy, team["Étienne Bérubé"])
    registered = owner.assigns(
        13,
        "secourisme-montreal",
        *(team[name] for name in ("Oksana Kovalenko", "Alioune Ndiaye", "Ariane Bellefleur")),
    )
    _bounces(registered[1])

    owner.buys(12, {"ia-hybride": 4}, promo=FREE_SEAT)
    registered = owner.assigns(
        11,
        "ia-hybride",
        *(team[name] for name in ("Catherine Nadeau", "Sandrine Michaud", "Xin Yi Chen", "Emma Levesque")),
    )
    owner.they_open(9, registered[:1])
    _bounces(registered[2])
    owner.releases(2, registered[3])

    owner.buys(10, {"desamorcer-annulee": 2})
    owner.assigns(9, "desamorcer-annulee", team["Geneviève Ouellet"], team["Maude St-Onge"])
    owner.buys(9, {"retroaction-en-ligne": 2})
    owner.assigns(9, "retroaction-en-ligne", team["Jean-Philippe Gagnon"], team["Olivier Dufresne"])

    owner.buys(8, {"midi-vie-privee": 10})
    owner.assigns(
        8,
        "midi-vie-privee",
        *(team[name] for name in ("Camille Fortin", "Fatoumata Diallo", "Nadège Jean-Baptiste", "Francis O’Brien")),
        team["نور الخطيب"],
    )
    owner.shares_a_link(7, "midi-vie-privee", team["Guadalupe Hernández Ortega"])

    owner.buys(6, {"francais-montreal": 3, "harcelement-en-ligne": 4})
    owner.assigns(6, "francais-montreal", team["Priya Raghunathan"], team["Guadalupe Hernández Ortega"])

    owner.buys(16, {"anglais-quebec": 3}, MASTERCARD)
    owner.gives_back(5, "anglais-quebec", seats=1)

    residence.waits(4.5, "premiere-equipe-complete", 1)
    owner.waits(3.5, "premiere-equipe-complete", 2, together=True)
    owner.gives_up(4, {"premiere-equipe-quebec": 4})
    owner.changes_mind(3, {"aliments-quebec": 2})


def _changes_by_the_provider(sessions: Sessions, staff: User, now: datetime) -> None:
    """A session moved by a week, another one cancelled."""
    moved, cancelled = sessions["retroaction-en-ligne"], sessions["desamorcer-annulee"]
    with clock.stopped_at(now - timedelta(days=5)):
        later = timedelta(days=7)
        catalogue.move(moved, moved.starts_at + later, moved.ends_at + later, by=staff)
    cancelled.cancelled_at = now - timedelta(days=3)
    cancelled.save(update_fields=["cancelled_at"])


def _attendance(sessions: Sessions, staff: User, now: datetime) -> None:
    """Who was there, noted as each session ended: nearly everyone. The latest two are still to note."""
    gone_by = sorted((session for session in sessions.values() if session.ends_at < now), key=lambda one: one.ends_at)
    for session in gone_by[:-2]:
        with clock.stopped_at(session.ends_at):
            held = [each.pk for each in lists.registered(session)]
            answers = {pk: ABSENT if place % ONE_IN == ONE_IN - 1 else PRESENT for place, pk in enumerate(held)}
            attendance.note(session, answers, by=staff)


def _today(owner: Storyteller, residence: Storyteller, team: dict[str, Participant]) -> None:
    """Minutes ago: seats to assign, letters still in the post, and a neighbour at the payment page."""
    minute = 1 / (24 * 60)
    owner.buys(25 * minute, {"petite-enfance-montreal": 8})
    owner.assigns(12 * minute, "harcelement-en-ligne", team["Chloé Robitaille"], team["Anh Thư Nguyễn"])
    residence.orders(5 * minute, {"petite-enfance-laval": 2})


def _hear(order: Order, standing: Standing, paid_with: str = "", *, failure_code: str = "") -> None:
    """An attempt to pay, and what the payment service would have said of it."""
    means = "paypal" if "@" in paid_with else "stripe"
    reference, charge = _names(means, order.total_cents)
    payment = Payment.objects.create(
        order=order,
        means=means,
        attempt=order.payments.count() + 1,
        mode=order.mode,
        amount_cents=order.total_cents,
        status=Payment.Status.OPEN,
        provider_reference=reference,
    )
    payments.apply(
        payment,
        Notice(
            reference=payment.provider_reference,
            payment=str(payment.uuid),
            standing=standing,
            amount_cents=payment.amount_cents,
            currency=payment.currency,
            live=False,
            charge_reference=charge if standing is Standing.PAID else "",
            means=paid_with,
            failure_code=failure_code,
        ),
    )


def _names(means: str, cents: int) -> tuple[str, str]:
    """What the service calls an attempt and its charge. The payment sandbox, younger than the story, reads in them how
    much was paid, so that seats of the demo can be given back.
    """
    unique = uuid4().hex
    if means == "paypal":
        return f"DEMO{cents}O{unique.upper()}", f"DEMO{cents}C{unique.upper()}"
    return f"cs_demo_{cents}_{unique}", f"pi_demo_{cents}_{unique}"


def _bounces(assignment: Assignment) -> None:
    """The holder's mail server refused the confirmation."""
    Letter.objects.filter(assignment=assignment, kind="registration_confirmed").update(
        state=Letter.State.BOUNCED, last_error="550 5.1.1"
    )


def _seat_of(assignment: Assignment) -> Seat:
    return Seat.objects.with_holders().select_related("establishment").get(pk=assignment.seat_id)
