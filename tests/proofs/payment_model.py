"""A small world in which `pupitre/actions/payments.py` and `refunds.py` meet everything that can happen to them.

One order, one seat, a rival who wants it, two windows of one buyer, up to three attempts to pay, the payment services,
notices that come twice or never, jobs, and death anywhere. Programs and steps are named after the functions they
mirror; each `yield` is one transaction, or one question to a payment service.

A rule that is taken away (`without`) shows what it was for.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from tests.proofs.exploring import Program, Title, run_alone

# How an attempt stands for us (Payment.Status), and what became of its money (Payment.Disposition).
CREATED, OPEN, CAPTURING, PROCESSING = "created", "open", "capturing", "processing"
SUCCEEDED, CLOSED, ABANDONED = "succeeded", "closed", "abandoned"
LIVE = (CREATED, OPEN, CAPTURING, PROCESSING)
APPLIED, SURPLUS = "applied", "surplus"

# How its page stands at the payment service. PayPal’s is approved first, then captured by us; some are reviewed.
NO_PAGE, PAGE_OPEN, APPROVED, REVIEWED, PAID, PAGE_CLOSED = "no page", "open", "approved", "reviewed", "paid", "closed"

# The order; a cancelled one is like an expired one.
AWAITING, ORDER_PAID, EXPIRED = "awaiting payment", "paid", "expired"

# Answers of `new_attempt` that are not the number of an attempt.
REFUSED, TAKEN_OVER = "refused", "another attempt came first"

RULES = {
    "R2": "the page is handed out only after the order was looked at again",
    "R3": "one attempt at a time: the one before is closed first",
    "R4 lock": "a notice is applied under the locks of order and payment",
    "R4 together": "order and payment change in one transaction",
    "R5": "seats are let go only when no attempt can be paid any more",
    "R6": "money is taken only while the order holds its seats",
    "R6 hold": "seats stay held while money is being taken",
    "R6 yield": "closing an attempt gives way to whoever is taking its money",
    "R7": "a refund is asked again under the same key",
    "R8": "money that cannot be applied is given back",
    "checks": "open attempts are asked about from time to time",
    "R6 stale": "an answer given before a capture began says nothing of it",
    "R6 approval": "an agreement from before a declined capture is not acted upon after it",
    "R6 review": "closing an attempt gives way to a review under way",
}


class Attempt(NamedTuple):
    """One attempt to pay: our row, and what the payment service knows of it."""

    means: str
    status: str = CREATED
    disposition: str = ""
    reference: bool = False  # saved by us; from then on the browser may hold the address of the page
    declined: int = 0  # captures declined, as we counted them: the number in the key of the next one
    refund: str = ""  # our row: requested, succeeded
    page: str = NO_PAGE
    refusals: tuple[int, ...] = ()  # the keys of captures that the service declined, and declines again
    given_back: int = 0  # how many times the service gave the money back

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class World(NamedTuple):
    order: str = AWAITING
    hold_is_over: bool = False
    taken: int = 1  # of one seat
    rival: bool = False  # has bought the seat
    delivered: int = 0
    attempts: tuple[Attempt, ...] = ()

    def with_attempt(self, number: int, **facts: Any) -> "World":
        changed = self.attempts[number]._replace(**facts)
        return self._replace(attempts=(*self.attempts[:number], changed, *self.attempts[number + 1 :]))

    @property
    def live(self) -> tuple[tuple[int, str, str], ...]:
        """Number, means and status of the attempts that could still be paid."""
        return tuple((n, one.means, one.status) for n, one in enumerate(self.attempts) if one.is_live)


class Known(NamedTuple):
    """What a program knew of an attempt when it asked the payment service."""

    status: str
    declined: int

    def __str__(self) -> str:
        return f"(known as {self.status})"


class Notice(NamedTuple):
    """What the payment service answered, to whom."""

    standing: str
    known: Known
    asked_to_close: bool = False

    def __str__(self) -> str:
        return f"({self.standing}{', as we asked' if self.asked_to_close else ''})"


class Payments:
    """The programs of `pupitre/actions/payments.py`, its jobs, the payment services and the buyers."""

    beginning = World()

    def __init__(
        self,
        *means: str,
        without: tuple[str, ...] = (),
        attempts: int = 2,
        at_once: int = 3,
        cancels: bool = False,
        declines: int = 0,
        reviews: bool = False,
        refunds_are_wrong: bool = False,
    ) -> None:
        assert set(without) <= set(RULES)
        self.means = means
        self.without = frozenset(without)
        self.most_attempts = attempts
        self.at_once = at_once  # programs running together
        self.cancels = cancels  # the buyer may take the order back
        self.declines = declines  # how often PayPal declines the capture of an attempt
        self.reviews = reviews  # whether PayPal may take its time over a capture
        self.refunds_are_wrong = refunds_are_wrong  # look for a world where a customer's money must be given back

    # --- programs ----------------------------------------------------------------------------------------------------

    def program(self, title: Title) -> Program:
        return getattr(self, title[0])(*title[1:])

    def start(self, means: str) -> Program:
        """`payments.start`, by a click on "pay"."""
        number = yield from self._attempt(means)
        if number is not None:
            yield from self._open_page(number)

    def settle(self, number: int) -> Program:
        """`payments.settle`: return page, webhook, later check. The service is read without any lock."""
        known = yield self._known, number
        standing = yield self._read, number
        if standing == APPROVED and (committed := (yield self._commit_seats, number, known)):
            known = committed
            standing = yield self._capture, number, known.declined
        return (yield from self._applied(number, standing, known))

    def expire(self) -> Program:
        """`payments.expire`, by its job."""
        return self._withdraw()

    def cancel(self) -> Program:
        """`payments.cancel`, by the buyer."""
        return self._withdraw()

    def send_refund(self, number: int) -> Program:
        """`refunds.send`, by its job: asked, then noted."""
        yield self._give_back, number
        yield self._note_refund, number

    def _attempt(self, means: str) -> Program:
        """`payments._attempt`: the number of the attempt to open a page for, or None."""
        if "R3" not in self.without and (number := (yield from self._reopened(means))) is not None:
            return number if number != REFUSED else None
        number = yield self._new_attempt, means
        if number == TAKEN_OVER and (number := (yield from self._reopened(means))) is None:
            number = yield self._new_attempt, means
        return number if number not in (REFUSED, TAKEN_OVER) else None

    def _reopened(self, means: str) -> Program:
        """`payments._reopened`: a number, REFUSED when the buyer needs no new page, or None."""
        for number, its_means, status in (yield (self._live_attempts,)):
            if its_means == means and status == CREATED:
                return number
            status = yield from (self.settle(number) if its_means == means else self.close(number))
            if (its_means == means and status == OPEN) or status in (CAPTURING, PROCESSING):
                return REFUSED  # its page is shown again; or a payment is under way
            if status in LIVE:
                yield from self.close(number)
        return None

    def _open_page(self, number: int) -> Program:
        """`payments._open_page`: the service is asked for a page; it is handed out if it can still be paid."""
        yield self._create_page, number
        if not (yield self._hand_out, number):
            yield self._close_page, number

    def close(self, number: int) -> Program:
        """`payments.close`: how the attempt stands once nobody can pay it any more."""
        known = yield self._abandon, number
        if known.status not in LIVE:
            return known.status
        if known.status in (CAPTURING, PROCESSING):
            return (yield from self.settle(number))
        standing = yield self._close_page, number
        status = yield from self._applied(number, standing, known, asked_to_close=True)
        return (yield from self.settle(number)) if status == CAPTURING else status

    def _withdraw(self) -> Program:
        """`payments._withdraw`: every attempt is closed at its service, then the seats are let go."""
        if "R5" not in self.without:
            for number, _means, _status in (yield (self._live_attempts,)):
                yield from self.close(number)
        yield (self._let_go,)

    def _applied(self, number: int, standing: str, known: "Known", *, asked_to_close: bool = False) -> Program:
        """`payments.apply`, in as many steps as the rules leave it."""
        notice = Notice(standing, known, asked_to_close)
        if "R4 lock" in self.without:
            seen = yield self._look, number
            return (yield self._apply, number, notice, seen)
        if "R4 together" in self.without:
            status = yield self._apply_to_payment, number, notice
            yield self._apply_to_order, number
            return status
        return (yield self._apply, number, notice)

    # --- steps in our database -------------------------------------------------------------------------------------

    def _live_attempts(self, world: World):
        return world, world.live

    def _new_attempt(self, world: World, means: str):
        """`payments._new_attempt`: seats held longer or taken again, and a row, in one transaction."""
        if world.order == ORDER_PAID or len(world.attempts) == self.most_attempts:
            return world, REFUSED
        if world.live and "R3" not in self.without:
            return world, TAKEN_OVER  # the database holds one live attempt for an order
        if world.order == EXPIRED and world.taken:
            return world, REFUSED
        later = world._replace(order=AWAITING, hold_is_over=False, taken=1, attempts=(*world.attempts, Attempt(means)))
        return later, len(world.attempts)

    def _hand_out(self, world: World, number: int):
        """The transaction of `payments._open_page`."""
        status = world.attempts[number].status
        if status == OPEN:
            return world, True
        if status == CREATED and (world.order == AWAITING or "R2" in self.without):
            return world.with_attempt(number, status=OPEN, reference=True), True
        if "R2" in self.without:
            return world.with_attempt(number, reference=True), True
        return world, False

    def _known(self, world: World, number: int):
        """The attempt as `payments.settle` reads it before it asks."""
        attempt = world.attempts[number]
        return world, Known(attempt.status, attempt.declined)

    def _commit_seats(self, world: World, number: int, known: Known):
        """`payments._commit_seats`: the attempt, whose money may be taken now, or None."""
        attempt = world.attempts[number]
        committed = Known(CAPTURING, attempt.declined)
        if attempt.declined != known.declined and "R6 approval" not in self.without:
            return world, None
        if attempt.status == CAPTURING:
            return world, committed
        if attempt.status == SUCCEEDED:
            return world, None
        if (attempt.status != OPEN or world.order != AWAITING) and "R6" not in self.without:
            return world, None
        return world.with_attempt(number, status=CAPTURING), committed

    def _abandon(self, world: World, number: int):
        """The transaction that begins `payments.close`."""
        attempt = world.attempts[number]
        if attempt.status == CREATED:
            return world.with_attempt(number, status=ABANDONED), Known(ABANDONED, 0)
        return world, Known(attempt.status, attempt.declined)

    def _let_go(self, world: World):
        """The transaction that ends `payments._withdraw`."""
        if world.order != AWAITING:
            return world, None
        kept_by = [status for _number, _means, status in world.live]
        if "R6 hold" in self.without:
            kept_by = [status for status in kept_by if status not in (CAPTURING, PROCESSING)]
        if kept_by and "R5" not in self.without:
            return world, None
        return world._replace(order=EXPIRED, hold_is_over=False, taken=world.taken - 1), None

    def _look(self, world: World, number: int):
        """What `payments.apply` reads when nothing keeps it from changing before it writes."""
        return world, (world.attempts[number].status, world.order)

    def _apply(self, world: World, number: int, notice: Notice, seen: Any = None):
        """`payments.apply`: order and payment, together."""
        before = seen[0] if seen else world.attempts[number].status
        later, status = self._apply_to_payment(world, number, notice, seen)
        if status == SUCCEEDED != before:
            later, _ = self._apply_to_order(later, number)
        return later, status

    def _apply_to_payment(self, world: World, number: int, notice: Notice, seen: Any = None):
        attempt = world.attempts[number]
        status, order = seen or (attempt.status, world.order)
        if status == SUCCEEDED:
            return world, SUCCEEDED
        if notice.standing == PAID:
            later = world.with_attempt(number, status=SUCCEEDED)
            return self._receive(later, number, order), SUCCEEDED
        if notice.standing == REVIEWED and (status in LIVE or not world.live):
            status = PROCESSING
        elif notice.standing == PAGE_CLOSED and not self._gives_way(notice, status):
            status = CLOSED
        elif notice.standing == PAGE_OPEN and status == CAPTURING and self._is_the_refusal(notice, attempt):
            return world.with_attempt(number, status=OPEN, declined=attempt.declined + 1), OPEN
        return world.with_attempt(number, status=status), status

    def _gives_way(self, notice: Notice, status: str) -> bool:
        decides = (CAPTURING,) if "R6 review" in self.without else (CAPTURING, PROCESSING)
        return notice.asked_to_close and status in decides and "R6 yield" not in self.without

    def _is_the_refusal(self, notice: Notice, attempt: Attempt) -> bool:
        """Whether "open" means that this capture was declined, or is an answer from before it."""
        return notice.known == Known(CAPTURING, attempt.declined) or "R6 stale" in self.without

    def _receive(self, world: World, number: int, order: str) -> World:
        """`payments._receive` and `_can_be_delivered`: the money is applied, or given back."""
        if order == AWAITING or (order == EXPIRED and not world.taken):
            return world.with_attempt(number, disposition=APPLIED)
        refund = "" if "R8" in self.without else "requested"
        return world.with_attempt(number, disposition=SURPLUS, refund=refund)

    def _apply_to_order(self, world: World, number: int):
        """`orders.fulfil`, after `orders.retake_seats` when they were let go."""
        if world.attempts[number].disposition != APPLIED:
            return world, None
        taken = world.taken + (world.order == EXPIRED)
        return world._replace(order=ORDER_PAID, hold_is_over=False, taken=taken, delivered=world.delivered + 1), None

    def _note_refund(self, world: World, number: int):
        """`refunds.note`."""
        return world.with_attempt(number, refund="succeeded"), None

    # --- the payment services ----------------------------------------------------------------------------------------

    def _create_page(self, world: World, number: int):
        """`Gateway.start`: the same key twice gives the same page, whatever became of it."""
        if world.attempts[number].page == NO_PAGE:
            return world.with_attempt(number, page=PAGE_OPEN), None
        return world, None

    def _read(self, world: World, number: int):
        return world, world.attempts[number].page

    def _close_page(self, world: World, number: int):
        """`Gateway.close`: Stripe closes its page; PayPal cannot, and needs not: the money moves only by a capture."""
        attempt = world.attempts[number]
        if attempt.means == "stripe" and attempt.page == PAGE_OPEN:
            return world.with_attempt(number, page=PAGE_CLOSED), PAGE_CLOSED
        if attempt.means == "paypal" and attempt.page in (PAGE_OPEN, APPROVED):
            return world, PAGE_CLOSED
        return world, attempt.page

    def _capture(self, world: World, number: int, key: int):
        """`Gateway.capture`: the money is taken once; the refusal of a key is final for that key."""
        attempt = world.attempts[number]
        if attempt.page == APPROVED and key in attempt.refusals:
            return world, PAGE_OPEN  # an old answer, given again
        if attempt.page != APPROVED:
            return world, attempt.page
        outcomes = [(world.with_attempt(number, page=PAID), PAID)]
        if len(attempt.refusals) < self.declines:
            declined = world.with_attempt(number, page=PAGE_OPEN, refusals=(*attempt.refusals, key))
            outcomes.append((declined, PAGE_OPEN))
        if self.reviews:
            outcomes.append((world.with_attempt(number, page=REVIEWED), REVIEWED))
        return outcomes

    def _give_back(self, world: World, number: int):
        """`Gateway.refund`: under the same key, once."""
        attempt = world.attempts[number]
        if attempt.refund != "requested":
            return world, None
        return world.with_attempt(number, given_back=attempt.given_back + 1 if "R7" in self.without else 1), None

    # --- everybody else --------------------------------------------------------------------------------------------

    def happenings(self, world: World) -> Iterator[tuple[str, World]]:
        """The buyer in front of the page, the services, time, and a rival."""
        for number, attempt in enumerate(world.attempts):
            if attempt.page == PAGE_OPEN and attempt.reference:
                agreed = PAID if attempt.means == "stripe" else APPROVED
                yield f"the buyer pays attempt {number}", world.with_attempt(number, page=agreed)
            if attempt.page == PAGE_OPEN and attempt.means == "stripe":
                yield f"the page of attempt {number} ends", world.with_attempt(number, page=PAGE_CLOSED)
            if attempt.page == REVIEWED:
                yield f"the review of attempt {number} accepts", world.with_attempt(number, page=PAID)
                yield f"the review of attempt {number} refuses", world.with_attempt(number, page=PAGE_CLOSED)
        if world.order == AWAITING and not world.hold_is_over:
            yield "the hold is over", world._replace(hold_is_over=True)
        if not world.rival and not world.taken:
            yield "a rival takes the seat", world._replace(rival=True, taken=1)

    def beginners(self, world: World, running: list[Title]) -> Iterator[Title]:
        """Two windows, a notice that comes twice, and one worker that may be slow to die."""
        if len(running) == self.at_once:
            return
        names = [title[0] for title in running]
        if world.order != ORDER_PAID and names.count("start") < 2:
            yield from (("start", means) for means in self.means)
        if names.count("settle") < 2:
            yield from (("settle", number) for number, attempt in enumerate(world.attempts) if self._is_news(attempt))
        if world.order == AWAITING and world.hold_is_over and "expire" not in names:
            yield ("expire",)
        if self.cancels and world.order == AWAITING and "cancel" not in names:
            yield ("cancel",)
        for number, attempt in enumerate(world.attempts):
            if attempt.refund == "requested" and ("send_refund", number) not in running:
                yield ("send_refund", number)

    def _is_news(self, attempt: Attempt) -> bool:
        """Whether asking the service could change anything: `settle` of a settled attempt is the same as nothing."""
        return attempt.reference and attempt.status != SUCCEEDED and attempt.page != NO_PAGE

    # --- what is right -----------------------------------------------------------------------------------------------

    def wrong(self, world: World) -> str:
        if world.delivered > 1:
            return "delivered twice"
        if world.rival + (world.order in (AWAITING, ORDER_PAID)) > 1 or world.taken > 1:
            return "oversold"
        if any(attempt.given_back > 1 for attempt in world.attempts):
            return "refunded twice"
        if self.refunds_are_wrong and any(attempt.refund for attempt in world.attempts):
            return "a refund became necessary"
        return ""

    def wrong_in_the_end(self, world: World) -> str:
        return next(filter(None, map(self._wrong_when_quiet, self._recovered(world))), "")

    def _wrong_when_quiet(self, world: World) -> str:
        if wrong := self.wrong(world):
            return wrong
        kept = sum((attempt.page == PAID) - attempt.given_back for attempt in world.attempts)
        owed = 1 if world.order == ORDER_PAID else 0
        if world.order == AWAITING:
            return "seats held for ever"
        if kept > owed:
            return "kept twice" if owed else "money kept, nothing delivered"
        return "delivered without money" if kept < owed else ""

    def _recovered(self, world: World) -> set[World]:
        """Everybody is dead, no notice ever comes, time passes: what the jobs make of it, however services decide."""
        worlds = {world}
        while True:
            jobs = set(chain.from_iterable(map(self._after_all_jobs, worlds)))
            if jobs == worlds:
                return worlds
            worlds = jobs

    def _after_all_jobs(self, world: World) -> set[World]:
        worlds = set(self._when_time_has_passed(world))
        for title in self._jobs(world):
            worlds = set(chain.from_iterable(run_alone(self, title, one) for one in worlds))
        return worlds

    def _when_time_has_passed(self, world: World) -> list[World]:
        """The hold is over, and every review has ended, one way or the other."""
        worlds = [world._replace(hold_is_over=world.order == AWAITING)]
        for number, attempt in enumerate(world.attempts):
            if attempt.page == REVIEWED:
                worlds = [one.with_attempt(number, page=end) for one in worlds for end in (PAID, PAGE_CLOSED)]
        return worlds

    def _jobs(self, world: World) -> list[Title]:
        titles: list[Title] = []
        if "checks" not in self.without:
            titles += [
                ("settle", n) for n, attempt in enumerate(world.attempts) if attempt.is_live and attempt.reference
            ]
        if world.order == AWAITING:
            titles.append(("expire",))
        return titles + [
            ("send_refund", n) for n, attempt in enumerate(world.attempts) if attempt.refund == "requested"
        ]
