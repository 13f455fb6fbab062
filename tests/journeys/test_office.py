"""The provider's staff put a course and its sessions on sale, in a browser that complains of everything."""

import re

import pytest

from pupitre.demo import STAFF_EMAIL
from tests.journeys.looking import faults
from tests.journeys.visitor import A_MOMENT, PATIENCE, Visitor

pytestmark = pytest.mark.browser

CARD_WHOSE_REFUNDS_FAIL_LATER = "4000 0000 0000 5126"


def test_a_course_and_its_sessions_are_put_on_sale(page, picture):
    staff = Visitor(page)
    page.goto("/admin/")
    staff.signs_in(STAFF_EMAIL)
    page.wait_for_url("**/admin/")
    assert "Formations Rivage" in page.locator("#site-name").inner_text()
    picture(page, "office")

    page.goto("/admin/pupitre/course/add/")
    page.fill("#id_title_fr", "Grimper sans tomber")
    page.fill("#id_summary_fr", "Une journée dans les arbres.")
    page.fill("#id_programme_fr", "S’encorder\nMonter\nRedescendre")
    page.select_option("#id_category", index=1)
    page.fill("#id_training_hours", "6")
    page.fill("#id_price_cents", "149.50")
    assert page.input_value("#id_slug") == "grimper-sans-tomber"
    page.fill("#id_published_at_0", "2026-01-05")
    page.fill("#id_published_at_1", "09:00")
    page.locator("#sessions-group .add-row a").click()
    page.fill("#id_sessions-0-starts_at", "2031-06-03T09:00")
    page.fill("#id_sessions-0-ends_at", "2031-06-03T16:00")
    page.fill("#id_sessions-0-city", "Sutton")
    page.fill("#id_sessions-0-capacity", "12")
    picture(page, "office-course")
    page.locator("input[name=_save]").first.click()
    page.locator(".messagelist .success").wait_for()

    page.goto("/admin/pupitre/coursesession/add/")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("grimper")
    page.locator(".select2-results__option", has_text="Grimper sans tomber").click()
    page.select_option("#id_timezone", "America/Halifax")
    page.fill("#id_starts_at", "2031-06-10T09:00")
    page.fill("#id_ends_at", "2031-06-10T16:00")
    page.fill("#id_city", "Les Îles-de-la-Madeleine")
    page.fill("#id_capacity", "10")
    picture(page, "office-session")
    page.locator("input[name=_save]").first.click()
    page.locator(".messagelist .success").wait_for()
    page.goto("/admin/pupitre/coursesession/?q=grimper")
    picture(page, "office-sessions")
    assert page.locator("#result_list tbody tr").count() == 2

    page.goto("/cours/grimper-sans-tomber/")
    assert page.locator("h1").inner_text() == "Grimper sans tomber"
    for city in ("Sutton", "Les Îles-de-la-Madeleine"):
        page.get_by_text(city).first.wait_for()


def test_what_happened_is_looked_up(page):
    staff = Visitor(page)
    page.goto("/admin/")
    staff.signs_in(STAFF_EMAIL)
    page.wait_for_url("**/admin/")

    for model in ("order", "seat", "assignment", "letter", "deed", "job", "participant", "user"):
        page.goto(f"/admin/pupitre/{model}/")
        page.locator("#result_list tbody tr th a").first.click()
        page.locator("#content h1").wait_for()


@pytest.fixture
def staff(new_page) -> Visitor:
    """Someone of the provider's, at the front page of the back office."""
    staff = Visitor(new_page())
    staff.page.goto("/admin/")
    staff.signs_in(STAFF_EMAIL)
    staff.page.wait_for_url("**/admin/")
    return staff


def test_a_seat_is_refunded_by_clicking_and_what_fails_later_is_settled(a_new_owner, staff, picture, complaints):
    # Where a stylesheet of Django’s imports another one, axe reads it through a style of its own.
    complaints.forgive("Applying inline style")
    # Of an establishment that has no other seat in the session: the first free one is of this order.
    owner = a_new_owner("Halte-garderie du Ruisseau", "ruisseau@exemple.ca")
    owner.puts_in_cart("simdut-produits-dangereux", 2)
    owner.follow("Continue")
    owner.press("Pay by card")
    owner.pays_with_card(CARD_WHOSE_REFUNDS_FAIL_LATER)
    owner.arrives_at("Thank you! Your order is paid")
    number = re.search(r"DEMO-\w+", owner.page.locator("main").inner_text())[0]
    owner.follow("Assign a seat")
    name = "Huguette Lapointe"
    owner.assigns_to_newcomer("Huguette", "Lapointe")

    page = staff.page
    page.goto(f"/admin/pupitre/order/?q={number}")
    page.locator("#result_list tbody tr th a").click()
    picture(page, "office-order")
    page.locator(".object-tools a[href$='/remboursement/']").click()
    page.get_by_label(name).check()
    page.locator("#id_percent").fill("100")
    page.locator("#id_note").fill("Absence justifiée")
    picture(page, "office-refund")
    seen = {"choice": faults(page, dark=False)}
    staff.press("Continue")
    assert name in page.locator("#consequences + ul").inner_text()
    picture(page, "office-refund-check")
    seen |= {"check": faults(page, dark=False)}
    page.locator("button[value=confirm]").click()
    page.wait_for_url("**/remboursement/*/")
    _look_until(page, lambda: page.locator("dd", has_text="re_").count())
    picture(page, "office-refund-result")
    seen |= {"result": faults(page, dark=False)}

    owner.page.reload()
    owner.page.get_by_text("Remboursée").first.wait_for()

    page.goto("/admin/")
    _look_until(page, lambda: page.locator("a[href$='#debts']").count())
    picture(page, "office-to-do")
    seen |= {"front page": faults(page, dark=False)}
    page.locator("a[href$='#debts']").click()
    picture(page, "office-cases")
    seen |= {"cases": faults(page, dark=False)}
    page.locator("#debts ~ ul li", has_text=number).locator("a[href$='#by-hand']").click()
    page.locator("#id_note").fill("Virement du 3 décembre")
    seen |= {"debt": faults(page, dark=False)}
    staff.press("Write it down")
    page.locator(".messagelist .success").wait_for()
    assert "Virement du 3 décembre" in page.locator(".office-timeline").inner_text()
    seen |= {"order": faults(page, dark=False)}
    page.goto("/admin/rapport/")
    picture(page, "office-report")
    seen |= {"report": faults(page, dark=False)}

    assert {face: problems for face, problems in seen.items() if problems} == {}


def _look_until(page, there) -> None:
    """Reload the page until what the worker does, or the payment service says, is on it."""
    for _look in range(PATIENCE):
        if there():
            return
        page.wait_for_timeout(A_MOMENT)
        page.reload()
    raise AssertionError(f"nothing came at {page.url}")
