"""The last line, that no bug can cross: what the database itself refuses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError

from pupitre import clock
from pupitre.actions import invitations, promotions, seats
from pupitre.models import (
    Assignment,
    Cart,
    CartLine,
    Course,
    CourseSession,
    Invitation,
    Job,
    Letter,
    MemberPrice,
    Membership,
    Order,
    OrderLine,
    OrderTax,
    Participant,
    Payment,
    PromoCode,
    PromoUse,
    Provider,
    ProviderEvent,
    Refund,
    Role,
    Seat,
    User,
)
from pupitre.models.seats import new_assignment
from tests.world import (
    a_cart,
    a_paid_order,
    a_person,
    a_promo,
    a_session,
    an_attempt,
    an_order,
    members,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session(capacity=10)


@pytest.fixture
def order(owner, session):
    return an_order(owner, (session, 2))


@pytest.fixture
def assignment(owner, session):
    a_paid_order(owner, (session, 2))
    return seats.assign(Seat.objects.first(), a_person(owner), by=owner)


def refused(change, *, by):
    """The database refuses the change, and says which rule it breaks."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        change()
    said = str(refusal.value)
    assert by in said or "UNIQUE constraint failed" in said, said


class TestSessions:
    def test_never_oversold(self, session):
        refused(lambda: CourseSession.objects.update(taken=F("capacity") + 1), by="session_not_oversold")

    def test_never_fewer_than_no_seat_taken(self, session):
        refused(lambda: CourseSession.objects.update(taken=F("taken") - 1), by="taken")

    def test_the_capacity_never_below_what_is_sold(self, order, session):
        refused(lambda: CourseSession.objects.update(capacity=1), by="session_not_oversold")

    def test_ends_after_it_starts(self, session):
        refused(lambda: CourseSession.objects.update(ends_at=F("starts_at")), by="session_ends_after_it_starts")

    def test_in_person_takes_place_somewhere(self, session):
        refused(lambda: CourseSession.objects.update(city=""), by="session_in_person_has_a_city")

    def test_an_untaxed_course_says_why(self, session):
        refused(lambda: Course.objects.update(tax_class="exempt"), by="untaxed_course_says_why")

    def test_one_provider(self):
        refused(lambda: Provider.objects.bulk_create([Provider(pk=2, name="Un autre")]), by="one_provider")


class TestPeople:
    def test_one_account_per_address_whatever_the_capitals(self, owner):
        refused(
            lambda: User.objects.bulk_create([User(email=owner.email.upper(), password="!")]),
            by="one_account_per_address",
        )

    def test_one_role_per_person_and_establishment(self, owner):
        refused(
            lambda: Membership.objects.create(user=owner, establishment=owner.establishment, role="delegate"),
            by="one_role_per_person_and_establishment",
        )

    def test_a_user_is_one_person_of_the_list(self, owner):
        a_person(owner, user=owner)
        refused(lambda: a_person(owner, user=owner), by="one_participant_per_user")

    def test_a_role_is_one_of_those_known(self, owner):
        refused(lambda: Membership.objects.update(role="king"), by="role_is_known")


class TestInvitations:
    @pytest.fixture(autouse=True)
    def invitation(self, owner):
        return invitations.invite(owner.establishment, "adjointe@exemple.ca", Role.DELEGATE, by=owner)

    def test_an_address_waits_once_for_an_establishment_whatever_the_capitals(self, invitation):
        other = {"uuid": uuid4(), "fingerprint": "other", "email": invitation.email.upper()}
        refused(lambda: copy_of(invitation, **other), by="one_pending_invitation_per_address")

    def test_a_role_is_one_of_those_known(self):
        refused(lambda: Invitation.objects.update(role="king"), by="invited_role_is_known")

    def test_accepted_by_someone_at_some_time(self, owner):
        refused(lambda: Invitation.objects.update(accepted_at=clock.now()), by="accepted_by_someone")
        refused(lambda: Invitation.objects.update(accepted_by=owner), by="accepted_by_someone")

    def test_accepted_or_taken_back_not_both(self, owner):
        now = clock.now()
        refused(
            lambda: Invitation.objects.update(accepted_at=now, accepted_by=owner, revoked_at=now),
            by="accepted_or_revoked_not_both",
        )

    def test_only_an_owner_succeeds_an_owner(self, owner):
        refused(lambda: Invitation.objects.update(succeeds=owner), by="only_an_owner_succeeds_an_owner")


