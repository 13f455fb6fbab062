"""Invoices and credit notes: a number each, without gaps, and nothing that was issued ever changes."""

from hashlib import sha256

import pytest
from django.db import DatabaseError, transaction

from pupitre import worker
from pupitre.actions import documents, orders, payments, people
from pupitre.documents.copies import copy_of
from pupitre.models import (
    Course,
    CourseSession,
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    Deed,
    Edition,
    Invoice,
    IssuedCopy,
    Job,
    Letter,
    Membership,
    NumberSeries,
    Order,
    Provider,
    Role,
)
from pupitre.queries import books, issued
from tests.crowd import all_at_once
from tests.world import a_course, a_paid_order, a_provider, a_session, an_attempt, an_order, an_owner, says

pytestmark = pytest.mark.django_db

SEATS = CreditNote.Reason.SEATS
ON_TWO_LINES = "Clinique neuve\n1, rue Neuve"


@pytest.fixture(autouse=True)
def provider(db):
    return a_provider()


@pytest.fixture
def owner(provider):
    return an_owner()


@pytest.fixture
def paid(owner):
    """Five seats at 129.95 $: the taxes of one seat never multiply to the taxes of five."""
    return a_paid_order(owner, (a_session(a_course(price_cents=12995)), 5))


def numbers():
    return [invoice.number for invoice in Invoice.objects.all()]


def credit(order, seats, net, taxes, *, by, **facts):
    line, own_taxes = order.lines.get(), list(order.taxes.all())
    return documents.issue_credit_note(
        order,
        lines=[(line, seats, net)],
        taxes=list(zip(own_taxes, taxes, strict=True)),
        **{"reason": SEATS, "note": "", "percent": 100, "by": by} | facts,
    )


@transaction.atomic
def settle_then_fail(payment):
    payments.apply(payment, says(payment))
    raise InterruptedError


class TestAnInvoice:
    def test_comes_with_the_payment(self, owner):
        order = a_paid_order(owner, (a_session(), 3))

        invoice = Invoice.objects.get()
        assert (invoice.order, invoice.number) == (order, "DEMO-F-000001")
        assert (invoice.net_cents, invoice.total_cents) == (order.net_cents, order.total_cents)
        assert Job.objects.filter(kind="document.draw").count() == 1
        assert books.disagreements() == []

    def test_is_not_given_to_an_order_that_nobody_paid(self, owner):
        an_order(owner, (a_session(), 3))

        assert numbers() == []

    def test_of_nothing_to_pay_is_an_invoice_too(self, owner):
        order = an_order(owner, (a_session(a_course(price_cents=0)), 1))

        orders.deliver_free(order)

        invoice = Invoice.objects.get()
        assert (invoice.net_cents, invoice.total_cents) == (0, 0)
        assert invoice.latest_edition.facts["payment"] is None
        assert books.disagreements() == []

    def test_says_everything_in_no_language(self, owner):
        session = a_session()
        order = a_paid_order(owner, (session, 3))

        said = Invoice.objects.get().latest_edition.facts

        assert said["number"] == "DEMO-F-000001"
        assert said["seller"]["gst_number"] == "123456789 RT0001"
        assert said["bill_to"] == ["Clinique des Érables", "40, chemin du Lac", "Gatineau (Québec)  J8X 4C2"]
        assert said["order"]["number"] == order.number
        assert (said["payment"]["means"], said["payment"]["paid_with"]) == ("stripe", "Visa •••• 4242")
        [line] = said["lines"]
        assert line["title"] == {"fr": "Secourisme en milieu de travail", "en": "Workplace first aid"}
        assert (line["quantity"], line["unit_price_cents"], line["net_cents"]) == (3, 12500, 37500)
        assert line["session"]["starts_at"] == session.starts_at.isoformat()
        assert [(tax["code"], tax["rate"], tax["amount_cents"], tax["number"]) for tax in said["taxes"]] == [
            ("gst", "0.05", 1875, "123456789 RT0001"),
            ("qst", "0.09975", 3741, "1234567890 TQ0001"),
        ]
        assert (said["net_cents"], said["total_cents"]) == (37500, 43116)

    def test_keeps_what_it_said_whatever_changes_later(self, owner):
        a_paid_order(owner, (a_session(), 1))
        before = Invoice.objects.get().latest_edition.facts

        Course.objects.update(title_fr="Autre chose", price_cents=1)
        CourseSession.objects.update(city="Rimouski")
        Provider.objects.update(name="Autre nom", gst_number="")

        edition = Invoice.objects.get().latest_edition
        assert edition.facts == before
        assert edition.is_intact

    def test_of_an_order_paid_before_there_were_invoices_comes_once(self, owner):
        a_paid_order(owner, (a_session(), 1))
        order = Order.objects.get()
        Edition.objects.all().delete()
        Invoice.objects.all().delete()
        NumberSeries.objects.all().delete()
        Letter.objects.all().delete()
        Job.objects.all().delete()
        Job.objects.ask("invoice.issue", order.reference, order=order.pk)
        assert books.disagreements() == [f"order {order}: 0 letters say it is paid"], "the invoice is on its way"

        worker.work_until_idle()
        documents.issue_late(order)

        assert numbers() == ["DEMO-F-000001"]
        assert {copy.language for copy in IssuedCopy.objects.all()} == {"fr-ca"}


