"""The eight steps of the guide, in a browser, against the very processes of `make run`."""

import re

import pytest

from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE = re.compile(r"(?:[2-9A-HJKMNP-TV-Z]{4}-){3}[2-9A-HJKMNP-TV-Z]{4}")

# Each visitor goes to a course of their own: they all are the same owner, who takes one seat in a session only.
WAYS = {
    "french": {"course": "gerer-une-equipe-pour-la-premiere-fois", "language": "fr-ca"},
    "english": {"course": "desamorcer-l-agressivite", "language": "en"},
    "without-javascript": {
        "course": "anglais-langue-seconde-accueillir-la-clientele",
        "language": "fr-ca",
        "java_script_enabled": False,
    },
    "phone": {
        "course": "simdut-produits-dangereux",
        "language": "fr-ca",
        "viewport": {"width": 360, "height": 740},
    },
    "english-phone-without-javascript-dark": {
        "course": "donner-une-retroaction-utile",
        "language": "en",
        "java_script_enabled": False,
        "viewport": {"width": 360, "height": 740},
        "color_scheme": "dark",
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_an_owner_buys_assigns_replaces_and_assigns_again(way, new_page, picture, complaints):
    options = dict(WAYS[way])
    course, language = options.pop("course"), options.pop("language")
    page = new_page(**options)
    visitor = Visitor(page, language)

    # 1. In the cart, the number of participants.
    visitor.go(f"/cours/{course}/")
    picture(page, f"{way}/1-course")
    visitor.puts_in_cart(course, 1)
    visitor.type("Number of seats", "3")
    visitor.press("Update")
    page.locator("#cart-count", has_text="3").wait_for()
    picture(page, f"{way}/2-cart")
    visitor.follow("Continue")

    # 2. Who is buying; the cart is kept.
    visitor.sees("Already have a profile? Continue here")
    picture(page, f"{way}/3-sign-in")
    visitor.signs_in()

    # 3. The last look, then the payment.
    visitor.arrives_at("Review your order")
    picture(page, f"{way}/4-review")
    visitor.accepts_terms()
    visitor.press("Pay by card")
    visitor.pays_with_card()

    # 4. Paid: the seats are to be assigned; one of them to oneself.
    visitor.arrives_at("Thank you! Your order is paid")
    picture(page, f"{way}/5-thanks")
    visitor.press("This is my own registration")
    visitor.sees("Done: this seat is in your name.")
    picture(page, f"{way}/6-own-code")

    # 5. Someone of the list; then, below, a new person.
    visitor.follow("Assign another seat")
    visitor.arrives_at("Who is this seat for?")
    picture(page, f"{way}/7-assign")
    visitor.assigns_to_someone()

    # 6. The code and the PDF to hand over.
    code, seat = visitor.code, page.url
    assert CODE.fullmatch(code)
    picture(page, f"{way}/8-code")
    with page.expect_download() as download:
        visitor.follow("Download the registration confirmation (PDF)")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    visitor.follow("Assign another seat")
    visitor.assigns_to_newcomer("Zoé", f"Nouvelle {way}")

    # 7. My purchases shows everything; the person is replaced.
    visitor.follow("Go to My purchases")
    visitor.arrives_at("My purchases")
    picture(page, f"{way}/9-purchases")
    page.goto(seat)
    visitor.follow("Replace")
    visitor.arrives_at("Replace the registered person")
    picture(page, f"{way}/10-replacement")
    newcomer = visitor.chooses_someone()
    visitor.press("Continue")
    visitor.sees("What will happen")
    picture(page, f"{way}/11-replacement-check")
    visitor.press("Replace")
    visitor.arrives_at("Access code: %(name)s", name=newcomer)
    assert visitor.code != code

    # 8. A released seat is available at once, and assigned again.
    visitor.follow("Release the seat")
    visitor.arrives_at("Release the seat and choose later")
    picture(page, f"{way}/12-release")
    visitor.press("Release the seat")
    visitor.arrives_at("The seat is available again")
    picture(page, f"{way}/13-released")
    visitor.follow("Assign this seat")
    visitor.assigns_to_someone()
    last_code = visitor.code

    # The participant opens the course with the code; the old one says kindly that it no longer works.
    page.context.clear_cookies()
    visitor.go("/acces/")
    visitor.type("Enter your access code", code.lower().replace("-", " "))
    visitor.press("Go to the course")
    visitor.sees("This code is no longer valid because the seat was assigned to someone else.")
    visitor.type("Enter your access code", last_code)
    visitor.press("Go to the course")
    visitor.sees("Your personal information")
    picture(page, f"{way}/14-is-it-you")
    visitor.press("Yes, open my course")
    visitor.link("Calendar file (.ics)").wait_for()
    picture(page, f"{way}/15-my-course")


def test_the_letters_of_a_purchase_arrive(owner, new_page):
    owner.puts_in_cart("hygiene-et-salubrite-manipulation-des-aliments", 1)
    owner.follow("Continue")
    owner.press("Pay with PayPal")
    owner.pays_with_paypal()
    owner.arrives_at("Thank you! Your order is paid")
    number = re.search(r"DEMO-\w+", owner.page.get_by_role("main").inner_text())[0]

    owner.opens_letter("proprietaire@exemple.ca", about=number)

    assert number in owner.page.get_by_role("main").inner_text()