class TestCartsAndOrders:
    def test_a_session_once_in_a_cart(self, owner, session):
        cart = a_cart(owner, (session, 1))
        refused(
            lambda: CartLine.objects.create(cart=cart, session=session, quantity=1, seen_price_cents=0),
            by="one_cart_line_per_session",
        )

    def test_a_cart_line_has_seats(self, owner, session):
        a_cart(owner, (session, 1))
        refused(lambda: CartLine.objects.update(quantity=0), by="cart_line_has_seats")

    def test_one_cart_per_user(self, owner):
        a_cart(owner)
        refused(lambda: Cart.objects.create(user=owner), by="user_id")

    def test_one_order_awaiting_its_payment_per_cart(self, order):
        refused(lambda: copy_of(order, reference="2"), by="one_order_awaiting_payment_per_cart")

    def test_an_order_is_paid_at_some_time(self, order):
        refused(lambda: Order.objects.update(status="paid"), by="paid_order_says_when")

    def test_an_order_that_is_not_paid_was_paid_at_no_time(self, order):
        refused(lambda: Order.objects.update(paid_at=F("placed_at")), by="paid_order_says_when")

    def test_the_total_covers_the_net(self, order):
        refused(lambda: Order.objects.update(total_cents=F("net_cents") - 1), by="order_total_covers_its_net")

    def test_a_line_adds_up(self, order):
        refused(lambda: OrderLine.objects.update(net_cents=1), by="order_line_adds_up")

    def test_a_line_has_seats(self, order):
        refused(lambda: OrderLine.objects.update(quantity=0, net_cents=0), by="order_line_has_seats")

    def test_a_session_once_in_an_order(self, order):
        refused(lambda: copy_of(order.lines.get()), by="one_order_line_per_session")

    def test_a_tax_once_in_an_order(self, order):
        refused(lambda: copy_of(order.taxes.first()), by="one_line_per_tax_and_order")

    def test_a_reference_names_one_order(self, order):
        refused(lambda: copy_of(order, cart=None), by="reference")


class TestPayments:
    def test_one_attempt_can_be_paid_at_a_time(self, order):
        an_attempt(order)
        refused(lambda: an_attempt(order, means="paypal"), by="one_live_payment_per_order")

    @pytest.mark.parametrize("status", Payment.LIVE_STATUSES)
    def test_whatever_its_stage(self, order, status):
        an_attempt(order, status=status)
        refused(lambda: an_attempt(order), by="one_live_payment_per_order")

    def test_one_payment_pays_an_order(self, order):
        an_attempt(order, status="succeeded", disposition="applied")
        refused(
            lambda: an_attempt(order, status="succeeded", disposition="applied"), by="one_applied_payment_per_order"
        )

    def test_a_reference_of_the_service_names_one_payment(self, order):
        an_attempt(order, status="closed", provider_reference="cs_1")
        refused(lambda: an_attempt(order, provider_reference="cs_1"), by="one_payment_per_provider_reference")

    def test_a_payment_that_succeeded_says_what_became_of_it(self, order):
        an_attempt(order)
        refused(lambda: Payment.objects.update(status="succeeded"), by="succeeded_payment_says_what_became_of_it")

    def test_a_payment_that_did_not_succeed_pays_nothing(self, order):
        an_attempt(order)
        refused(lambda: Payment.objects.update(disposition="applied"), by="succeeded_payment_says_what_became_of_it")

    def test_a_surplus_is_refunded_once(self, order):
        payment = an_attempt(order, status="succeeded", disposition="surplus")
        Refund.objects.create(payment=payment, amount_cents=1, reason="surplus")
        refused(
            lambda: Refund.objects.create(payment=payment, amount_cents=1, reason="surplus"),
            by="a_surplus_is_refunded_once",
        )

    def test_a_refund_gives_something_back(self, order):
        payment = an_attempt(order, status="succeeded", disposition="surplus")
        refused(
            lambda: Refund.objects.create(payment=payment, amount_cents=0, reason="x"),
            by="refund_gives_something_back",
        )

    def test_an_event_is_kept_once(self):
        facts = {"means": "stripe", "event_id": "evt_1", "kind": "k", "mode": "sandbox"}
        ProviderEvent.objects.create(**facts)
        refused(lambda: ProviderEvent.objects.create(**facts), by="event")