class TestNumbers:
    def test_follow_one_another(self, owner):
        for _ in range(3):
            a_paid_order(owner, (a_session(), 1))

        assert numbers() == ["DEMO-F-000001", "DEMO-F-000002", "DEMO-F-000003"]

    def test_of_real_money_are_a_series_of_their_own(self, owner, settings):
        a_paid_order(owner, (a_session(), 1))
        settings.PAYMENT_MODE = "live"
        a_paid_order(owner, (a_session(), 1))

        assert numbers() == ["DEMO-F-000001", "F-000001"]

    def test_of_credit_notes_are_a_series_of_their_own(self, owner, paid):
        note = credit(paid, 1, 12995, [650, 1296], by=owner)

        assert (note.number, numbers()) == ("DEMO-NC-000001", ["DEMO-F-000001"])

    def test_of_what_was_rolled_back_are_given_to_the_next(self, owner):
        a_paid_order(owner, (a_session(), 1))
        payment = an_attempt(an_order(owner, (a_session(), 1)))

        with pytest.raises(InterruptedError):
            settle_then_fail(payment)
        a_paid_order(an_owner(), (a_session(), 1))

        assert numbers() == ["DEMO-F-000001", "DEMO-F-000002"]
        assert books.disagreements() == []


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_sixteen_payments_settle_together_and_one_of_them_fails_in_the_middle(self):
        session = a_session(capacity=50)
        attempts = [an_attempt(an_order(an_owner(), (session, 1))) for _ in range(16)]

        def fail():
            with pytest.raises(InterruptedError):
                settle_then_fail(attempts[7])

        deeds = [lambda p=payment: payments.apply(p, says(p)) for payment in attempts]
        deeds[7] = fail
        all_at_once(deeds)

        assert sorted(Invoice.objects.values_list("serial", flat=True)) == list(range(1, 16))
        payments.apply(attempts[7], says(attempts[7]))
        assert attempts[7].order.invoice.serial == 16
        assert books.disagreements() == []

    def test_two_readers_of_a_copy_that_is_not_drawn_yet_get_the_same_bytes(self, owner):
        a_paid_order(owner, (a_session(), 1))
        edition = Edition.objects.get()

        copies = all_at_once([lambda: copy_of(edition, "en")] * 4)

        assert len({bytes(copy.pdf) for copy in copies}) == 1
        assert IssuedCopy.objects.count() == 1

    def test_the_same_correction_asked_for_twice_makes_one(self, owner):
        a_paid_order(owner, (a_session(), 1))
        invoice = Invoice.objects.get()

        all_at_once([lambda: documents.reissue(invoice, ON_TWO_LINES, by=owner)] * 4)

        assert [edition.rank for edition in Edition.objects.all()] == [1, 2]

    def test_credit_notes_that_would_take_back_too_much_together(self, owner):
        order = a_paid_order(owner, (a_session(), 2))
        outcomes = []

        def give_everything_back():
            try:
                with transaction.atomic():
                    locked = Order.objects.select_for_update().get(pk=order.pk)
                    credit(locked, 2, 25000, [1250, 2494], by=owner)
            except documents.CreditedTooMuch:
                outcomes.append("refused")

        all_at_once([give_everything_back] * 3)

        assert outcomes == ["refused"] * 2
        assert CreditNote.objects.count() == 1
        assert list(issued.disagreements()) == []


