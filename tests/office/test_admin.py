"""The back office: who enters, what is made there, and what cannot be touched."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pupitre import clock
from pupitre.actions import jobs, seats
from pupitre.models import Category, Course, CourseSession, Deed, Job, Letter, Provider, User
from tests.world import a_course, a_person, a_provider, a_seat, a_session, an_owner

pytestmark = pytest.mark.django_db

MODELS = list(admin.site._registry)
MADE_HERE = {
    *("Category", "Course", "CourseSession", "EstablishmentGroup", "PromoCode", "TermsVersion"),
    *("Establishment", "EmailAddress"),
}
names = [model.__name__ for model in MODELS]


@pytest.fixture
def staff(client):
    """Someone of the provider's, signed in."""
    user = User.objects.create_superuser("gestion@exemple.ca", "un mot de passe assez long")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    client.force_login(user)
    return user


def address(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def a_busy_day():
    """One of nearly everything the back office shows."""
    a_provider()
    owner = an_owner()
    seat = a_seat(owner)
    seats.assign(seat, a_person(owner), by=owner)
    return seat


def course_form(**typed):
    return {
        "title_fr": "Grimper sans tomber",
        "summary_fr": "Une journée dans les arbres.",
        "programme_fr": "S’encorder\nMonter\nRedescendre",
        "slug": "grimper-sans-tomber",
        "training_hours": "6.5",
        "replacement_hours": "24",
        "price_cents": "149.50",
        "tax_class": "taxable",
        "sessions-TOTAL_FORMS": "0",
        "sessions-INITIAL_FORMS": "0",
        "member_prices-TOTAL_FORMS": "0",
        "member_prices-INITIAL_FORMS": "0",
    } | typed


def session_form(session=None, **typed):
    there = session.starts_at.astimezone(session.zone) if session else datetime(2030, 6, 3, 9, 0)
    ends = session.ends_at.astimezone(session.zone) if session else datetime(2030, 6, 3, 16, 0)
    return {
        "course": session.course_id if session else a_course().pk,
        "language": "fr",
        "timezone": session.timezone if session else "America/Toronto",
        "starts_at": f"{there:%Y-%m-%dT%H:%M}",
        "ends_at": f"{ends:%Y-%m-%dT%H:%M}",
        "capacity": session.capacity if session else "12",
        "delivery": "in_person",
        "city": "Montréal",
    } | typed


# --- who enters ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS, ids=names)
def test_staff_can_look_everything_up(client, staff, model):
    a_busy_day()

    assert client.get(address(model)).status_code == 200
    assert client.get(address(model), {"q": "roy 2026"}).status_code == 200
    for row in model.objects.all()[:1]:
        assert client.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=names)
def test_only_what_is_made_here_can_be_added(client, staff, model):
    a_busy_day()

    status = client.get(address(model, "add")).status_code

    assert status == (200 if model.__name__ in MADE_HERE else 403)


def test_the_first_provider_is_written_here(client, staff):
    assert client.get(address(Provider, "add")).status_code == 200


def test_a_stranger_is_sent_to_the_shop_s_own_door(client):
    page = client.get("/admin/pupitre/course/", follow=False)
    assert page.status_code == 302

    door = client.get(page.url)

    assert door.status_code == 302
    assert door.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("facts", [{}, {"is_staff": True}], ids=["an owner", "staff without the rights"])
def test_only_superusers_enter(client, facts):
    client.force_login(an_owner(**facts))

    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(address(Course), follow=True).status_code == 403


