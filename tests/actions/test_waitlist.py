"""The waiting list: who waits, in what order places are offered, and what becomes of an offer."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import carts, catalogue, orders, payments, returns, terms, waitlist
from pupitre.models import (
    CourseSession,
    Job,
    Letter,
    MemberPrice,
    Membership,
    Order,
    Role,
    Seat,
    User,
    WaitlistEntry,
    WaitlistOffer,
)
from pupitre.queries import books
from pupitre.queries.refunds import propose_seats
from pupitre.queries.waitlist import waiting_of
from pupitre.worker import work_until_idle
from tests.world import (
    a_cart,
    a_course,
    a_paid_order,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    members,
    says,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

FULL = 6


@pytest.fixture
def session():
    return a_session(capacity=FULL)


@pytest.fixture
def buyer(session):
    """Who bought all the seats."""
    buyer = an_owner("Résidence du Lac")
    a_paid_order(buyer, (session, FULL))
    return buyer


@pytest.fixture
def owner(buyer):
    return an_owner()


def waits(owner, session, quantity=1, *, together=False):
    return waitlist.ask(session, owner.establishment, quantity, together=together, by=owner)


def gives_back(buyer, count):
    """So many seats of the buyer come back; nothing is offered yet."""
    chosen = list(Seat.objects.bought_by(buyer.establishment).available()[:count])
    order = chosen[0].line.order
    agreed = propose_seats(order, chosen, percent=0).total_cents
    returns.give_back_seats(order, chosen, percent=0, agreed_total_cents=agreed, by=buyer)


def offers_are_made(session):
    """What the worker does with the jobs that are due."""
    for job in Job.objects.unfinished().filter(kind="waitlist.offer"):
        waitlist.make_offers(job.facts["session"])
        Job.objects.filter(pk=job.pk).update(done_at=clock.now())
    session.refresh_from_db()


def offered():
    """What is offered now: to whom, how many places."""
    open_offers = WaitlistOffer.objects.filter(closed_at=None).order_by("pk")
    return [(offer.entry.establishment, offer.order.seat_count) for offer in open_offers]


def pays(order):
    payment = an_attempt(order)
    payments.apply(payment, says(payment))
    order.refresh_from_db()


class TestAsking:
    def test_an_establishment_waits_for_seats_of_a_full_session(self, owner, session):
        entry = waits(owner, session, 2)

        assert (entry.quantity, entry.remaining, entry.together) == (2, 2, False)
        assert [(letter.kind, letter.to_email) for letter in Letter.objects.filter(user=owner)] == [
            ("waitlist_joined", owner.email)
        ]

    def test_the_same_wish_twice_is_one_entry(self, owner, session):
        assert waits(owner, session, 2) == waits(owner, session, 2)
        assert Letter.objects.filter(kind="waitlist_joined").count() == 1

    def test_another_number_is_changed_on_the_list(self, owner, session):
        waits(owner, session, 2)

        with pytest.raises(waitlist.AlreadyWaiting):
            waits(owner, session, 3)

    @pytest.mark.parametrize(("offered", "asked"), [(1, 2), (2, 2)])
    def test_what_is_offered_is_answered_before_anything_is_asked_for(self, buyer, owner, session, offered, asked):
        waits(owner, session, offered)
        gives_back(buyer, offered)
        offers_are_made(session)

        with pytest.raises(waitlist.OfferToAnswer):
            waits(owner, session, asked)

    def test_the_number_first_asked_for_is_not_the_one_still_waited_for(self, buyer, owner, session):
        entry = waits(owner, session, 4)
        gives_back(buyer, 3)
        offers_are_made(session)
        pays(WaitlistOffer.objects.get().order)

        with pytest.raises(waitlist.AlreadyWaiting):
            waits(owner, session, 4)
        assert waits(owner, session, 1) == entry

    def test_nobody_waits_for_more_than_can_be_paid_at_once(self, owner, session):
        """Six seats at 200,000.00: one offer of them would be more than a payment service takes."""
        CourseSession.objects.filter(pk=session.pk).update(price_cents=200_000_00)

        with pytest.raises(orders.OrderTooLarge):
            waits(owner, session, 6, together=True)
        waits(owner, session, 2)
        with pytest.raises(orders.OrderTooLarge):
            waitlist.change(session, owner.establishment, 6, by=owner)

    def test_what_can_be_bought_is_not_waited_for(self, owner):
        roomy = a_session(capacity=4)

        with pytest.raises(waitlist.EnoughSeatsLeft):
            waits(owner, roomy, 4)

    def test_nobody_waits_for_more_than_the_session_holds(self, owner, session):
        with pytest.raises(waitlist.LargerThanSession) as refusal:
            waits(owner, session, FULL + 1)

        assert refusal.value.facts == {"n": FULL}

    def test_nobody_waits_for_a_session_that_is_closed(self, owner, session):
        CourseSession.objects.update(sales_close_at=clock.now())

        with pytest.raises(carts.SessionClosed):
            waits(owner, session)

    def test_one_seat_is_never_a_group(self, owner, session):
        assert waits(owner, session, 1, together=True).together is False

    def test_the_session_leaves_the_cart(self, owner):
        roomy = a_session(capacity=4)
        cart = a_cart(owner, (roomy, 2))
        a_paid_order(an_owner(), (roomy, 4))

        waitlist.ask(roomy, owner.establishment, 2, together=True, by=owner, cart=cart)

        assert not cart.lines.exists()

    def test_taking_what_is_left_and_waiting_for_the_others(self, owner):
        roomy = a_session(capacity=10)
        a_paid_order(an_owner(), (roomy, 6))
        roomy.refresh_from_db()
        cart = a_cart(owner)

        entry = waitlist.take_and_wait(cart, roomy, owner.establishment, 6, taking=4, by=owner)

        assert [(line.session, line.quantity) for line in cart.lines.all()] == [(roomy, 4)]
        assert (entry.quantity, entry.together) == (2, False)
        assert offered() == []

    def test_what_is_left_may_change_before_the_button_is_pressed(self, owner):
        roomy = a_session(capacity=10)
        a_paid_order(an_owner(), (roomy, 6))
        roomy.refresh_from_db()

        with pytest.raises(waitlist.SeatsLeftChanged):
            waitlist.take_and_wait(a_cart(owner), roomy, owner.establishment, 6, taking=5, by=owner)

        assert not WaitlistEntry.objects.exists()


class TestChangingOnesMind:
    def test_a_lower_number_keeps_its_turn(self, owner, session):
        first = waits(owner, session, 4)
        waits(an_owner(), session, 1)

        changed = waitlist.change(session, owner.establishment, 2, by=owner)

        assert (changed.remaining, changed.quantity) == (2, 2)
        assert WaitlistEntry.objects.waiting().first() == first

    def test_a_higher_number_goes_to_the_end(self, owner, session):
        entry = waits(owner, session, 2)
        other = waits(an_owner(), session, 1)

        waitlist.change(session, owner.establishment, 3, by=owner)

        assert list(WaitlistEntry.objects.waiting()) == [other, entry]

    def test_who_left_waits_no_more_and_may_ask_again(self, owner, session):
        former = waits(owner, session, 2)

        waitlist.leave(session, owner.establishment, by=owner)
        waitlist.leave(session, owner.establishment, by=owner)

        former.refresh_from_db()
        assert not former.in_force
        with pytest.raises(waitlist.NoLongerWaiting):
            waitlist.change(session, owner.establishment, 1, by=owner)
        assert waits(owner, session, 3) != former

    def test_the_position_counts_those_who_are_offered_places_before(self, owner, session):
        waits(an_owner(), session)
        waits(an_owner(), session)
        waits(owner, session, 2)

        assert [entry.position for entry in waiting_of(owner.establishment).entries] == [3]


class TestWhatComesBack:
    def test_it_goes_on_sale_when_nobody_waits(self, buyer, session):
        gives_back(buyer, 2)

        session.refresh_from_db()
        assert (session.taken, session.promised) == (FULL - 2, 0)
        assert not Job.objects.filter(kind="waitlist.offer").exists()

    def test_it_is_kept_for_those_who_wait_and_the_public_cannot_have_it(self, buyer, owner, session):
        waits(owner, session)

        gives_back(buyer, 1)

        session.refresh_from_db()
        assert (session.taken, session.promised) == (FULL, 1)
        with pytest.raises(carts.SessionFull):
            a_cart(an_owner(), (session, 1))
        assert books.disagreements() == []

    def test_it_is_offered_to_the_first_who_asked(self, buyer, owner, session):
        waits(owner, session)
        waits(an_owner(), session)

        gives_back(buyer, 1)
        offers_are_made(session)

        assert offered() == [(owner.establishment, 1)]
        assert (session.taken, session.promised) == (FULL, 0)
        assert books.disagreements() == []

    def test_several_are_offered_in_the_order_of_asking(self, buyer, owner, session):
        second = an_owner()
        waits(owner, session, 2)
        waits(second, session, 2)

        gives_back(buyer, 3)
        offers_are_made(session)

        assert offered() == [(owner.establishment, 2), (second.establishment, 1)]
        assert [entry.remaining for entry in WaitlistEntry.objects.all()] == [0, 1]

    def test_as_they_come_means_one_offer_after_the_other(self, buyer, owner, session):
        waits(owner, session, 2)

        gives_back(buyer, 1)
        offers_are_made(session)
        gives_back(buyer, 1)
        offers_are_made(session)

        assert offered() == [(owner.establishment, 1), (owner.establishment, 1)]
        assert books.disagreements() == []

    def test_a_group_is_passed_over_until_it_fits(self, buyer, owner, session):
        alone = an_owner()
        waits(owner, session, 3, together=True)
        waits(alone, session, 1)

        gives_back(buyer, 1)
        offers_are_made(session)

        assert offered() == [(alone.establishment, 1)]

    def test_what_fits_nobody_goes_on_sale(self, buyer, owner, session):
        waits(owner, session, 3, together=True)

        gives_back(buyer, 2)
        offers_are_made(session)

        assert offered() == []
        assert (session.taken, session.promised) == (FULL - 2, 0)
        assert books.disagreements() == []

    def test_a_group_is_completed_from_what_is_on_sale(self, buyer, owner, session):
        waits(owner, session, 3, together=True)
        gives_back(buyer, 2)
        offers_are_made(session)

        gives_back(buyer, 1)
        offers_are_made(session)

        assert offered() == [(owner.establishment, 3)]
        assert (session.taken, session.promised) == (FULL, 0)
        assert books.disagreements() == []

    def test_an_unpaid_order_that_ends_serves_the_queue_too(self, owner):
        small = a_session(capacity=2)
        late = an_order(an_owner(), (small, 2))
        small.refresh_from_db()
        waits(owner, small)

        with clock.stopped_at(late.hold_until + timedelta(seconds=1)):
            payments.expire(late)
            offers_are_made(small)

        assert offered() == [(owner.establishment, 1)]
        assert (small.taken, small.promised) == (1, 0)

    def test_a_larger_capacity_is_offered_first(self, buyer, owner, session):
        waits(owner, session)
        session.capacity = FULL + 2

        catalogue.change(session, ["capacity"], by=buyer)
        kept = CourseSession.objects.get(pk=session.pk)
        offers_are_made(session)

        assert (kept.taken, kept.promised) == (FULL + 2, 2)
        assert offered() == [(owner.establishment, 1)]
        assert (session.taken, session.promised) == (FULL + 1, 0)
        assert books.disagreements() == []

    def test_nothing_is_offered_once_sales_are_closed(self, buyer, owner, session):
        waits(owner, session)
        CourseSession.objects.update(sales_close_at=clock.now())

        gives_back(buyer, 1)
        offers_are_made(session)

        assert offered() == []
        assert (session.taken, session.promised) == (FULL - 1, 0)

    def test_who_left_is_offered_nothing(self, buyer, owner, session):
        waits(owner, session)
        gives_back(buyer, 1)
        waitlist.leave(session, owner.establishment, by=owner)

        offers_are_made(session)

        assert offered() == []
        assert session.taken == FULL - 1

    def test_an_establishment_without_anyone_to_buy_is_passed_over(self, buyer, owner, session):
        waits(owner, session)
        second = an_owner()
        waits(second, session)
        User.objects.filter(pk=owner.pk).update(is_active=False)

        gives_back(buyer, 1)
        offers_are_made(session)

        assert offered() == [(second.establishment, 1)]
        assert not WaitlistEntry.objects.in_force().filter(establishment=owner.establishment).exists()

    def test_the_worker_does_it_by_itself(self, buyer, owner, session, settings):
        waits(owner, session)
        Job.objects.filter(kind="letter.post").delete()

        gives_back(buyer, 1)
        Job.objects.filter(kind__in=["letter.post", "document.draw", "refund.send"]).delete()
        work_until_idle()

        assert offered() == [(owner.establishment, 1)]


class TestAnOffer:
    @pytest.fixture
    def order(self, buyer, owner, session):
        waits(owner, session)
        gives_back(buyer, 1)
        offers_are_made(session)
        return Order.objects.get(offer__isnull=False)

    def test_it_is_an_order_awaiting_payment_without_a_cart(self, order, owner):
        assert (order.status, order.cart, order.placed_by) == (Order.Status.AWAITING_PAYMENT, None, owner)
        assert order.establishment == owner.establishment

    def test_it_is_held_for_a_day(self, order):
        offer = order.offer

        assert offer.expires_at - offer.offered_at == timedelta(hours=24)
        assert order.told_hold_until == offer.expires_at

    def test_near_the_session_it_is_held_for_half_of_what_is_left(self, session):
        now = clock.now()
        hours = {48: 24, 30: 15, 3: 1.5, 1.5: 1, 0.75: 0.75}

        for left, held in hours.items():
            session.starts_at = now + timedelta(hours=left)
            assert waitlist.offer_end(session, now) - now == timedelta(hours=held)

    def test_how_long_is_a_setting(self, session, settings):
        settings.OFFER_HOURS = 6
        now = clock.now()

        assert waitlist.offer_end(session, now) - now == timedelta(hours=6)

    def test_it_never_lasts_after_sales_close(self, session):
        now = clock.now()
        session.sales_close_at = now + timedelta(minutes=40)

        assert waitlist.offer_end(session, now) == session.sales_close_at

    def test_everyone_who_may_buy_is_told(self, buyer, owner, session):
        delegate, assigner = an_owner(), an_owner()
        Membership.objects.filter(user__in=[delegate, assigner]).delete()
        Membership.objects.create(user=delegate, establishment=owner.establishment, role=Role.DELEGATE)
        Membership.objects.create(user=assigner, establishment=owner.establishment, role=Role.ASSIGNER)
        waits(owner, session)

        gives_back(buyer, 1)
        offers_are_made(session)

        told = Letter.objects.filter(kind="seats_offered").values_list("to_email", flat=True)
        assert sorted(told) == sorted([owner.email, delegate.email])

    def test_paying_it_gives_the_seats_and_ends_the_wait(self, order, owner):
        pays(order)

        assert Seat.objects.bought_by(owner.establishment).count() == 1
        assert WaitlistEntry.objects.get().fulfilled_at is not None
        assert order.offer.closed_at is not None
        assert books.disagreements() == []

    def test_who_bought_a_part_still_waits_for_the_rest(self, buyer, owner, session):
        waits(owner, session, 2)
        gives_back(buyer, 1)
        offers_are_made(session)

        pays(Order.objects.get(offer__isnull=False))

        assert [entry.remaining for entry in WaitlistEntry.objects.waiting()] == [1]
        assert books.disagreements() == []

    def test_the_price_is_that_of_the_day(self, buyer, owner):
        course = a_course(volume_tiers=[[2, 10]])
        session = a_session(course, capacity=3)
        a_paid_order(buyer, (session, 3))
        session.refresh_from_db()
        MemberPrice.objects.create(course=course, group=members(owner), price_cents=10000)
        waits(owner, session, 2, together=True)
        course.price_cents = 20000
        course.save()

        chosen = list(Seat.objects.filter(session=session)[:2])
        returns.give_back_seats(chosen[0].line.order, chosen, percent=0, agreed_total_cents=0, by=buyer)
        offers_are_made(session)

        line = Order.objects.get(offer__isnull=False).lines.get()
        assert (line.list_price_cents, line.unit_price_cents) == (20000, 10000)
        assert (line.volume_discount_cents, line.net_cents) == (1000, 19000)

    def test_an_attempt_to_pay_does_not_cut_it_short(self, order):
        until = order.hold_until

        with clock.stopped_at(order.placed_at + timedelta(hours=20)):
            orders.extend_hold(order)

        assert order.hold_until == until

    def test_it_can_be_paid_until_its_end_and_not_after(self, order):
        end = order.offer.expires_at
        with clock.stopped_at(end - timedelta(seconds=1)):
            orders.extend_hold(order)

        with clock.stopped_at(end), pytest.raises(orders.HoldLimitReached):
            orders.extend_hold(order)

    def test_it_stays_until_its_end_and_then_goes_to_the_next(self, order, owner, session):
        second = an_owner()
        waits(second, session)
        with clock.stopped_at(order.hold_until - timedelta(seconds=1)):
            assert payments.expire(order) == order.hold_until

        with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
            payments.expire(order)
            offers_are_made(session)

        assert offered() == [(second.establishment, 1)]
        assert session.taken == FULL
        assert books.disagreements() == []

    def test_who_let_it_pass_leaves_the_queue_is_told_and_may_ask_again(self, order, owner, session):
        with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
            payments.expire(order)
            offers_are_made(session)

        entry = WaitlistEntry.objects.get()
        assert entry.lapsed_at is not None
        assert Letter.objects.filter(kind="offer_lapsed").count() == 1
        assert (session.taken, session.promised) == (FULL - 1, 0)
        assert [ended.pk for ended in waiting_of(owner.establishment).ended] == [entry.pk]

    def test_one_that_is_declined_goes_to_the_next_at_once(self, order, owner, session):
        second = an_owner()
        waits(second, session)

        payments.cancel(order, by=owner)
        offers_are_made(session)

        assert offered() == [(second.establishment, 1)]
        assert not Letter.objects.filter(kind="offer_lapsed").exists()
        assert not WaitlistEntry.objects.in_force().filter(establishment=owner.establishment).exists()

    def test_money_that_comes_after_its_end_buys_what_is_left(self, order, owner, session):
        payment = an_attempt(order, status="closed")
        with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
            payments.expire(order)
            offers_are_made(session)

            payments.apply(payment, says(payment))

        order.refresh_from_db()
        assert order.is_paid
        assert session.promised == 0
        assert books.disagreements() == []

    def test_its_end_is_told_two_hours_before(self, order):
        job = Job.objects.get(kind="waitlist.remind")
        assert job.due_at == order.offer.expires_at - timedelta(hours=2)

        for _ in range(2):
            waitlist.remind(order.offer)

        assert Letter.objects.filter(kind="offer_ending").count() == 1

    def test_a_short_one_is_told_once(self, buyer, owner, session):
        CourseSession.objects.update(sales_close_at=clock.now() + timedelta(hours=6))
        waits(owner, session)

        gives_back(buyer, 1)
        offers_are_made(session)

        assert offered() == [(owner.establishment, 1)]
        assert not Job.objects.filter(kind="waitlist.remind").exists()

    def test_nothing_is_reminded_of_one_that_was_paid(self, order):
        pays(order)

        waitlist.remind(WaitlistOffer.objects.get())

        assert not Letter.objects.filter(kind="offer_ending").exists()

    def test_an_offer_that_costs_nothing_is_confirmed(self, buyer, owner):
        free = a_session(a_course(price_cents=0), capacity=1)
        a_order = an_order(buyer, (free, 1))
        orders.deliver_free(a_order)
        waits(owner, free)
        gives_back_all = list(Seat.objects.filter(session=free))
        returns.give_back_seats(a_order, gives_back_all, agreed_total_cents=0, by=buyer)
        offers_are_made(free)

        orders.deliver_free(Order.objects.get(offer__isnull=False))

        assert Seat.objects.bought_by(owner.establishment).count() == 1
        assert WaitlistEntry.objects.get().fulfilled_at is not None
        assert books.disagreements() == []


class TestTermsOfAnOffer:
    @pytest.fixture
    def order(self, buyer, owner, session):
        terms.publish(terms.write("Les places sont payées d’avance.", by=None), by=None)
        waits(owner, session)
        gives_back(buyer, 1)
        offers_are_made(session)
        return Order.objects.get(offer__isnull=False)

    def test_it_is_not_paid_before_they_are_agreed_to(self, order, owner):
        with pytest.raises(terms.TermsNotAccepted):
            payments.start(order, "stripe", by=owner)

        assert not order.payments.exists()

    def test_whoever_buys_it_agrees_to_them(self, order, owner, provider):
        provider.refresh_from_db()
        agreement = terms.agreement(provider.terms, terms.note_of(provider.terms, owner), by=owner)

        orders.agree(order, agreement, by=owner, language="fr-ca", purchase_order_number="BC-12")

        order.refresh_from_db()
        assert (order.terms, order.purchase_order_number) == (provider.terms, "BC-12")
        terms.check_agreed(order)

    def test_they_must_be_those_of_today(self, order, owner):
        with pytest.raises(terms.TermsNotAccepted):
            orders.agree(order, None, by=owner, language="fr-ca")


class TestTheBooks:
    @pytest.fixture
    def order(self, buyer, owner, session):
        waits(owner, session)
        gives_back(buyer, 1)
        offers_are_made(session)
        return Order.objects.get(offer__isnull=False)

    def test_places_kept_for_nobody(self, buyer, session):
        CourseSession.objects.update(promised=1)

        assert books.disagreements() == [
            f"session {session.code}: {FULL - 1} seats taken, orders hold {FULL}",
            f"session {session.code}: 1 places kept, and no offer is on its way",
        ]

    def test_an_open_offer_whose_order_holds_nothing(self, order):
        WaitlistOffer.objects.update(closed_at=clock.now())
        payments.cancel(order, by=order.placed_by)
        WaitlistOffer.objects.update(closed_at=None)
        Job.objects.filter(kind="waitlist.offer").update(done_at=None)

        assert f"offer of order {order}: open, and its order holds no seats for it" in books.disagreements()

    def test_an_entry_offered_more_than_it_says(self, order):
        WaitlistEntry.objects.update(remaining=1)

        entry = WaitlistEntry.objects.get()
        assert books.disagreements() == [f"waiting list entry {entry.pk}: 1 places offered, it says 0"]

    def test_an_entry_served_while_an_offer_is_open(self, order):
        WaitlistEntry.objects.update(fulfilled_at=clock.now())

        entry = WaitlistEntry.objects.get()
        assert books.disagreements() == [f"waiting list entry {entry.pk}: served, and an offer is still open"]

    def test_an_offer_to_another_establishment(self, order):
        WaitlistEntry.objects.update(establishment=an_owner().establishment)

        assert books.disagreements() == [f"offer of order {order}: not what its establishment waits for"]
