"""A provider, a session, registrations and orders to draw documents of."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pupitre import codes, taxes
from pupitre.models import (
    Assignment,
    Category,
    Course,
    CourseSession,
    Establishment,
    Order,
    OrderLine,
    OrderTax,
    Participant,
    Payment,
    Provider,
    Seat,
    User,
)

PAID_AT = datetime(2026, 11, 20, 15, 4, tzinfo=UTC)


@pytest.fixture
def provider(db):
    provider = Provider(
        name="Centre de formation de l’Érable",
        street="725, rue Exemple, bureau 5",
        city="Gatineau",
        province="QC",
        postal_code="J8X 4C2",
        phone="819 555-0142",
        email="inscriptions@erable.example",
        privacy_officer="Direction générale",
        gst_number="123456789 RT0001",
        qst_number="1234567890 TQ0001",
        accreditation_number="0012345",
    )
    provider.save()
    return provider


@pytest.fixture
def owner(db):
    return User.objects.create_user("direction@clinique.example", first_name="Camille", last_name="Roy")


@pytest.fixture
def establishment(db):
    return Establishment.objects.create(
        name="Clinique des Ormes", street="10, rue Principale", city="Gatineau", postal_code="J8X 1A1"
    )


@pytest.fixture
def a_course(db):
    """A function: a new course."""
    category = Category.objects.create(slug="sante", name_fr="Santé", name_en="Health")

    def build(**facts):
        number = Course.objects.count()
        written = {"title_fr": "Secourisme en milieu de travail", "title_en": "Workplace first aid"}
        return Course.objects.create(
            slug=f"cours-{number}",
            category=category,
            **written | {"price_cents": 14500, "training_hours": 16} | facts,
        )

    return build


@pytest.fixture
def a_session(a_course):
    """A function: a new session, on Thursday November 26, 2026, from 9 to 16 in Gatineau."""

    def build(course=None, **facts):
        starts_at = facts.pop("starts_at", datetime(2026, 11, 26, 14, 0, tzinfo=UTC))
        place = {
            "venue": "Salle des Érables",
            "street": "725, rue Exemple",
            "city": "Gatineau",
            "province": "QC",
            "postal_code": "J8X 4C2",
            "to_bring_fr": "Vêtements confortables et pièce d’identité",
            "to_bring_en": "Comfortable clothes and identification",
            "instructor": "Noémie Tremblay",
            "capacity": 500,
        }
        return CourseSession.objects.create(
            course=course or a_course(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=7), **place | facts
        )

    return build


@pytest.fixture
def an_order(provider, owner, establishment, a_session):
    """A function: an order paid on November 20, 2026, of these (session, number of seats)."""

    def build(*bought, means="stripe", paid_with="Visa •••• 4242", **facts):
        bought = bought or ((a_session(), 3),)
        lines = [
            OrderLine(
                session=session,
                quantity=quantity,
                list_price_cents=session.unit_price_cents,
                unit_price_cents=session.unit_price_cents,
                net_cents=quantity * session.unit_price_cents,
                tax_class=session.course.tax_class,
                tax_reason=session.course.tax_reason,
                tax_place=session.province or "QC",
                tax_place_reason="venue",
            )
            for session, quantity in bought
        ]
        bases = [(line.tax_place, line.net_cents) for line in lines if line.tax_class == "taxable"]
        due = taxes.taxes_on(bases, PAID_AT.date())
        net = sum(line.net_cents for line in lines)
        total = net + sum(tax.amount_cents for tax in due)
        order = Order.objects.create(
            **{
                "mode": "live",
                "establishment": establishment,
                "placed_by": owner,
                "status": "paid",
                "paid_at": PAID_AT,
                "placed_at": PAID_AT,
                "hold_until": PAID_AT,
                "bill_to": "Clinique des Ormes\n10, rue Principale\nGatineau (Québec)  J8X 1A1",
                "net_cents": net,
                "total_cents": total,
            }
            | facts
        )
        for line in lines:
            line.order = order
            line.save()
        for tax in due:
            OrderTax.objects.create(
                order=order,
                place=tax.place,
                code=tax.code,
                rate=tax.rate,
                base_cents=tax.base_cents,
                amount_cents=tax.amount_cents,
            )
        Payment.objects.create(
            order=order,
            means=means,
            mode=order.mode,
            amount_cents=total,
            status="succeeded",
            disposition="applied",
            provider_reference=f"ref-{order.reference}",
            charge_reference=f"ch_{order.reference}",
            paid_with=paid_with,
            settled_at=PAID_AT,
        )
        return order

    return build


@pytest.fixture
def a_registration(an_order, a_session):
    """A function: a person in a seat, with everything a document reads at hand."""
    orders = {}

    def build(
        first_name="Marie-Ève", last_name="Gagnon-Łuczak", *, session=None, email="marie@clinique.example", mode="live"
    ):
        if session is None:
            session = orders["session"] = orders.get("session") or a_session()
        if (session.pk, mode) not in orders:
            orders[session.pk, mode] = an_order((session, 300), mode=mode)
        order = orders[session.pk, mode]
        participant = Participant.objects.create(
            establishment=order.establishment, first_name=first_name, last_name=last_name, email=email
        )
        line = order.lines.get()
        seat = Seat.objects.create(
            establishment=order.establishment, line=line, session=session, position=line.seats.count() + 1
        )
        uuid = UUID(int=Seat.objects.count())
        assignment = Assignment.objects.create(
            uuid=uuid,
            seat=seat,
            session=session,
            participant=participant,
            assigned_at=PAID_AT,
            code_fingerprint=codes.fingerprint(codes.access_code(str(uuid))),
        )
        return Assignment.objects.select_related(
            "participant", "session__course", "seat__establishment", "seat__line__order"
        ).get(pk=assignment.pk)

    return build
