"""The provider's staff put a course and its sessions on sale, in a browser that complains of everything."""

import pytest

from pupitre.demo import STAFF_EMAIL
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.browser


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
