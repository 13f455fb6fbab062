"""Refunds made by the provider: chosen, read, confirmed once, and never half done."""

import pytest
from django.test import Client
from django.urls import reverse

from pupitre import clock
from pupitre.actions import refunds, returns, seats
from pupitre.gateways import RefundNotice
from pupitre.models import BalanceEntry, CreditNote, Dispute, Refund, Seat
from pupitre.queries.refunds import propose_seats, remaining
from tests.counting import questions
from tests.office.pages import hidden, plain, text
from tests.world import a_course, a_paid_order, a_person, a_session, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


def address(order) -> str:
    return reverse("admin:order_refund", args=[order.pk])


def places(order) -> list[Seat]:
    return list(Seat.objects.filter(line__order=order).with_holders().order_by("pk"))


def check(client, order, **chosen):
    """The second page, for what was chosen on the first."""
    return client.post(address(order), {"step": "check"} | chosen)


def confirm(client, order, shown, **typed):
    return client.post(address(order), hidden(shown) | {"step": "confirm"} | typed)


def one_seat(order) -> dict:
    return {"what": "seats", "places": [places(order)[0].code]}


class TestChoosing:
    def test_every_seat_is_shown_with_its_holder_and_the_policy_of_today(self, client, order, owner):
        seats.assign(places(order)[0], a_person(owner, "Benoît", "Roy"), by=owner)

        page = client.get(address(order))

        assert page.content.decode().count('name="places"') == 3
        assert "Benoît Roy" in text(page)
        assert "100 %" in text(page)
        assert "448,23 $" in text(page)

    @pytest.mark.parametrize(
        ("chosen", "field"),
        [
            ({"what": "seats"}, "places"),
            ({"what": "seats", "places": ["NOT-A-SEAT"]}, "places"),
            ({"what": "amount"}, "amount"),
            ({"what": "amount", "amount": "0"}, "amount"),
            ({"what": "amount", "amount": "448,24"}, "amount"),
            ({"what": "amount", "amount": "beaucoup"}, "amount"),
            ({"what": "amount", "amount": "-5"}, "amount"),
            ({"what": "all", "percent": "101"}, "percent"),
            ({"what": "all", "note": "x" * 241}, "note"),
            ({"what": "tout"}, "what"),
            ({}, "what"),
        ],
    )
    def test_a_mistake_is_kindly_refused_and_what_was_typed_is_kept(self, client, order, chosen, field):
        page = check(client, order, **chosen)

        assert page.status_code == 422
        assert list(page.context["form"].errors) == [field]
        for name in ("amount", "note", "percent"):
            assert f'value="{chosen.get(name, "")}"' in page.content.decode() or name not in chosen

    def test_coming_back_to_choose_again_keeps_what_was_typed(self, client, order):
        shown = check(client, order, **one_seat(order), note="Malade", percent="80")

        page = client.post(address(order), hidden(shown) | {"step": "choose"})

        assert page.status_code == 200
        assert 'value="Malade"' in page.content.decode()
        assert 'value="80"' in page.content.decode()
        assert page.content.decode().count(" checked") == 2  # the seat, and « seats »


class TestChecking:
    def test_the_amount_each_tax_and_every_consequence(self, client, order, owner):
        held = places(order)[0]
        assignment = seats.assign(held, a_person(owner, "Benoît", "Roy", email="benoit@exemple.ca"), by=owner)
        BalanceEntry.objects.create(
            payment=order.payment, kind="charge", provider_reference="txn_1", gross_cents=44823, fee_cents=402,
            net_cents=44421,
        )  # fmt: skip

        page = check(client, order, **one_seat(order), note="Malade")

        said = text(page)
        for amount in ("129,95 $", "6,49 $", "12,96 $", "149,40 $", "4,02 $"):
            assert amount in said
        assert "Benoît Roy" in said
        assert "benoit@exemple.ca" in said
        assert "Malade" in said
        assert assignment.access_code not in said
        assert CreditNote.objects.count() == 0

    def test_one_percentage_for_all_in_place_of_the_policy(self, client, order):
        assert check(client, order, **one_seat(order), percent="50").context["proposal"].net_cents == 6498

    def test_seats_that_remain_are_priced_again(self, client, owner):
        course = a_course(price_cents=10000, volume_tiers=[[3, 50]])
        order = a_paid_order(owner, (a_session(course), 3))

        page = check(client, order, **one_seat(order))

        assert page.context["proposal"].is_repriced
        assert "83,33 $" in text(page)

    @pytest.mark.parametrize(("seats", "asked"), [(1, False), (9, True)])
    def test_a_large_amount_is_typed_again(self, client, owner, seats, asked):
        order = a_paid_order(owner, (a_session(a_course(price_cents=12995)), seats))

        page = check(client, order, what="all")

        assert ('name="typed"' in page.content.decode()) == asked

    @pytest.mark.parametrize("typed", ["", "1 344,70", "tout"])
    def test_typed_otherwise_nothing_is_given_back(self, client, owner, typed):
        order = a_paid_order(owner, (a_session(a_course(price_cents=12995)), 9))
        shown = check(client, order, what="all")

        page = confirm(client, order, shown, typed=typed)

        assert page.status_code == 422
        assert 'class="office-wrong"' in page.content.decode()
        assert CreditNote.objects.count() == 0

    @pytest.mark.parametrize("typed", ["1 344,69 $", "1344.69", "$1,344.69"])
    def test_typed_as_people_write_it(self, client, owner, typed):
        order = a_paid_order(owner, (a_session(a_course(price_cents=12995)), 9))
        shown = check(client, order, what="all")

        assert confirm(client, order, shown, typed=typed).status_code == 302
        assert CreditNote.objects.get().total_cents == 134469