def test_what_was_bought_cannot_be_touched(client, staff):
    seat = a_busy_day()

    for row in (seat, seat.line.order, seat.assignments.get(), Letter.objects.first(), Deed.objects.first()):
        model = type(row)
        assert client.post(address(model, "change", row.pk), {}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_no_page_shows_an_access_code(client, staff):
    seat = a_busy_day()
    assignment = seat.assignments.get()

    for model in MODELS:
        pages = [address(model), *(address(model, "change", row.pk) for row in model.objects.all()[:5])]
        for page in pages:
            shown = client.get(page).content.decode()
            assert assignment.access_code not in shown, page
            assert assignment.code_fingerprint not in shown, page


def test_nobody_takes_their_own_access_away(client, staff):
    client.post(address(User, "change", staff.pk), {"first_name": "Noémie", "last_name": "Caron", "language": "fr-ca"})

    staff.refresh_from_db()
    assert (staff.first_name, staff.is_active, staff.is_superuser) == ("Noémie", True, True)


def test_a_colleague_is_let_in(client, staff):
    colleague = an_owner()

    client.post(
        address(User, "change", colleague.pk),
        {"first_name": "Luce", "last_name": "Gagnon", "language": "fr-ca", "is_active": "on", "is_superuser": "on"},
    )

    colleague.refresh_from_db()
    assert (colleague.is_superuser, colleague.is_staff) == (True, True)


# --- courses and sessions ------------------------------------------------------------------------------------------
def test_a_course_is_priced_in_dollars(client, staff):
    category = Category.objects.create(slug="plein-air", name_fr="Plein air", name_en="Outdoors")

    answer = client.post(address(Course, "add"), course_form(category=category.pk))

    assert answer.status_code == 302
    course = Course.objects.get()
    assert course.price_cents == 14950
    assert 'value="149.50"' in client.get(address(Course, "change", course.pk)).content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("price_cents", {"price_cents": "-1"}),
        ("price_cents", {"price_cents": "beaucoup"}),
        ("price_cents", {"price_cents": "12.345"}),
        ("tax_reason", {"tax_class": "exempt"}),
    ],
)
def test_a_course_with_a_mistake_is_kindly_refused(client, staff, field, typed):
    category = Category.objects.create(slug="plein-air", name_fr="Plein air", name_en="Outdoors")

    answer = client.post(address(Course, "add"), course_form(category=category.pk, **typed))

    assert list(answer.context["adminform"].form.errors) == [field]
    assert Course.objects.count() == 0


def test_a_session_is_typed_in_the_time_of_its_place(client, staff):
    answer = client.post(
        address(CourseSession, "add"), session_form(timezone="America/Halifax", sales_close_at="2030-06-01T17:00")
    )

    assert answer.status_code == 302
    session = CourseSession.objects.get()
    assert session.starts_at == datetime(2030, 6, 3, 12, 0, tzinfo=UTC)
    assert session.sales_close_at == datetime(2030, 6, 1, 20, 0, tzinfo=UTC)
    assert 'value="2030-06-03T09:00"' in client.get(address(CourseSession, "change", session.pk)).content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("ends_at", {"ends_at": "2030-06-03T08:00"}),
        ("timezone", {"timezone": "America/Poutine"}),
        ("starts_at", {"starts_at": "demain matin"}),
        ("starts_at", {"starts_at": "0001-01-01T00:00"}),
        ("ends_at", {"ends_at": "9999-12-31T23:59"}),
        ("starts_at", {"starts_at": "2026-03-08T02:30"}),
        ("price_cents", {"price_cents": "-5"}),
        ("capacity", {"capacity": "0"}),
        ("city", {"city": ""}),
    ],
)
def test_a_session_with_a_mistake_is_kindly_refused(client, staff, field, typed):
    answer = client.post(address(CourseSession, "add"), session_form(**typed))

    assert list(answer.context["adminform"].form.errors) == [field]
    assert CourseSession.objects.count() == 0


def test_room_cannot_be_made_smaller_than_what_is_sold(client, staff):
    seat = a_busy_day()
    session = CourseSession.objects.get(pk=seat.session_id)
    CourseSession.objects.filter(pk=session.pk).update(taken=7)

    answer = client.post(address(CourseSession, "change", session.pk), session_form(session, capacity="6"))

    assert list(answer.context["adminform"].form.errors) == ["capacity"]


def test_moving_a_session_tells_everyone_registered(client, staff):
    seat = a_busy_day()
    session = CourseSession.objects.get(pk=seat.session_id)
    before = session.starts_at
    there = session.starts_at.astimezone(session.zone) + timedelta(days=1)
    ends = there + timedelta(hours=3)

    answer = client.post(
        address(CourseSession, "change", session.pk),
        session_form(session, starts_at=f"{there:%Y-%m-%dT%H:%M}", ends_at=f"{ends:%Y-%m-%dT%H:%M}", instructor="Léo"),
    )

    assert answer.status_code == 302
    session.refresh_from_db()
    assert session.starts_at == before + timedelta(days=1)
    assert (session.revision, session.instructor) == (1, "Léo")
    assert Letter.objects.filter(kind="session_moved", assignment__seat=seat).count() == 1
    assert Deed.objects.get(verb="session.moved").by == staff


