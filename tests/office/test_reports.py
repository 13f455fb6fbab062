"""What came in and went out in a month, on a page and in files that a spreadsheet opens."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.models import BalanceEntry, Establishment
from pupitre.office.spreadsheets import Cents, csv_of
from pupitre.queries import money
from tests.counting import questions
from tests.office.pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

NOVEMBER = datetime(2026, 11, 15, 17, tzinfo=UTC)


def an_entry(order, **facts) -> BalanceEntry:
    return BalanceEntry.objects.create(
        **{
            "payment": order.payment,
            "kind": "charge",
            "provider_reference": f"txn_{BalanceEntry.objects.count()}",
            "gross_cents": 44823,
            "fee_cents": 1330,
            "net_cents": 43493,
            "made_at": NOVEMBER,
        }
        | facts
    )


def a_refund(order) -> BalanceEntry:
    return an_entry(order, kind="refund", gross_cents=-14940, fee_cents=0, net_cents=-14940)


def lines(answer) -> list[str]:
    return answer.content.decode("utf-8-sig").splitlines()


def test_a_month_says_what_came_in_what_went_back_and_the_fees(client, order):
    an_entry(order)
    a_refund(order)
    an_entry(order, made_at=NOVEMBER + timedelta(days=31))

    said = text(client.get(reverse("admin:report"), {"mois": "2026-11"}))

    assert "448,23 $" in said
    assert "−149,40 $" in said
    assert "−13,30 $" in said
    assert "285,53 $" in said
    assert "novembre 2026" in said


def test_what_the_services_will_pay_out(client, order):
    an_entry(order, available_on=clock.now().date() + timedelta(days=5))
    an_entry(order, available_on=clock.now().date() - timedelta(days=5))

    assert client.get(reverse("admin:report")).context["to_come"] == [("Carte de crédit", 43493)]


@pytest.mark.parametrize("month", ["", "2026-13", "hier", "2026-11-01", "<b>"])
def test_a_month_that_is_none_gives_the_current_one(client, month):
    page = client.get(reverse("admin:report"), {"mois": month})

    assert page.status_code == 200
    assert page.context["month"] == f"{money.months()[0]:%Y-%m}"


def test_months_go_back_to_the_first_payment(order):
    order.payments.update(created_at=datetime(2026, 9, 30, 23, tzinfo=UTC))

    with clock.stopped_at(datetime(2026, 11, 2, tzinfo=UTC)):
        assert money.months() == [date(2026, 11, 1), date(2026, 10, 1), date(2026, 9, 1)]


class TestFiles:
    def test_in_french_semicolons_and_commas(self, client, order):
        an_entry(order)
        a_refund(order)

        answer = client.get(reverse("admin:report_totals", args=["2026-11"]))

        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert lines(answer)[1:] == ["2026-11;Carte de crédit;CAD;448,23;-149,40;0,00;-13,30;285,53"]

    def test_in_english_commas_and_points(self, client, order, operator):
        type(operator).objects.update(language="en")
        an_entry(order)

        answer = client.get(reverse("admin:report_totals", args=["2026-11"]))

        assert lines(answer) == [
            "Month,Service,Currency,Received,Refunds,Disputes,Fees,Net",
            "2026-11,Credit card,CAD,448.23,0.00,0.00,-13.30,434.93",
        ]

    def test_every_movement_and_nothing_that_a_spreadsheet_would_run(self, client, order):
        Establishment.objects.filter(pk=order.establishment_id).update(name='=HYPERLINK("http://x")')
        an_entry(order, available_on=date(2026, 11, 20))

        line = lines(client.get(reverse("admin:report_movements", args=["2026-11"])))[1]

        assert line == (
            f'2026-11-15;Carte de crédit;Paiement;{order.number};"\'=HYPERLINK(""http://x"")";'
            "448,23;-13,30;434,93;CAD;2026-11-20;txn_0"
        )

    @pytest.mark.parametrize("name", ["report_totals", "report_movements"])
    def test_of_a_month_that_is_none_are_not_found(self, client, name):
        assert client.get(reverse(f"admin:{name}", args=["hier"])).status_code == 404

    def test_three_movements_ask_no_more_than_one(self, client, order):
        def asked() -> int:
            with questions() as asked:
                client.get(reverse("admin:report_movements", args=["2026-11"]))
            return len(asked)

        an_entry(order)
        asked()
        once = asked()
        an_entry(order)
        an_entry(order)

        assert asked() == once


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\tx", "'\tx"),
        ("École", "École"),
        (Cents(-5), "-0,05"),
        (Cents(123456), "1234,56"),
        (-3, "-3"),
    ],
)
def test_a_cell_is_never_taken_for_a_formula(cell, written):
    assert csv_of([[cell]], "fr-ca").decode("utf-8-sig").rstrip("\r\n") == written