class TestACreditNote:
    def test_takes_seats_back_one_at_a_time_to_the_cent(self, owner, paid):
        """The table of the tax authorities' rounding: five notes add up to the invoice."""
        qst = [1296, 1296, 1296, 1297, 1296]
        for gst, tax in zip([650, 650, 649, 650, 650], qst, strict=True):
            credit(paid, 1, 12995, [gst, tax], by=owner)

        totals = list(CreditNote.objects.values_list("total_cents", flat=True))
        assert totals == [14941, 14941, 14940, 14942, 14941]
        assert sum(totals) == paid.total_cents == 74705
        assert list(issued.disagreements()) == []

    @pytest.mark.parametrize(
        ("seats", "net", "taxes"),
        [(6, 12995, [0, 0]), (1, 64976, [0, 0]), (0, 0, [3250, 0]), (0, 0, [0, 6482])],
        ids=["seats", "amount", "GST", "QST"],
    )
    def test_never_takes_back_more_than_there_was(self, owner, paid, seats, net, taxes):
        with pytest.raises(documents.CreditedTooMuch):
            credit(paid, seats, net, taxes, by=owner)

        assert (CreditNote.objects.count(), NumberSeries.objects.filter(kind="credit_note").count()) == (0, 0)

    def test_counts_what_others_took_back_before(self, owner, paid):
        credit(paid, 4, 4 * 12995, [2599, 5185], by=owner)

        with pytest.raises(documents.CreditedTooMuch):
            credit(paid, 2, 12995, [0, 0], by=owner)

    def test_names_its_invoice_its_reason_and_both_taxes(self, owner, paid):
        note = credit(paid, 1, 6498, [325, 648], by=owner, percent=50, note="Une personne absente")

        said = note.latest_edition.facts
        invoice = paid.invoice
        assert said["refers_to"] == {"number": invoice.number, "issued_at": invoice.issued_at.isoformat()}
        assert (said["reason"], said["percent"], said["note"]) == ("seats", 50, "Une personne absente")
        assert [(tax["code"], tax["amount_cents"]) for tax in said["taxes"]] == [("gst", 325), ("qst", 648)]
        assert (said["net_cents"], said["total_cents"]) == (6498, 7471)

    def test_gives_taxes_back_under_the_number_they_were_charged_under(self, owner, paid):
        Provider.objects.update(name="Nouveau nom", gst_number="", qst_number="")

        seller = credit(paid, 1, 12995, [650, 1296], by=owner).latest_edition.facts["seller"]

        assert (seller["name"], seller["gst_number"]) == ("Nouveau nom", "123456789 RT0001")

    def test_is_addressed_as_the_corrected_invoice(self, owner, paid):
        documents.reissue(paid.invoice, ON_TWO_LINES, by=owner)

        assert credit(paid, 1, 12995, [650, 1296], by=owner).latest_edition.facts["bill_to"] == [
            "Clinique neuve",
            "1, rue Neuve",
        ]

    def test_is_told_to_the_journal(self, owner, paid):
        note = credit(paid, 1, 12995, [650, 1296], by=owner)

        deed = Deed.objects.get(verb="credit_note.issued")
        assert (deed.by, deed.order, deed.facts) == (owner, paid, {"number": note.number, "total_cents": 14941})