class TestConfirming:
    def test_a_seat(self, client, order, operator):
        shown = check(client, order, **one_seat(order), note="Malade")

        answer = confirm(client, order, shown)

        note = CreditNote.objects.get()
        assert answer.url == reverse("admin:order_refund_result", args=[order.pk, note.serial])
        assert (note.total_cents, note.note, note.issued_by) == (14940, "Malade", operator)
        assert Refund.objects.get().requested_by == operator
        assert [seat.state for seat in places(order)] == ["refunded", "free", "free"]

    def test_an_amount(self, client, order):
        shown = check(client, order, what="amount", amount="40,50")

        confirm(client, order, shown)

        assert CreditNote.objects.get().total_cents == 4050
        assert remaining(order).seats == places(order)

    def test_everything(self, client, order):
        shown = check(client, order, what="all")

        confirm(client, order, shown)

        assert remaining(order).total_cents == 0
        assert [seat.state for seat in places(order)] == ["refunded"] * 3

    def test_for_nothing_the_seat_is_cancelled_all_the_same(self, client, order):
        shown = check(client, order, **one_seat(order), percent="0")

        answer = confirm(client, order, shown)

        assert answer.url == reverse("admin:pupitre_order_change", args=[order.pk])
        assert places(order)[0].state == "cancelled"
        assert CreditNote.objects.count() == 0

    @pytest.mark.parametrize(
        "chosen", [{"what": "amount", "amount": "40"}, {"what": "all"}, {"what": "seats"}], ids=str
    )
    def test_sent_twice_it_gives_back_once(self, client, order, chosen):
        chosen = one_seat(order) if chosen["what"] == "seats" else chosen
        shown = check(client, order, **chosen)

        first, second = confirm(client, order, shown), confirm(client, order, shown)

        assert second.url == first.url
        assert (CreditNote.objects.count(), Refund.objects.count()) == (1, 1)

    def test_when_someone_else_was_faster_the_new_amount_is_shown(self, client, order):
        shown = check(client, order, what="all", note="Fermeture")
        colleague = an_owner()
        seat = places(order)[0]
        agreed = propose_seats(order, [seat]).total_cents
        returns.give_back_seats(order, [seat], agreed_total_cents=agreed, by=colleague)

        page = confirm(client, order, shown)

        assert page.status_code == 422
        assert "298,83 $" in text(page)
        assert hidden(page)["total"] == ["29883"]
        assert hidden(page)["note"] == ["Fermeture"]
        assert CreditNote.objects.count() == 1
        assert confirm(client, order, page).status_code == 302

    def test_a_seat_given_back_meanwhile_is_no_longer_offered(self, client, order):
        shown = check(client, order, **one_seat(order))
        agreed = propose_seats(order, places(order)[:1]).total_cents
        returns.give_back_seats(order, places(order)[:1], agreed_total_cents=agreed, by=an_owner())

        page = confirm(client, order, shown)

        assert page.status_code == 422
        assert page.content.decode().count('name="places"') == 2
        assert CreditNote.objects.count() == 1

    @pytest.mark.parametrize("what", ["seats", "all"])
    def test_a_holder_who_was_not_shown_keeps_the_seat(self, client, order, owner, what):
        shown = check(client, order, what=what, places=[places(order)[0].code])
        seats.assign(places(order)[0], a_person(owner, "Zoé", "Caron"), by=owner)

        page = confirm(client, order, shown)

        assert page.status_code == 422
        assert "Zoé Caron" in text(page)
        assert CreditNote.objects.count() == 0

    @pytest.mark.parametrize("total", ["", "abc", "-1", "99999999999999999999", "14939"])
    def test_an_amount_that_the_page_never_showed(self, client, order, total):
        shown = check(client, order, **one_seat(order))

        assert confirm(client, order, shown, total=total).status_code == 422
        assert CreditNote.objects.count() == 0

    def test_a_disputed_payment_waits_for_the_bank(self, client, order):
        shown = check(client, order, what="all")
        Dispute.objects.create(payment=order.payment, provider_reference="dp_1", amount_cents=44823)

        page = confirm(client, order, shown)

        assert page.status_code == 422
        assert plain(refunds.PaymentDisputed()) in text(page)
        assert client.get(address(order)).status_code == 200
        assert CreditNote.objects.count() == 0


