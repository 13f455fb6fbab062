"""The seat board in a browser: undo, filters, and what is done with the seats that are ticked."""

import re

import pytest

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "l-intelligence-artificielle-au-travail"  # online, with room for everyone here


@pytest.fixture(params=[True, False], ids=["", "without-javascript"])
def owner(request, new_page, owner_signed_in) -> Visitor:
    return Visitor(new_page(storage_state=owner_signed_in, java_script_enabled=request.param))


def test_a_release_is_undone_in_one_click_and_the_code_is_the_same(owner):
    owner.buys(COURSE, 1)
    owner.follow("Assign a seat")
    name = owner.assigns_to_someone()
    seat, code = owner.page.url, owner.code
    owner.follow("Release the seat")
    owner.press("Release the seat")
    owner.arrives_at("The seat is available again")

    owner.start_counting()
    owner.press("Undo")
    owner.arrives_at("Access code: %(name)s", name=name)

    assert (owner.code, owner.clicks, owner.page.url) == (code, 1, seat)


def test_a_replacement_is_undone_from_the_board(owner):
    owner.buys(COURSE, 1)
    owner.follow("Assign a seat")
    name = owner.assigns_to_someone()
    code = owner.code
    owner.follow("Replace")
    owner.chooses_someone()
    owner.press("Continue")
    owner.press("Replace")
    owner.button("Undo").wait_for()

    owner.go("/mes-achats/")
    owner.press("Undo")
    owner.arrives_at("Access code: %(name)s", name=name)

    assert owner.code == code


def test_ticked_seats_are_written_to_and_exported(owner):
    owner.go("/mes-achats/")
    held = owner.page.locator("main tbody tr", has=owner.page.locator("a[href$='/remplacement/']"))
    for row in (0, 1):
        held.nth(row).get_by_role("checkbox").check()

    with owner.page.expect_download() as download:
        owner.press("Export (Excel)")
    assert re.fullmatch(r"mes-achats-\d{4}-\d\d-\d\d\.xlsx", download.value.suggested_filename)

    owner.press("Resend the email")
    owner.page.locator(".flashes").get_by_text(re.compile("Courriels")).wait_for()


def test_a_state_is_chosen_then_everything_is_shown_again(owner):
    owner.go("/mes-achats/")
    everything = owner.page.locator(".count").inner_text()

    owner.click("main .chips a")
    owner.page.locator(".chips a[aria-current]").wait_for()
    assert owner.page.locator(".count").inner_text() != everything
    owner.follow("Clear the filters")
    owner.page.locator(".chips a[aria-current]").wait_for(state="detached")

    assert owner.page.locator(".count").inner_text() == everything
