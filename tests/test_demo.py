"""The demo: loaded once, true to its own books, and rich enough to show every state."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import F

from pupitre import clock, demo, running
from pupitre.actions import refunds, returns
from pupitre.demo import courses, members, sessions
from pupitre.models import (
    Course,
    CourseSession,
    Invitation,
    Job,
    Letter,
    Order,
    OrderLine,
    Participant,
    PromoCode,
    PromoUse,
    Provider,
    Role,
    Seat,
    User,
)
from pupitre.queries import books
from pupitre.queries.refunds import propose_all
from tests.world import a_provider

pytestmark = pytest.mark.django_db

# What the demo tells is the same on every database; that it can be loaded is tried on each.
told = pytest.mark.once


def rows() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in apps.get_app_config("pupitre").get_models()}


def owner_of_the_demo() -> User:
    return User.objects.get(email=demo.OWNER_EMAIL)


def test_the_demo_is_loaded_once_and_keeps_what_is_there():
    assert demo.load() is True
    loaded = rows()

    assert demo.load() is False

    assert rows() == loaded
    assert loaded["Establishment"] == 5
    assert loaded["Course"] == 14


@told
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 20, 0, tzinfo=UTC),
        datetime(2027, 3, 14, 4, 30, tzinfo=UTC),  # a Saturday night, hours before the clocks go forward
        datetime(2026, 12, 31, 12, 0, tzinfo=UTC),
    ],
)
def test_whatever_the_day_the_books_agree_and_the_owner_sees_every_state(moment):
    with clock.stopped_at(moment):
        demo.load()

        assert books.disagreements() == []
        seats = Seat.objects.bought_by(owner_of_the_demo().establishment).with_holders()
        assert {seat.state for seat in seats} == {
            *("free", "released", "assigned", "queued", "sent", "bounced", "opened"),
            *("present", "absent", "completed", "unused", "cancelled", "refunded"),
        }
        assert {order.status for order in Order.objects.all()} == set(Order.Status)


@told
@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_at_any_hour_a_session_is_locked_another_is_about_to_be_and_one_is_under_way(hour):
    now = datetime(2026, 11, 24, hour, 10, tzinfo=UTC)

    planned = sessions.plan_sessions(courses.open_shop(now), now)

    with clock.stopped_at(now):
        locked, closing, under_way = (
            planned[name] for name in ("harcelement-imminent", "simdut-bientot", "gestion-en-cours")
        )
        assert (locked.accepts_replacements, locked.has_started) == (False, False)
        assert now < closing.replacements_close_at < now + timedelta(hours=16)
        assert (under_way.has_started, under_way.is_over) == (True, False)


@told
def test_sessions_are_full_nearly_full_moved_and_cancelled():
    demo.load()

    assert CourseSession.objects.filter(taken=10, capacity=10).exists()
    assert [session.seats_left for session in CourseSession.objects.filter(taken=14)] == [2]
    assert CourseSession.objects.filter(revision=1).count() == 1
    assert CourseSession.objects.exclude(cancelled_at=None).count() == 1
    assert set(CourseSession.objects.values_list("timezone", flat=True)) == {
        "America/Toronto",
        "America/Halifax",
        "America/Vancouver",
    }


@told
def test_the_list_of_the_establishment_looks_like_a_real_one():
    demo.load()

    people = Participant.objects.of(owner_of_the_demo().establishment).current().filter(user=None)

    assert people.count() == 40
    assert people.filter(email="").count() == 3
    assert people.filter(email="famille.cyr@courriel.example").count() == 2
    for participant in people:
        participant.full_clean()


@told
def test_rebates_can_be_seen_and_tried():
    """One course with tiers, a price for members, a code to try, and one that is used up."""
    demo.load()
    establishment = owner_of_the_demo().establishment

    assert Course.objects.exclude(volume_tiers=[]).count() == 1
    assert establishment.groups.get().prices.count() == 2
    codes = {promo.code: (promo.used, promo.most_uses) for promo in PromoCode.objects.all()}
    assert codes == {"BIENVENUE": (2, None), "PREMIERS2": (2, 2), "INVITATION": (1, 20)}
    assert not PromoUse.objects.filter(promo__code=running.PROMO_CODE, establishment=establishment).exists()
    assert OrderLine.objects.filter(volume_discount_cents__gt=0).exists()
    assert OrderLine.objects.filter(unit_price_cents__lt=F("list_price_cents")).exists()


@told
def test_what_is_written_fits_its_fields():
    demo.load()

    for model in apps.get_app_config("pupitre").get_models():
        for row in model.objects.all():
            row.full_clean(exclude=["request_body", "facts"])


@told
def test_only_the_letters_and_the_documents_of_the_last_minutes_are_still_to_be_made():
    demo.load()

    due = Job.objects.unfinished().filter(due_at__lte=clock.now())

    assert {job.kind for job in due} == {"letter.post", "document.draw"}
    assert due.filter(kind="letter.post").count() == Letter.objects.filter(state="queued").count() == 3


@told
def test_the_owner_her_colleagues_and_the_provider_s_staff_can_sign_in(client):
    demo.load()

    known = [demo.OWNER_EMAIL, demo.STAFF_EMAIL, *(email for email, *_name_and_role in members.COLLEAGUES)]
    assert {running.OWNER, running.ASSIGNER, running.STAFF} < set(known)
    for address in known:
        user = User.objects.get(email=address)
        assert user.check_password(demo.PASSWORD)
        assert user.emailaddress_set.filter(email=address, verified=True, primary=True).count() == 1
    assert list(User.objects.filter(is_superuser=True).values_list("email", flat=True)) == [demo.STAFF_EMAIL]
    others = User.objects.exclude(email__in=known)
    assert [user.has_usable_password() for user in others] == [False, False, False]


@told
def test_every_role_is_there_and_the_owner_has_two_establishments():
    demo.load()
    owner = owner_of_the_demo()

    assert {member.role for member in owner.establishment.memberships.all()} == set(Role)
    assert [held.establishment.name for held in owner.held_memberships] == [
        "CPE Les Outardes de Rosemont",
        "Halte-garderie Les Bernaches",
    ]
    assert Invitation.objects.get(accepted_at=None).is_open


def test_the_command_says_what_it_did(capsys):
    call_command("demo")
    call_command("demo")

    said = capsys.readouterr().out.splitlines()
    assert said[::2] == ["Demo loaded.", "The demo is already there: nothing was changed."]


def test_no_demo_where_real_money_is_taken(settings):
    settings.PAYMENT_MODE = "live"

    with pytest.raises(demo.TakesMoney):
        demo.load()

    assert User.objects.count() == 0


def test_no_demo_over_the_shop_of_somebody_else():
    a_provider(name="Formations du Fleuve")

    with pytest.raises(CommandError, match="Formations du Fleuve"):
        call_command("demo")

    assert Provider.objects.get().name == "Formations du Fleuve"
    assert User.objects.count() == 0


@pytest.mark.parametrize("means", ["stripe", "paypal"])
def test_seats_bought_before_today_can_be_given_back(sandbox, means):
    """The payment sandbox is younger than what the demo tells of, and gives its money back all the same."""
    demo.load()
    order = Order.objects.filter(payments__disposition="applied", payments__means=means, total_cents__gt=0).first()
    agreed = propose_all(order).total_cents
    credit_note = returns.give_back_everything(order, agreed_total_cents=agreed, by=owner_of_the_demo())
    refund = credit_note.refunds.get()

    refunds.send(refund)
    refunds.import_refunds(refund.payment)

    refund.refresh_from_db()
    assert (refund.status, refund.failure_code) == ("succeeded", "")
    assert refund.payment.refunds.count() == 1
    assert books.disagreements() == []