def test_the_same_clock_time_in_another_zone_is_a_move(client, staff):
    session = a_session()
    before = session.starts_at

    client.post(address(CourseSession, "change", session.pk), session_form(session, timezone="America/Halifax"))

    session.refresh_from_db()
    assert (session.starts_at, session.timezone) == (before - timedelta(hours=1), "America/Halifax")
    assert session.revision == 1


def test_correcting_a_session_moves_nothing(client, staff):
    session = a_session(starts_at=clock.now() + timedelta(days=12))
    CourseSession.objects.filter(pk=session.pk).update(taken=3)
    before = session.starts_at

    client.post(address(CourseSession, "change", session.pk), session_form(session, venue="Salle bleue"))

    session.refresh_from_db()
    assert (session.venue, session.starts_at, session.revision, session.taken) == ("Salle bleue", before, 0, 3)


def test_the_page_of_a_course_adds_and_moves_its_sessions(client, staff):
    a_provider()
    session = a_session()
    there = session.starts_at.astimezone(session.zone)
    moved = there + timedelta(days=2)
    line = {
        "id": session.pk,
        "course": session.course_id,
        "timezone": session.timezone,
        "starts_at": f"{moved:%Y-%m-%dT%H:%M}",
        "ends_at": f"{moved + timedelta(hours=7):%Y-%m-%dT%H:%M}",
        "delivery": "in_person",
        "venue": session.venue,
        "city": session.city,
        "province": "QC",
        "language": "fr",
        "instructor": "",
        "capacity": session.capacity,
        "price_cents": "",
    }
    new = line | {"id": "", "delivery": "online", "venue": "", "city": "", "province": "", "price_cents": "75"}
    typed = course_form(category=session.course.category_id, slug=session.course.slug)
    typed |= {f"sessions-0-{name}": value for name, value in line.items()}
    typed |= {f"sessions-1-{name}": value for name, value in new.items()}

    answer = client.post(
        address(Course, "change", session.course_id),
        typed | {"sessions-TOTAL_FORMS": "2", "sessions-INITIAL_FORMS": "1"},
    )

    assert answer.status_code == 302
    kept, added = CourseSession.objects.order_by("pk")
    assert (kept.revision, kept.starts_at) == (1, session.starts_at + timedelta(days=2))
    assert (added.delivery, added.price_cents, added.revision) == ("online", 7500, 0)
    assert (added.venue, kept.venue) == ("", "Centre communautaire")


# --- work that waits -----------------------------------------------------------------------------------------------
def test_work_that_was_given_up_is_asked_for_again(client, staff):
    now = clock.now()
    given_up = Job.objects.create(key="a", kind="letter.post", attempts=80, failed_at=now, last_error="TimeoutError")
    done = Job.objects.create(key="b", kind="letter.post", done_at=now)
    under_way = Job.objects.create(
        key="c", kind="letter.post", due_at=now - timedelta(hours=1), leased_until=now + timedelta(minutes=1)
    )

    answer = client.post(
        address(Job), {"action": "try_again", "_selected_action": [given_up.pk, done.pk, under_way.pk]}, follow=True
    )

    assert answer.status_code == 200
    assert list(Job.objects.unfinished().filter(due_at__gte=now).values_list("key", flat=True)) == ["a"]
    assert Deed.objects.get(verb="job.tried_again").facts == {"jobs": ["a"]}


def test_asking_for_nothing_leaves_no_trace(staff):
    assert jobs.try_again([], by=staff) == 0
    assert Deed.objects.count() == 0


# --- lists ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS, ids=names)
def test_a_list_of_three_asks_no_more_than_a_list_of_one(client, staff, model):
    a_busy_day()
    one = _questions(client, model)

    for _time in range(2):
        a_busy_day()

    assert _questions(client, model) == one


def _questions(client, model) -> int:
    client.get(address(model))
    with CaptureQueriesContext(connection) as questions:
        assert client.get(address(model)).status_code == 200
    return len(questions)