class TestACorrection:
    def test_is_a_second_edition_of_the_same_number_that_names_the_first(self, owner, paid):
        first = paid.invoice.latest_edition

        second = documents.reissue(paid.invoice, ON_TWO_LINES, by=owner)

        assert (second.rank, second.facts["number"]) == (2, "DEMO-F-000001")
        assert second.facts["bill_to"] == ["Clinique neuve", "1, rue Neuve"]
        assert second.facts["replaces"] == {"edition": 1, "issued_at": first.issued_at.isoformat()}
        unchanged = ("issued_at", "lines", "taxes", "total_cents", "seller")
        assert [second.facts[part] for part in unchanged] == [first.facts[part] for part in unchanged]
        assert list(paid.invoice.editions.all()) == [first, second]
        assert books.disagreements() == []

    def test_to_the_same_address_makes_nothing(self, owner, paid):
        documents.reissue(paid.invoice, paid.bill_to, by=owner)

        assert Edition.objects.count() == 1

    def test_reaches_everything_of_an_order(self, owner, paid):
        credit(paid, 1, 12995, [650, 1296], by=owner)
        people.correct_establishment(owner.establishment, {"name": "Clinique neuve"}, by=owner)
        order = Order.objects.select_related("establishment").get()

        documents.correct_address(order, by=owner)

        assert [edition.facts["bill_to"][0] for edition in Edition.objects.filter(rank=2)] == ["Clinique neuve"] * 2

    def test_goes_to_whatever_address_the_provider_types(self, owner, paid):
        documents.reissue_all(paid, "Clinique neuve\n1, rue Neuve", by=an_owner(is_superuser=True))

        assert paid.invoice.latest_edition.facts["bill_to"] == ["Clinique neuve", "1, rue Neuve"]

    def test_is_for_owners(self, owner, paid):
        Membership.objects.update(role=Role.DELEGATE)

        with pytest.raises(people.NotAnOwner):
            documents.correct_address(paid, by=owner)


class TestCopies:
    def test_are_drawn_in_french_and_in_the_language_of_the_order(self, owner):
        a_paid_order(owner, (a_session(), 1))
        Job.objects.exclude(kind="document.draw").delete()
        worker.work_until_idle()
        assert [copy.language for copy in IssuedCopy.objects.all()] == ["fr-ca"]

        order = an_order(owner, (a_session(), 1))
        Order.objects.filter(pk=order.pk).update(language="en")
        payment = an_attempt(order)
        payments.apply(payment, says(payment))
        Job.objects.exclude(kind="document.draw").delete()
        worker.work_until_idle()

        assert [copy.language for copy in IssuedCopy.objects.all()] == ["fr-ca", "fr-ca", "en"]

    def test_are_the_same_bytes_for_ever(self, owner, paid):
        first = documents.hand_out(paid.invoice, "fr-ca", by=owner)
        Provider.objects.update(name="Autre nom")

        again = documents.hand_out(Invoice.objects.get(), "fr-ca", by=owner)

        assert bytes(again.pdf) == bytes(first.pdf)
        assert again.fingerprint == sha256(bytes(first.pdf)).hexdigest()

    def test_handed_out_are_told_to_the_journal(self, owner, paid):
        documents.hand_out(paid.invoice, "en", by=owner)

        deed = Deed.objects.get(verb="document.downloaded")
        assert (deed.by, deed.order) == (owner, paid)
        assert deed.facts == {"number": "DEMO-F-000001", "edition": 1, "language": "en"}

    def test_handed_out_are_the_latest_ones(self, owner, paid):
        documents.reissue(paid.invoice, ON_TWO_LINES, by=owner)

        assert documents.hand_out(paid.invoice, "fr-ca", by=owner).edition.rank == 2


class TestNothingIssuedChanges:
    @pytest.mark.parametrize(
        ("kept", "change"),
        [
            (Invoice, {"total_cents": 1}),
            (CreditNote, {"note": "autre"}),
            (CreditNoteLine, {"net_cents": 1}),
            (CreditNoteTax, {"amount_cents": 1}),
            (Edition, {"facts": {}}),
            (IssuedCopy, {"pdf": b""}),
        ],
        ids=lambda given: given.__name__ if isinstance(given, type) else "",
    )
    def test_the_database_refuses(self, owner, paid, kept, change):
        documents.hand_out(credit(paid, 1, 12995, [650, 1296], by=owner), "fr-ca", by=owner)

        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            kept.objects.update(**change)