class TestSeats:
    def test_one_holder_per_seat(self, owner, assignment):
        second = new_assignment(assignment.seat, a_person(owner), batch=uuid4(), by=owner)
        refused(second.save, by="one_holder_per_seat")

    def test_nobody_twice_in_a_session(self, owner, assignment):
        other_seat = Seat.objects.last()
        second = new_assignment(other_seat, assignment.participant, batch=uuid4(), by=owner)
        refused(second.save, by="one_seat_per_person_and_session")

    def test_a_released_registration_makes_room(self, owner, assignment):
        seats.release(assignment.seat, by=owner)

        new_assignment(assignment.seat, assignment.participant, batch=uuid4(), by=owner).save()

    def test_nobody_leaves_before_they_came(self, assignment):
        refused(
            lambda: Assignment.objects.update(released_at=F("assigned_at") - timedelta(seconds=1)),
            by="released_after_it_was_assigned",
        )

    def test_a_place_bought_is_one_seat(self, assignment):
        refused(lambda: copy_of(assignment.seat, code="2"), by="one_seat_per_place_bought")

    def test_a_code_opens_one_registration(self, owner, assignment):
        second = new_assignment(Seat.objects.last(), a_person(owner), batch=uuid4(), by=owner)
        second.code_fingerprint = assignment.code_fingerprint
        refused(second.save, by="fingerprint")


class TestRebates:
    @pytest.fixture
    def promo(self, owner, session):
        promo = a_promo(percent=10, most_uses=1)
        promotions.put(a_cart(owner, (session, 2)), promo.code, owner.establishment)
        an_order(owner)
        return promo

    def test_a_code_is_never_used_more_often_than_it_allows(self, promo):
        refused(lambda: PromoCode.objects.update(used=2), by="promo_code_not_overused")
        refused(lambda: PromoCode.objects.update(most_uses=0), by="promo_code_not_overused")

    def test_a_use_is_never_given_back_twice(self, promo):
        refused(lambda: PromoCode.objects.update(used=F("used") - 2), by="used")

    @pytest.mark.parametrize(
        "rebate",
        [{"percent": None}, {"amount_cents": 100}, {"free_seats": 1}, {"amount_cents": 100, "free_seats": 1}],
    )
    def test_a_code_is_one_rebate(self, promo, rebate):
        refused(lambda: PromoCode.objects.update(**rebate), by="promo_code_is_one_rebate")

    @pytest.mark.parametrize("percent", [0, 101])
    def test_a_percentage_is_one(self, promo, percent):
        refused(lambda: PromoCode.objects.update(percent=percent), by="promo_percentage_is_one")

    def test_a_code_is_known_once(self, promo):
        refused(lambda: a_promo(code=promo.code), by="code")

    def test_an_order_holds_one_code(self, promo):
        refused(lambda: copy_of(PromoUse.objects.get()), by="order")

    def test_a_code_that_was_used_stays(self, promo):
        with pytest.raises(ProtectedError):
            promo.delete()

    def test_a_course_has_one_price_for_each_group(self, owner, session):
        price = MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=1)
        refused(lambda: copy_of(price), by="one_member_price_per_group")

    def test_a_line_is_its_seats_less_its_rebates(self, promo):
        refused(lambda: OrderLine.objects.update(promo_discount_cents=0), by="order_line_adds_up")
        refused(lambda: OrderLine.objects.update(volume_discount_cents=1), by="order_line_adds_up")


class TestWorkAndLetters:
    def test_a_key_asks_for_one_piece_of_work(self):
        Job.objects.create(kind="note", key="1")
        refused(lambda: Job.objects.create(kind="note", key="1"), by="key")

    def test_a_key_writes_one_letter(self):
        Letter.objects.create(kind="note", key="1", to_email="a@exemple.ca")
        refused(lambda: Letter.objects.create(kind="note", key="1", to_email="a@exemple.ca"), by="key")


class TestHistory:
    """What happened stays: nothing that was sold, paid or attended can be deleted."""

    @pytest.mark.parametrize("model", [Order, OrderLine, Seat, Participant, CourseSession, Course, Payment])
    def test_it_cannot_be_deleted(self, owner, assignment, model):
        thing = {Participant: assignment.participant}.get(model) or model.objects.first()
        Refund.objects.create(payment=Payment.objects.first(), amount_cents=1, reason="x")

        with pytest.raises(ProtectedError):
            thing.delete()


def copy_of(row, **changes):
    """Store the same row once more."""
    copy = type(row).objects.get(pk=row.pk)
    copy.pk = None
    copy._state.adding = True
    for field, value in changes.items():
        setattr(copy, field, value)
    copy.save(force_insert=True)
    return copy


def test_each_copy_is_refused_for_what_it_repeats(order):
    """The helper above copies: without a rule, the copy is stored."""
    copy = copy_of(order, cart=None, reference="2")

    assert Order.objects.count() == 2
    assert copy.pk != order.pk
    assert OrderTax.objects.count() == 2
