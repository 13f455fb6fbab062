"""What owners do with the seats they bought, at random: assign, release, undo, move, exchange, share a link."""

import random

from pupitre.actions import claim_links, moves, payments, seat_claims, seats, swaps, undoing
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, ClaimLink, CourseSession, Participant, Seat, SeatClaim, User
from pupitre.queries.moves import seats_in_force, with_buyer_price

MEANS = ("stripe", "paypal")
STAFF_ROOM = [Newcomer(first_name, "Roy") for first_name in ("Dany", "Élise", "Farid")]


class Desk:
    """Of the two owners of a storm, with their people."""

    luck: random.Random
    sessions: list[CourseSession]
    owners: list[User]
    people: dict[int, list[Participant]]
    pages: dict[int, str]  # where each order is paid

    @property
    def desk_deeds(self) -> list:
        return [
            *[self._assigns] * 3,
            self._releases,
            self._undoes,
            *[self._moves] * 4,
            self._swaps,
            self._shares_a_link,
            *[self._claims] * 2,
            self._answers,
            self._revokes_a_link,
        ]

    @property
    def _owner(self) -> User:
        return self.luck.choice(self.owners)

    def _one_of(self, rows):
        rows = list(rows)
        return self.luck.choice(rows) if rows else None

    def _some_of(self, rows, at_most: int) -> list:
        rows = list(rows)
        return self.luck.sample(rows, self.luck.randint(1, min(at_most, len(rows)))) if rows else []

    # --- who takes each seat -----------------------------------------------------------------------------------------
    def _assigns(self) -> str:
        seat = self._one_of(Seat.objects.available().order_by("pk"))
        if seat is None:
            return "nothing"
        buyer = seat.line.order.placed_by
        seats.assign(seat, self.luck.choice(self.people[buyer.pk]), by=buyer)
        return seat.code

    def _releases(self) -> str:
        held = Seat.objects.filter(assignments__released_at=None, assignments__isnull=False).order_by("pk")
        seat = self._one_of(held)
        if seat is None:
            return "nothing"
        seats.release(seat, by=seat.line.order.placed_by)
        return seat.code

    def _undoes(self) -> str:
        ended = self._one_of(Assignment.objects.exclude(undo_until=None).order_by("pk"))
        if ended is None:
            return "nothing"
        undoing.undo(ended.seat, ended=ended.uuid, by=ended.seat.line.order.placed_by)
        return str(ended)

    # --- where they go -----------------------------------------------------------------------------------------------
    def _moves(self) -> str:
        """To a session at the same price, to a cheaper one, or to a dearer one, once it is paid."""
        owner = self._owner
        seat = self._one_of(seats_in_force(owner.establishment))
        if seat is None:
            return "nothing"
        session = seat.session
        chosen = self._some_of(seats_in_force(owner.establishment).filter(session=session), at_most=3)
        others = [other.pk for other in self.sessions if other.course_id == session.course_id and other != session]
        if not others:
            return "nothing"
        target = with_buyer_price(CourseSession.objects.filter(pk=self.luck.choice(others)), owner.establishment).get()
        plan = moves.checked_plan(chosen, target)
        said = f"{len(chosen)} of {session.code} to {target.code}: {plan.total_cents}"
        if plan.supplement is None:
            moves.move(chosen, target, agreed_total_cents=plan.total_cents, by=owner)
            return said
        order = moves.order_supplement(
            chosen, target, agreed_total_cents=plan.total_cents, by=owner, language=owner.language
        )
        self.pages[order.pk] = payments.start(order, self.luck.choice(MEANS), by=owner)
        return f"{said} {order}"

    def _swaps(self) -> str:
        owner = self._owner
        held = seats_in_force(owner.establishment).filter(assignments__released_at=None, assignments__isnull=False)
        seat = self._one_of(held)
        other = self._one_of(offer.seat for offer in swaps.candidates(seat) if not offer.refusal) if seat else None
        if other is None:
            return "nothing"
        leaving = (seat.assignment.uuid, other.assignment.uuid)
        swaps.swap(seat, other, by=owner, leaving=leaving, from_session=seat.session.code)
        return f"{seat} with {other}"

    # --- the link in the staff room ----------------------------------------------------------------------------------
    def _shares_a_link(self) -> str:
        free = self._one_of(Seat.objects.available().order_by("pk"))
        if free is None:
            return "nothing"
        owner, session = free.line.order.placed_by, free.session
        places, needs_approval = self.luck.choice([None, 1, 2]), self.luck.random() < 0.3
        link = claim_links.make(session, owner.establishment, by=owner, places=places, needs_approval=needs_approval)
        return f"{link} {link.places} of {session.code}{', each approved' if needs_approval else ''}"

    def _claims(self) -> str:
        link = self._one_of(ClaimLink.objects.order_by("pk"))
        if link is None:
            return "nothing"
        claim = seat_claims.ask(link, self.luck.choice(STAFF_ROOM), address=f"192.0.2.{self.luck.randint(1, 250)}")
        return f"{link} {claim}"

    def _answers(self) -> str:
        claim = self._one_of(SeatClaim.objects.waiting().order_by("pk"))
        if claim is None:
            return "nothing"
        approved = seat_claims.approve(claim.link, [claim], by=claim.link.made_by)
        return f"{claim.link} {len(approved)}"

    def _revokes_a_link(self) -> str:
        link = self._one_of(ClaimLink.objects.order_by("pk"))
        if link is None:
            return "nothing"
        taken_back = claim_links.revoke(link, by=link.made_by, takes_seats_back=self.luck.random() < 0.5)
        return f"{link} {taken_back} taken back"
