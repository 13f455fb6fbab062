"""Rebates are made in the back office: volume tiers, member prices, promo codes, and what refunds give back."""

import pytest
from django.urls import reverse

from pupitre.actions import promotions
from pupitre.models import Course, EstablishmentGroup, MemberPrice, PromoCode, Provider
from tests.office.test_admin import address, course_form
from tests.world import a_cart, a_course, a_promo, a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def staff(client):
    user = an_owner(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def written(client, model, page="add", *args, **typed):
    return client.post(address(model, page, *args), typed)


def refusals(answer):
    return {field: list(errors) for field, errors in answer.context["adminform"].form.errors.items()}


def promo_form(**typed):
    return {"code": "BIENVENUE", "percent": "10"} | typed


class TestSteps:
    def test_tiers_are_typed_one_per_line_and_read_back(self, client, staff):
        course = a_course()
        typed = course_form(category=course.category_id, slug=course.slug, volume_tiers="10 : 15\r\n\r\n 20:25 %\r\n")

        answer = written(client, Course, "change", course.pk, **typed)

        assert answer.status_code == 302
        course.refresh_from_db()
        assert course.volume_tiers == [[10, 15], [20, 25]]
        shown = client.get(address(Course, "change", course.pk)).context["adminform"].form["volume_tiers"].value()
        assert shown == "10\u00a0: 15\n20\u00a0: 25"

    def test_what_is_shown_can_be_saved_again(self, client, staff):
        course = a_course(volume_tiers=[[10, 15]], refund_steps=[[168, 100], [24, 50]])
        form = client.get(address(Course, "change", course.pk)).context["adminform"].form
        typed = course_form(category=course.category_id, slug=course.slug)

        for name in ("volume_tiers", "refund_steps"):
            typed[name] = form[name].value()
        written(client, Course, "change", course.pk, **typed)

        course.refresh_from_db()
        assert (course.volume_tiers, course.refund_steps) == ([[10, 15]], [[168, 100], [24, 50]])

    @pytest.mark.parametrize(
        "typed",
        [
            *("dix : 15", "10", "10 : 15 : 20", "-10 : 15", "10 : 1.5", "999999 : 5", "10 : ٥"),
            *("1 : 10", "10 : 0", "10 : 101"),
            *("10 : 15\n10 : 20", "20 : 25\n10 : 15", "10 : 15\n20 : 10"),
        ],
    )
    def test_tiers_that_make_no_sense_are_kindly_refused(self, client, staff, typed):
        course = a_course()

        answer = written(
            client,
            Course,
            "change",
            course.pk,
            **course_form(category=course.category_id, slug=course.slug, volume_tiers=typed),
        )

        assert list(refusals(answer)) == ["volume_tiers"]
        assert answer.context["adminform"].form["volume_tiers"].value() == typed
        course.refresh_from_db()
        assert course.volume_tiers == []

    def test_no_policy_of_its_own_is_the_policy_of_the_provider(self, client, staff):
        course = a_course(refund_steps=[[24, 100]])

        written(
            client,
            Course,
            "change",
            course.pk,
            **course_form(category=course.category_id, slug=course.slug, refund_steps=" "),
        )

        course.refresh_from_db()
        assert course.refund_steps is None

    @pytest.mark.parametrize("typed", ["24 : 100\n168 : 50", "168 : 50\n24 : 100", "24 : 101", "demain : 100"])
    def test_a_refund_policy_that_makes_no_sense_is_kindly_refused(self, client, staff, typed):
        course = a_course()

        answer = written(
            client,
            Course,
            "change",
            course.pk,
            **course_form(category=course.category_id, slug=course.slug, refund_steps=typed),
        )

        assert list(refusals(answer)) == ["refund_steps"]

    def test_the_provider_has_a_policy(self, client, staff, provider):
        facts = {name: getattr(provider, name) for name in ("name", "street", "city", "province", "postal_code")}
        facts |= {name: getattr(provider, name) for name in ("phone", "email", "privacy_officer")}
        typed = {"gst_number": provider.gst_number, "qst_number": provider.qst_number}

        answer = written(client, Provider, "change", 1, **facts, **typed, refund_steps="168 : 100\n24 : 50")

        assert answer.status_code == 302
        assert Provider.current().refund_steps == [[168, 100], [24, 50]]


class TestMemberPrices:
    def test_a_group_and_what_its_members_pay(self, client, staff):
        course, member = a_course(), an_owner().establishment

        answer = written(
            client,
            EstablishmentGroup,
            name_fr="Réseau des cliniques",
            establishments=[member.pk],
            **{
                "prices-TOTAL_FORMS": "1",
                "prices-INITIAL_FORMS": "0",
                "prices-0-course": course.pk,
                "prices-0-price_cents": "110.50",
            },
        )

        assert answer.status_code == 302
        price = MemberPrice.objects.get()
        assert (price.course, price.price_cents, list(price.group.establishments.all())) == (course, 11050, [member])

    def test_the_page_of_a_course_has_its_member_prices(self, client, staff):
        course, group = a_course(), EstablishmentGroup.objects.create(name_fr="Réseau des cliniques")
        typed = course_form(category=course.category_id, slug=course.slug) | {
            "member_prices-TOTAL_FORMS": "1",
            "member_prices-0-group": group.pk,
            "member_prices-0-price_cents": "99",
        }

        answer = written(client, Course, "change", course.pk, **typed)

        assert answer.status_code == 302
        assert list(course.member_prices.values_list("group", "price_cents")) == [(group.pk, 9900)]


class TestPromoCodes:
    def test_a_code_is_kept_in_capital_letters_and_digits(self, client, staff):
        answer = written(client, PromoCode, **promo_form(code="été-2027 "))

        assert answer.status_code == 302
        assert PromoCode.objects.get().code == "ETE2027"

    def test_an_amount_is_typed_in_dollars(self, client, staff):
        written(client, PromoCode, **promo_form(percent="", amount_cents="25.50"))

        assert PromoCode.objects.get().amount_cents == 2550

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("__all__", {"percent": ""}),
            ("__all__", {"amount_cents": "25"}),
            ("__all__", {"free_seats": "1"}),
            ("percent", {"percent": "101"}),
            ("code", {"code": "!?"}),
            ("ends_at", {"starts_at_0": "2030-06-03", "starts_at_1": "09:00", "ends_at_0": "2030-06-03"}
             | {"ends_at_1": "08:00"}),
        ],
    )  # fmt: skip
    def test_a_code_with_a_mistake_is_kindly_refused(self, client, staff, field, typed):
        answer = written(client, PromoCode, **promo_form(**typed))

        assert list(refusals(answer)) == [field], refusals(answer)
        assert PromoCode.objects.count() == 0

    def test_the_same_code_twice_whatever_the_capitals(self, client, staff):
        a_promo(code="BIENVENUE")

        answer = written(client, PromoCode, **promo_form(code="bienvenue"))

        assert list(refusals(answer)) == ["code"]

    def test_a_code_that_was_used_keeps_its_rebate_and_changes_its_limits(self, client, staff):
        promo = a_promo(code="BIENVENUE", percent=10, most_uses=5)
        owner = an_owner()
        session = a_session()
        promotions.put(a_cart(owner, (session, 1)), "BIENVENUE", owner.establishment)
        an_order(owner)

        answer = written(client, PromoCode, "change", promo.pk, code="AUTRE", percent="90", most_uses="3")

        assert answer.status_code == 302
        promo.refresh_from_db()
        assert (promo.code, promo.percent, promo.most_uses, promo.used) == ("BIENVENUE", 10, 3, 1)

    def test_fewer_uses_than_were_taken_are_kindly_refused(self, client, staff):
        promo = a_promo(most_uses=5)
        for _ in range(2):
            owner = an_owner()
            promotions.put(a_cart(owner, (a_session(), 1)), promo.code, owner.establishment)
            an_order(owner)

        answer = written(client, PromoCode, "change", promo.pk, most_uses="1")

        assert list(refusals(answer)) == ["most_uses"]

    def test_the_list_says_how_often_each_is_used(self, client, staff):
        a_promo(code="MOITIE", percent=50, most_uses=10)
        a_promo(code="VINGT", percent=None, amount_cents=2000)

        page = client.get(reverse("admin:pupitre_promocode_changelist")).content.decode()

        assert [text in page for text in ("0 / 10", "50\u00a0%", "20,00\u00a0$")] == [True, True, True]