class TestResult:
    @pytest.fixture
    def refund(self, client, order):
        confirm(client, order, check(client, order, **one_seat(order)))
        return Refund.objects.get()

    def result(self, client, refund) -> str:
        note = refund.credit_note
        return text(client.get(reverse("admin:order_refund_result", args=[note.order_id, note.serial])))

    def test_names_the_credit_note_and_the_reference_of_the_service(self, client, refund):
        refunds.note(refund, RefundNotice("re_42", "succeeded"))

        said = self.result(client, refund)

        assert refund.credit_note.number in said
        assert "re_42" in said
        assert "149,40 $" in said

    def test_a_failure_leads_to_the_two_ways_out(self, client, refund):
        refunds.note(refund, RefundNotice("re_42", "failed", "lost_or_stolen_card"))

        page = client.get(
            reverse("admin:order_refund_result", args=[refund.payment.order_id, refund.credit_note.serial])
        )

        assert "lost_or_stolen_card" in text(page)
        assert reverse("admin:owed_on_credit_note", args=[refund.credit_note_id]) in page.content.decode()

    def test_of_another_order_is_not_found(self, client, refund, owner):
        other = a_paid_order(owner, (a_session(), 1))

        assert client.get(reverse("admin:order_refund_result", args=[other.pk, 1])).status_code == 404


@pytest.mark.parametrize("step", ["choose", "check"])
def test_the_pages_ask_no_more_for_five_seats_than_for_two(client, owner, step):
    def asked_for(count: int) -> int:
        session = a_session()
        order = a_paid_order(owner, (session, count))
        for seat in places(order):
            seats.assign(seat, a_person(owner), by=owner)
        with questions() as asked:
            client.post(address(order), {"step": step, "what": "all"})
        return len(asked)

    asked_for(1)
    assert asked_for(5) == asked_for(2)


def test_only_superusers_enter(client, order, owner):
    client.force_login(owner)

    for page in (address(order), reverse("admin:cases"), reverse("admin:report")):
        assert client.get(page, follow=True).status_code == 403
        assert client.post(page, {"step": "confirm", "what": "all"}, follow=True).status_code == 403
    assert CreditNote.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("cases", []),
        ("review", [1]),
        ("owed_on_credit_note", [1]),
        ("owed_surplus", [1]),
        ("claim", [1]),
        ("report", []),
        ("report_totals", ["2026-11"]),
        ("report_movements", ["2026-11"]),
        ("order_refund", [1]),
        ("order_refund_result", [1, 1]),
        ("order_correction", [1]),
        ("order_invoice", [1, "fr"]),
        ("order_credit_note", [1, 1, "fr"]),
    ],
)
def test_every_page_stays_shut_for_strangers(client, name, args):
    client.logout()
    page = client.get(reverse(f"admin:{name}", args=args))

    assert page.status_code == 302
    assert page.url.startswith("/admin/login/")


def test_a_form_forged_elsewhere_is_refused(order, operator):
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(operator)

    assert forger.post(address(order), {"step": "confirm", "what": "all"}).status_code == 403
    assert CreditNote.objects.count() == 0


def test_a_refunded_seat_is_said_to_be_in_the_list_of_seats(client, order):
    confirm(client, order, check(client, order, **one_seat(order)))

    assert "Remboursée" in text(client.get(reverse("admin:pupitre_seat_changelist")))


def test_an_order_that_is_not_paid_has_nothing_to_give_back(client, order):
    type(order).objects.update(status="cancelled", paid_at=None)

    assert plain(returns.OrderNotPaid()) in text(client.get(address(order)))


def test_a_session_that_is_over_can_be_refunded_too(client, order):
    session = places(order)[0].session
    session.starts_at = clock.now() - (session.ends_at - session.starts_at)
    session.ends_at = clock.now()
    session.save()

    page = check(client, order, **one_seat(order), percent="100")

    assert confirm(client, order, page).status_code == 302
    assert CreditNote.objects.get().total_cents == 14940
