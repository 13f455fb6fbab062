"""Someone else pays: a link that shows one bill, works for a while, can be taken back, and tells the owner."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import gettext

from pupitre import clock, codes
from pupitre.actions import carts, orders, payment_links, payments, pricing, promotions
from pupitre.actions.throttles import TooManyAttempts
from pupitre.mail import delivery
from pupitre.models import CourseSession, Deed, Job, Letter, Order, Payment, PaymentLink, PromoCode, ProviderEvent
from pupitre.queries import books
from tests.world import a_cart, a_course, a_paid_order, a_provider, a_session, an_attempt, an_order, an_owner, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session(capacity=10)


@pytest.fixture
def order(owner, session):
    return an_order(owner, (session, 3))


def expired(order):
    with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
        payments.expire(order)
    order.refresh_from_db()
    return order


class TestCreating:
    def test_a_link_opens_its_order_for_two_weeks(self, order, owner):
        link = payment_links.give(order, by=owner)

        assert payment_links.follow(link.word, address="::1") == link
        assert link.expires_at == link.created_at + timedelta(days=14)
        assert list(Deed.objects.filter(order=order).values_list("verb", "by")) == [
            ("order.placed", owner.pk),
            ("payment_link.created", owner.pk),
        ]

    def test_the_database_never_holds_its_word(self, order, owner):
        link = payment_links.give(order, by=owner)

        assert len(link.word) == codes.SECRET_WORD_LENGTH
        assert link.word not in str(PaymentLink.objects.values().get())

    def test_a_new_link_replaces_the_one_before(self, order, owner):
        first = payment_links.give(order, by=owner)
        second = payment_links.give(order, by=owner)

        with pytest.raises(payments.LinkWithdrawn):
            payment_links.follow(first.word, address="::1")
        assert payment_links.follow(second.word, address="::1") == second
        assert payment_links.in_force(order) == second

    @pytest.mark.parametrize(("asked", "given"), [(0, 1), (3, 3), (400, 60)])
    def test_a_link_never_lasts_longer_than_two_months(self, order, owner, asked, given):
        link = payment_links.give(order, by=owner, days=asked)

        assert link.expires_at - link.created_at == timedelta(days=given)

    def test_an_order_that_waits_no_longer_has_no_link(self, owner, session):
        with pytest.raises(payments.AlreadyPaid):
            payment_links.give(a_paid_order(owner, (session, 1)), by=owner)

        taken_back = an_order(an_owner(), (session, 1))
        payments.cancel(taken_back, by=owner)
        with pytest.raises(payment_links.NothingToPay):
            payment_links.give(taken_back, by=owner)

        late = expired(an_order(an_owner(), (session, 1)))
        CourseSession.objects.update(sales_close_at=clock.now())
        with pytest.raises(payment_links.NothingToPay):
            payment_links.give(late, by=owner)

    def test_an_expired_order_can_still_be_given_to_someone_who_pays(self, order, owner):
        assert payment_links.give(expired(order), by=owner).is_open


class TestFollowing:
    def test_an_old_link_says_that_it_is_old(self, order, owner):
        link = payment_links.give(order, by=owner)

        with clock.stopped_at(link.expires_at), pytest.raises(payment_links.LinkExpired):
            payment_links.follow(link.word, address="::1")

    def test_a_link_taken_back_says_so(self, order, owner):
        link = payment_links.give(order, by=owner)
        payment_links.revoke(link, by=owner)
        payment_links.revoke(link, by=owner)

        with pytest.raises(payments.LinkWithdrawn):
            payment_links.follow(link.word, address="::1")
        assert list(Deed.objects.filter(verb="payment_link.revoked").values_list("order", "by")) == [
            (order.pk, owner.pk)
        ]

    def test_a_wrong_word_opens_nothing_and_guessing_is_stopped(self, order, owner):
        link = payment_links.give(order, by=owner)

        for _guess in range(payment_links.WRONG_LINKS):
            with pytest.raises(payment_links.LinkUnknown):
                payment_links.follow("a" * codes.SECRET_WORD_LENGTH, address="203.0.113.9")
        with pytest.raises(TooManyAttempts):
            payment_links.follow(link.word, address="203.0.113.9")
        assert payment_links.follow(link.word, address="198.51.100.4") == link


class TestPaying:
    @pytest.mark.parametrize("means", ["stripe", "paypal"])
    def test_paying_through_a_link_pays_the_order_and_tells_the_owner(self, order, owner, sandbox, means):
        link = payment_links.give(order, by=owner)
        page = payment_links.pay(link, means, email="comptes@exemple.ca")

        _agrees(sandbox, means, page)
        payments.settle(Payment.objects.get())

        order.refresh_from_db()
        assert order.is_paid
        assert Payment.objects.get().link == link
        assert list(Letter.objects.values_list("kind", "to_email")) == [
            ("order_paid", owner.email),
            ("payment_received", "comptes@exemple.ca"),
        ]
        assert books.disagreements() == []

    def test_the_service_never_hears_the_word_nor_the_address_of_the_owner(self, order, owner, sandbox):
        link = payment_links.give(order, by=owner)

        payment_links.pay(link, "stripe")

        asked = str(Payment.objects.get().request_body)
        assert f"/payer/retour/{Payment.objects.get().uuid}/" in asked
        assert link.word not in asked
        assert owner.email not in asked

    def test_the_owner_and_the_payer_do_not_share_an_attempt(self, order, owner, sandbox):
        link = payment_links.give(order, by=owner)
        own = payments.start(order, "stripe", by=owner)

        other = payment_links.pay(link, "stripe")

        assert own != other
        assert payment_links.pay(link, "stripe") == other
        assert list(Payment.objects.order_by("pk").values_list("status", "link")) == [
            ("closed", None),
            ("open", link.pk),
        ]

    def test_taking_the_link_back_stops_a_payment_that_began_with_it(self, order, owner, sandbox):
        link = payment_links.give(order, by=owner)
        page = payment_links.pay(link, "stripe")

        payment_links.revoke(link, by=owner)

        assert Payment.objects.get().status == Payment.Status.CLOSED
        assert "cs_" not in sandbox.pay_stripe(page)
        with pytest.raises(payments.LinkWithdrawn):
            payments.start(order, "stripe", by=None, link=link)

    def test_a_service_that_does_not_answer_does_not_keep_a_link_in_force(self, order, owner, sandbox):
        link = payment_links.give(order, by=owner)
        payment_links.pay(link, "paypal")
        sandbox.config(api_error=True)

        payment_links.revoke(link, by=owner)

        assert payment_links.in_force(order) is None

    def test_an_order_taken_back_by_its_owner_is_not_paid_through_the_link(self, order, owner, sandbox):
        link = payment_links.give(order, by=owner)
        payments.cancel(order, by=owner)

        with pytest.raises(payments.LinkWithdrawn):
            payment_links.pay(link, "stripe")

    def test_an_order_that_waited_too_long_takes_its_seats_again(self, order, owner, session, sandbox):
        link = payment_links.give(order, by=owner)
        expired(order)

        _agrees(sandbox, "stripe", payment_links.pay(link, "stripe"))
        payments.settle(Payment.objects.get())

        order.refresh_from_db()
        session.refresh_from_db()
        assert (order.is_paid, session.taken) == (True, 3)

    def test_the_address_that_the_owner_typed_is_kept(self, order, owner, sandbox):
        link = payment_links.give(order, by=owner, email="comptes@exemple.ca")

        payment_links.pay(link, "stripe", email="autre@exemple.ca")

        link.refresh_from_db()
        assert link.email == "comptes@exemple.ca"


class TestLetters:
    def test_the_person_who_pays_gets_the_link_and_the_bill(self, order, owner):
        link = payment_links.give(order, by=owner, email=" Comptes@Exemple.ca ")

        letter = Letter.objects.get()
        message = delivery.compose(letter)
        assert (letter.kind, letter.to_email) == ("payment_requested", "comptes@exemple.ca")
        assert f"/payer/{link.word}/" in message.body
        assert "431,16" in message.body
        assert owner.last_name not in message.body

    def test_nobody_makes_us_write_without_end(self, order, owner):
        for number in range(payment_links.LETTERS):
            last = payment_links.give(order, by=owner, email=f"comptes{number}@exemple.ca")

        with pytest.raises(TooManyAttempts):
            payment_links.give(order, by=owner, email="encore@exemple.ca")

        assert payment_links.in_force(order) == last
        assert payment_links.give(order, by=owner).email == ""

    @pytest.mark.parametrize("deed", ["revoked", "replaced", "paid", "cancelled"])
    def test_a_letter_that_waited_is_not_sent_when_there_is_nothing_to_pay_any_more(self, order, owner, deed):
        link = payment_links.give(order, by=owner, email="comptes@exemple.ca")
        letter = Letter.objects.select_related("payment_link", "order").get()
        assert delivery.is_still_true(letter)

        if deed == "revoked":
            payment_links.revoke(link, by=owner)
        elif deed == "replaced":
            payment_links.give(order, by=owner)
        elif deed == "paid":
            payment = an_attempt(order)
            payments.apply(payment, says(payment))
        else:
            payments.cancel(order, by=owner)

        letter = Letter.objects.select_related("payment_link", "order").get(pk=letter.pk)
        assert not delivery.is_still_true(letter)

    def test_the_owner_reads_that_it_was_paid_through_the_link(self, order, owner):
        link = payment_links.give(order, by=owner, email="comptes@exemple.ca")
        payment = an_attempt(order, link=link)
        payments.apply(payment, says(payment))

        told, thanked = (delivery.compose(Letter.objects.get(kind=kind)) for kind in ("order_paid", "payment_received"))
        assert gettext("It was paid through your payment link.") in told.body
        assert gettext("You still have to assign your seats.") in told.body
        assert gettext("You still have to assign your seats.") not in thanked.body
        assert _enclosed(thanked)[0] == f"recu-{order.number}.pdf"

    def test_a_letter_never_keeps_the_word(self, order, owner):
        link = payment_links.give(order, by=owner, email="comptes@exemple.ca")

        rows = [
            *Letter.objects.values(),
            *Job.objects.values(),
            *Deed.objects.values(),
            *ProviderEvent.objects.values(),
        ]
        assert link.word not in str(rows)


class TestOrdersThatWaited:
    """What is left of an order that nobody paid in time, and what it costs when the day has changed."""

    def test_each_line_says_why_its_seats_can_no_longer_be_had(self, owner):
        now = clock.now()
        sessions = {
            "": a_session(capacity=5),
            "too_many": a_session(capacity=5),
            "full": a_session(capacity=5),
            "closed": a_session(capacity=5),
            "cancelled": a_session(capacity=5),
            "started": a_session(capacity=5, starts_at=now + timedelta(hours=1)),
        }
        order = an_order(owner, *((session, 3) for session in sessions.values()))
        expired(order)
        CourseSession.objects.filter(pk=sessions["too_many"].pk).update(taken=3)
        CourseSession.objects.filter(pk=sessions["full"].pk).update(taken=5)
        CourseSession.objects.filter(pk=sessions["closed"].pk).update(sales_close_at=now)
        CourseSession.objects.filter(pk=sessions["cancelled"].pk).update(cancelled_at=now)

        with clock.stopped_at(now + timedelta(hours=2)):
            lines = Order.objects.get().lines.order_by("pk")
            assert [line.obstacle for line in lines] == list(sessions)
            assert [line.seats_to_be_had for line in lines] == [3, 2, 0, 0, 0, 0]

    def test_starting_over_puts_what_is_left_in_the_cart(self, owner):
        scarce, gone = a_session(capacity=3), a_session(capacity=1)
        order = expired(an_order(owner, (scarce, 3), (gone, 1)))
        for line in owner.cart.lines.all():
            carts.remove(owner.cart, line)
        an_order(an_owner(), (scarce, 1), (gone, 1))

        assert carts.start_over(owner.cart, order) == 2

        assert list(owner.cart.lines.values_list("session", "quantity")) == [(scarce.pk, 2)]

    def test_starting_over_takes_the_promo_code_along_while_it_is_valid(self, owner, session):
        promo = PromoCode.objects.create(code="RENTREE", percent=10, most_uses=1)
        order = _ordered_with(promo, owner, session)
        assert carts.start_over(owner.cart, expired(order)) == 2
        owner.cart.refresh_from_db()
        assert owner.cart.promo == promo

        PromoCode.objects.update(ends_at=clock.now())
        carts.start_over(owner.cart, order)
        owner.cart.refresh_from_db()
        assert owner.cart.promo is None

    def test_a_promo_code_used_up_meanwhile_is_said_to_be_gone(self, owner, session, sandbox):
        promo = PromoCode.objects.create(code="RENTREE", percent=10, most_uses=1)
        order = expired(_ordered_with(promo, owner, session))
        _ordered_with(promo, an_owner(), session)

        with pytest.raises(promotions.PromoCodeLost):
            payments.start(order, "stripe", by=owner)

        session.refresh_from_db()
        assert session.taken == 2
        assert books.disagreements() == []

    def test_money_that_comes_when_seats_are_left_but_not_the_code_is_given_back(self, owner, session):
        promo = PromoCode.objects.create(code="RENTREE", percent=10, most_uses=1)
        order = _ordered_with(promo, owner, session)
        late = an_attempt(order, status=Payment.Status.CLOSED)
        expired(order)
        _ordered_with(promo, an_owner(), session)

        payments.apply(late, says(late))

        assert Payment.objects.get(pk=late.pk).disposition == Payment.Disposition.SURPLUS
        assert books.disagreements() == []

    def test_the_taxes_are_those_of_the_day_of_payment(self, owner, sandbox):
        order = _ordered_before_the_rate_changed(owner)
        assert order.total_cents == 28750
        expired(order)

        with pytest.raises(payments.TaxesChanged):
            payments.start(order, "stripe", by=owner)

        order.refresh_from_db()
        assert [(tax.code, tax.rate, tax.amount_cents) for tax in order.taxes.all()] == [("hst", Decimal("0.14"), 3500)]
        assert order.total_cents == 28500
        assert Deed.objects.get(verb="order.taxes_changed").facts == {"from": 28750, "to": 28500}
        payments.start(order, "stripe", by=owner)
        assert Payment.objects.get().amount_cents == 28500
        assert books.disagreements() == []

    def test_the_total_does_not_move_under_someone_who_is_paying(self, owner):
        order = _ordered_before_the_rate_changed(owner)
        payment = an_attempt(order)

        assert not orders.refresh_taxes(order)

        payments.apply(payment, says(payment))
        order.refresh_from_db()
        assert (order.is_paid, order.total_cents) == (True, 28750)

    def test_money_of_a_total_that_changed_since_is_looked_at_by_a_person(self, owner):
        order = _ordered_before_the_rate_changed(owner)
        closed = an_attempt(order, status=Payment.Status.CLOSED)
        orders.refresh_taxes(order)

        payments.apply(closed, says(closed))

        assert Payment.objects.get().disposition == Payment.Disposition.REVIEW
        with pytest.raises(payments.PaymentUnderWay):
            payments.start(order, "stripe", by=owner)

    def test_seats_held_for_two_hours_are_let_go_and_can_be_taken_again(self, order, owner, session, sandbox):
        Order.objects.update(held_since=clock.now() - timedelta(hours=2))

        with pytest.raises(orders.HoldLimitReached):
            payments.start(order, "stripe", by=owner)

        order.refresh_from_db()
        session.refresh_from_db()
        assert (order.status, session.taken) == (Order.Status.EXPIRED, 0)
        assert payments.start(order, "stripe", by=owner).startswith(sandbox.url)


def _ordered_before_the_rate_changed(owner):
    """In Nova Scotia, HST went from 15 % to 14 % on April 1, 2025."""
    the_day_before = datetime(2025, 3, 31, 16, tzinfo=UTC)
    session = a_session(a_course(published_at=the_day_before), city="Halifax", province="NS")
    with clock.stopped_at(the_day_before):
        return an_order(owner, (session, 2))


def _ordered_with(promo, owner, session):
    cart = a_cart(owner, (session, 2))
    promotions.put(cart, promo.code, owner.establishment)
    due = pricing.quote_cart(cart, list(cart.lines.priced_for(owner.establishment)), owner.establishment, _seller())
    return orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=due.net_cents)


def _seller():
    return a_provider()


def _enclosed(message):
    return [part.get_filename() for part in message.attachments]


def _agrees(sandbox, means, page):
    return sandbox.pay_stripe(page) if means == "stripe" else sandbox.approve_paypal(page)
