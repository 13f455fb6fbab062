"""Random weather over a small shop: purchases, payments, notices, refunds, disputes, queues, seats that change hands or
sessions, deadlines, sudden deaths.

Everything is real: the actions, the database, the payment services over HTTP. One number gives the whole sequence, so
that what went wrong once goes wrong again. After every third step the books must agree; at the end the services' own
accounts must too.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from pupitre import clock, gateways, worker
from pupitre.actions import checkout, events, payments, promotions, refunds, returns, waitlist
from pupitre.models import (
    Cart,
    Dispute,
    Job,
    Order,
    Payment,
    PromoCode,
    ProviderEvent,
    Refund,
    Seat,
    User,
    WaitlistOffer,
)
from pupitre.queries import books, debts
from pupitre.queries import refunds as questions
from pupitre.refusals import Refused
from tests.payment_sandbox import PaymentSandbox
from tests.scenarios.desk import MEANS, Desk
from tests.world import a_cart, a_course, a_person, a_session, an_owner, net_of

CARDS = ("4242424242424242", "4242424242424242", "4000000000000002", "4000000000005126", "4000000000007726")
ACCOUNTS = ("pays", "pays", "declined", "pending", "closes")
A_MONTH = timedelta(days=30)
# What a person is still asked to do, or a worker still owes: neither is a mistake while the storm lasts.
FOR_A_PERSON = ("debt", "job ", "payment notice", "refund ", "dispute", "review")
# What a service gave back, or failed to, may not have been heard of yet.
NOT_HEARD_OF = (*FOR_A_PERSON, "payment ")
# So much of a payment was given back at the service itself that ours was refused.
GIVEN_BACK_ALREADY = (
    "CAPTURE_FULLY_REFUNDED",
    "REFUND_AMOUNT_EXCEEDED",
    "charge_already_refunded",
    "invalid_request_error",
)
PAPERS = ("letter.post", "document.draw")
READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


class Death(BaseException):
    """The process dies here: nothing after this line of the code is run."""


@contextmanager
def dying_before(nth_write: int) -> Iterator[None]:
    """Die before the n-th thing that would be written, be it what a service answered."""
    left = nth_write

    def count(execute, sql, params, many, context):
        nonlocal left
        if not sql.lstrip().upper().startswith(READS):
            left -= 1
            if left == 0:
                raise Death
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield


class Storm(Desk):
    """One sequence: the number that drew it, what was done, and what went wrong."""

    def __init__(self, number: int, sandbox: PaymentSandbox, steps: int = 24) -> None:
        self.luck = random.Random(number)
        self.sandbox, self.steps = sandbox, steps
        self.shift = timedelta(0)
        self.log: list[str] = []
        self.pages: dict[int, str] = {}
        sandbox.reset()
        sandbox.config(webhook_delay="never")

    def rages(self) -> list[str]:
        """Go through the whole sequence, then let everything come to rest. Gives what does not agree."""
        self._furnish()
        self._begin()
        done = 0
        for _ in range(self.steps * 10):
            if done == self.steps:
                break
            if not self._live(self.luck.choice(self.deeds)):
                continue  # there was nothing to do: that is no step
            done += 1
            if done % 3 == 0 and (found := self._hard_disagreements(but=NOT_HEARD_OF)):
                return found
        return self._comes_to_rest()

    # --- who is there ------------------------------------------------------------------------------------------------
    def _furnish(self) -> None:
        tiers = self.luck.choice([[], [[2, 10]], [[2, 10], [3, 33]]])
        price = self.luck.choice([9999, 12500, 33333])
        course = a_course(price_cents=price, volume_tiers=tiers, allows_moves=True)
        self.sessions = [
            a_session(course, capacity=5),
            a_session(course, capacity=4),
            a_session(course, capacity=4, price_cents=price - 2000),
            a_session(course, capacity=4, price_cents=price + 1501),
            a_session(a_course(price_cents=4995), capacity=3),
        ]
        self.owners = [an_owner(), an_owner()]
        self.people = {owner.pk: [a_person(owner, name) for name in ("Ana", "Bruno", "Chloé")] for owner in self.owners}
        PromoCode.objects.create(code=f"RABAIS{self.luck.randrange(10**6)}", **self._a_rebate(), most_uses=1)
        self.promo = PromoCode.objects.latest("pk")
        self.deeds: list[Callable[[], str]] = [
            *[self._buys] * 4,
            *[self._pays] * 4,
            *[self._comes_back] * 4,
            *[self._is_told] * 3,
            *[self._works] * 4,
            *[self._time_passes] * 3,
            *[self._chooses_again] * 2,
            *[self._waits] * 2,
            self._waits_no_more,
            *self.desk_deeds,
            *[self._gives_back_seats] * 3,
            self._gives_back_an_amount,
            self._gives_back_everything,
            self._owner_gives_back_seats,
            self._pays_a_debt,
            self._refund_made_at_the_service,
            self._refund_fails_later,
            self._disputes,
            self._dispute_ends,
            self._service_in_trouble,
        ]

    def _begin(self) -> None:
        """Each establishment has bought three seats already, and people sit on two of the six."""
        sessions = self.luck.sample(self.sessions[:4], 2)
        for owner, session, means, with_ in zip(self.owners, sessions, MEANS, (CARDS[0], ACCOUNTS[0]), strict=True):
            order = self._check_out(a_cart(owner, (session, 3)), means, owner)
            self._pay(self.pages[order.pk], with_)
            payments.settle(order.payments.get())
        self._live(self._assigns)
        self._live(self._assigns)

    def _a_rebate(self) -> dict[str, int]:
        return self.luck.choice([{"percent": 15}, {"amount_cents": 5000}, {"free_seats": 1}, {"percent": 100}])

    def _an_order(self) -> Order | None:
        return self._one_of(Order.objects.order_by("pk"))

    def _a_paid_order(self) -> Order | None:
        return self._one_of(Order.objects.filter(status=Order.Status.PAID).order_by("pk"))

    # --- one step ----------------------------------------------------------------------------------------------------
    def _live(self, deed: Callable[[], str]) -> bool:
        """Do one thing at the moment reached; in one case of five the process dies in the middle of it. Gives whether
        there was something to do.
        """
        dies = self.luck.randint(1, 12) if self.luck.random() < 0.2 else 0
        name = deed.__name__.strip("_")
        with self._moment():
            try:
                with dying_before(dies or 10**6):
                    said = deed()
            except Death:
                # Django would undo the whole sequence, which runs inside one transaction; the dead wrote nothing there.
                connection.set_rollback(False)
                said = f"died before its write {dies}"
            except (Refused, gateways.GatewayError) as no:
                said = f"no: {type(no).__name__}"
        self.log.append(f"{name}: {said}")
        return said != "nothing"

    @contextmanager
    def _moment(self) -> Iterator[datetime]:
        now = timezone.now() + self.shift
        with clock.stopped_at(now):
            yield now

    # --- what buyers do ----------------------------------------------------------------------------------------------
    def _buys(self) -> str:
        owner = self._owner
        cart = a_cart(owner, (self.luck.choice(self.sessions), self.luck.randint(1, 3)))
        if self.luck.random() < 0.4:
            promotions.put(cart, self.promo.code, owner.establishment)
            cart.refresh_from_db()
        means = self.luck.choice(MEANS)
        order = self._check_out(cart, means, owner)
        return f"{order} {order.total_cents} {means}"

    def _check_out(self, cart: Cart, means: str, owner: User) -> Order:
        agreed = net_of(cart, owner.establishment)
        order, page = checkout.check_out(
            cart, owner.establishment, means, by=owner, language="fr-ca", agreed_net_cents=agreed
        )
        self.pages[order.pk] = page
        return order

    def _chooses_again(self) -> str:
        order = self._an_order()
        if order is None:
            return "nothing"
        self.pages[order.pk] = payments.start(order, self.luck.choice(MEANS), by=order.placed_by)
        return str(order)

    def _waits(self) -> str:
        owner, session = self._owner, self.luck.choice(self.sessions)
        places, together = self.luck.randint(1, 3), self.luck.random() < 0.5
        waitlist.ask(session, owner.establishment, places, together=together, by=owner)
        return f"{places} of {session.code}{' together' if together else ''}"

    def _waits_no_more(self) -> str:
        """Leave the queue, or decline what it brought."""
        owner, session = self._owner, self.luck.choice(self.sessions)
        offer = WaitlistOffer.objects.filter(entry__establishment=owner.establishment, closed_at=None).first()
        if offer and self.luck.random() < 0.5:
            payments.cancel(offer.order, by=owner)
            return f"declines {offer}"
        waitlist.leave(session, owner.establishment, by=owner)
        return f"leaves {session.code}"

    def _pays(self) -> str:
        waiting = [page for page in self.pages.values() if page]
        if not waiting:
            return "nothing"
        page = self.luck.choice(waiting)
        with_ = self.luck.choice(CARDS if "/c/pay/" in page else ACCOUNTS)
        return f"{with_} {self._pay(page, with_)}"

    def _pay(self, page: str, with_: str) -> str:
        pay = self.sandbox.pay_stripe if "/c/pay/" in page else self.sandbox.approve_paypal
        return pay(page, with_)

    def _comes_back(self) -> str:
        payment = self._one_of(Payment.objects.order_by("pk"))
        return str(payments.settle(payment).status) if payment else "nothing"

    # --- what the services say ---------------------------------------------------------------------------------------
    def _is_told(self) -> str:
        """Some of what the services announced arrives: late, twice, in any order, or never."""
        means = self.luck.choice(MEANS)
        told = list(gateways.connect(means).events_since(timezone.now() - A_MONTH))
        chosen = self.luck.choices(told, k=min(3, len(told))) if told else []
        for event in chosen:
            events.receive(means, event, event.body)
        return f"{means} {[event.kind for event in chosen]}"

    def _refund_made_at_the_service(self) -> str:
        payment = self._one_of(Payment.objects.filter(status=Payment.Status.SUCCEEDED).order_by("pk"))
        if payment is None:
            return "nothing"
        cents = self.luck.choice([None, 1, 100, 2500])
        return f"{payment} {cents} {self._by_hand('refund', payment=payment.charge_reference, amount=cents)}"

    def _refund_fails_later(self) -> str:
        refund = self._one_of(Refund.objects.exclude(provider_reference="").order_by("pk"))
        return self._by_hand("fail-refund", refund=refund.provider_reference) if refund else "nothing"

    def _disputes(self) -> str:
        payment = self._one_of(Payment.objects.filter(status=Payment.Status.SUCCEEDED).order_by("pk"))
        return self._by_hand("dispute", payment=payment.charge_reference) if payment else "nothing"

    def _dispute_ends(self) -> str:
        dispute = self._one_of(Dispute.objects.filter(status=Dispute.Status.OPEN).order_by("pk"))
        verdict = self.luck.choice(["win", "lose"])
        return self._by_hand(verdict, dispute=dispute.provider_reference) if dispute else "nothing"

    def _by_hand(self, deed: str, **about: str | int | None) -> str:
        """What someone does at the service's own site; it may refuse."""
        answer = self.sandbox.browser.post(f"/_sandbox/{deed}", json={k: v for k, v in about.items() if v is not None})
        return f"{about} {answer.status_code}"

    def _service_in_trouble(self) -> str:
        trouble = self.luck.choice(["api_error", "answer_lost", "too_many_requests"])
        self.sandbox.config(**{trouble: self.luck.randint(1, 4)})
        return trouble

    # --- what the shop does ------------------------------------------------------------------------------------------
    def _works(self) -> str:
        self._forget_papers()
        return f"{sum(worker.work_once() for _ in range(self.luck.randint(1, 6)))} jobs"

    def _time_passes(self) -> str:
        step = self.luck.choice([timedelta(minutes=3), timedelta(minutes=40), timedelta(hours=3)])
        self.shift += step
        self.sandbox.advance(step.total_seconds())
        return str(step)

    def _gives_back_seats(self) -> str:
        order = self._a_paid_order()
        free = list(Seat.objects.filter(line__order=order, cancelled_at=None).order_by("pk")) if order else []
        if not free:
            return "nothing"
        chosen = self.luck.sample(free, self.luck.randint(1, len(free)))
        percent = self.luck.choice([100, 50, 33, 0])
        agreed = questions.propose_seats(order, chosen, percent=percent).total_cents
        returns.give_back_seats(order, chosen, percent=percent, agreed_total_cents=agreed, by=order.placed_by)
        return f"{order} {len(chosen)} seats, {percent} %: {agreed}"

    def _owner_gives_back_seats(self) -> str:
        seat = self._one_of(Seat.objects.filter(cancelled_at=None).order_by("pk"))
        if seat is None:
            return "nothing"
        order = seat.line.order
        agreed = questions.propose_seats(order, [seat]).total_cents
        returns.give_back_by_owner(order, [seat], agreed_total_cents=agreed, by=order.placed_by)
        return f"{order} 1 seat: {agreed}"

    def _gives_back_an_amount(self) -> str:
        order, cents = self._a_paid_order(), self.luck.choice([1, 99, 2500])
        if order is None:
            return "nothing"
        left = questions.remaining(order).total_cents
        returns.give_back_amount(order, cents, agreed_left_cents=left, by=order.placed_by)
        return f"{order} {cents}"

    def _gives_back_everything(self) -> str:
        order = self._a_paid_order()
        if order is None:
            return "nothing"
        agreed = questions.propose_all(order).total_cents
        returns.give_back_everything(order, agreed_total_cents=agreed, by=order.placed_by)
        return f"{order} {agreed}"

    def _pays_a_debt(self) -> str:
        """A person deals with a refund that came back: tries again, or gives the money by hand."""
        debt = self._one_of(debts.open_debts())
        if debt is None:
            return "nothing"
        if self.luck.random() < 0.5 or debt.payment.refunds.filter(failure_code__in=GIVEN_BACK_ALREADY):
            return str(refunds.try_again(debt, by=self._owner))  # who looked at the service gives no cheque
        return str(refunds.record_by_hand(debt, by=self._owner, note="cheque 12"))

    # --- what must be true -------------------------------------------------------------------------------------------
    def _hard_disagreements(self, but: tuple[str, ...] = FOR_A_PERSON) -> list[str]:
        with self._moment():
            return [said for said in books.disagreements() if not said.startswith(but)]

    def _comes_to_rest(self) -> list[str]:
        """The weather clears, the workers catch up, the services are asked: then the books and theirs must agree."""
        self.sandbox.config(api_error=False, answer_lost=False, too_many_requests=False)
        for _ in range(6):  # long enough for an offer to pass from one establishment to the other
            self.shift += timedelta(hours=13)
            self.sandbox.advance(timedelta(hours=13).total_seconds())
            for payment in Payment.objects.filter(status=Payment.Status.PROCESSING).exclude(charge_reference=""):
                self.sandbox.settle_capture(payment.charge_reference, self.luck.choice(["COMPLETED", "DECLINED"]))
            with self._moment():
                worker.tidy()
                self._forget_papers()
                worker.work_until_idle()
        return self._hard_disagreements() + self._money_elsewhere() + self._orders_in_the_air()

    def _forget_papers(self) -> None:
        """Letters and PDFs move no money, and take nearly all the time."""
        Job.objects.filter(kind__in=PAPERS).delete()

    def _money_elsewhere(self) -> list[str]:
        """What each service says it holds, against what we say it does."""
        found = []
        for payment in Payment.objects.exclude(provider_reference="").prefetch_related("refunds", "disputes"):
            gateway = gateways.connect(payment.means)
            movements = gateway.movements_of(payment.provider_reference, payment.charge_reference)
            theirs = sum(movement.gross_cents for movement in movements)
            ours = _our_word(payment)
            if theirs != ours:
                found.append(f"{payment}: the service holds {theirs} cents, our books say {ours}")
        return found

    def _orders_in_the_air(self) -> list[str]:
        """Nobody waits for ever: what is not paid was let go, what is in review waits for a person."""
        waiting = Order.objects.awaiting_payment().exclude(payments__disposition=Payment.Disposition.REVIEW)
        waiting = waiting.exclude(payments__status=Payment.Status.PROCESSING)
        told_late = ProviderEvent.objects.filter(handled_at=None)
        return [f"{order} still awaits its payment" for order in waiting] + [
            f"{event}: not handled" for event in told_late
        ]


def _our_word(payment: Payment) -> int:
    """What the service should hold of a payment, in cents, according to our rows."""
    if payment.status != Payment.Status.SUCCEEDED:
        return 0
    given_back = sum(
        refund.amount_cents
        for refund in payment.refunds.all()
        if refund.status in (Refund.Status.SUBMITTED, Refund.Status.SUCCEEDED) and refund.origin != Refund.Origin.HAND
    )
    contested = sum(dispute.amount_cents for dispute in payment.disputes.all() if dispute.status != Dispute.Status.WON)
    return payment.amount_cents - given_back - contested
