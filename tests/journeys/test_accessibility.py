"""Every page can be read and used by everyone: by eye, by ear, on any screen, in any light."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from pupitre.running import STAFF, Demonstration
from tests.journeys.looking import PHONE, WIDE, faults, what_sticks_out
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


LIST = "Name and email address, one person per line"


@dataclass(frozen=True)
class Estate:
    """What the owner of these tests bought, by the addresses of its pages, and the cookies of their browser."""

    thanks: str
    session: str
    list_to_check: str
    list_used: str
    seat: str
    person: str
    member: str
    late_seat: str
    cancelled: str
    code: str
    my_course: str
    claim_link: str
    place: str
    signed_in: dict


@pytest.fixture(scope="module")
def estate(browser, shop: Demonstration) -> Iterator[Estate]:
    """A purchase of three seats, one of them opened by its holder, and something else in the cart meanwhile."""
    context = browser.new_context(base_url=shop.addresses.shop, locale="fr-CA", timezone_id="America/Toronto")
    owner = Visitor(context.new_page())
    owner.go("/connexion/")
    owner.signs_in()
    owner.arrives_at("My purchases")
    late_seat = _address(owner, "main td.act a[href^='/places/']:not([href$='/remplacement/'])")
    owner.go("/mes-achats/?etat=annulees")
    cancelled = _address(owner, "main section h3 a")

    owner.buys("deplacement-securitaire-des-beneficiaires", 3)
    thanks = _path(owner)
    owner.follow("Assign a seat")
    owner.assigns_to_someone()
    seat, code = _path(owner), owner.code
    session = _address(owner, "main .lead a")

    list_used = _gives_a_list(owner, session, "Noé, Vachon, noe.vachon@exemple.ca")
    owner.press("Assign to the %(n)s person who is ready")
    owner.arrives_at("%(n)s seat assigned", n=1)
    resembling = "Noe, Vachon, autre@exemple.ca\nPaul, Hamel, paul@exemple\n, , rien@exemple.ca\nEva, Émond,"
    list_to_check = _gives_a_list(owner, session, resembling)

    owner.go(f"/acces/{code}/")
    owner.press("Yes, open my course")
    owner.link("Calendar file (.ics)").wait_for()
    my_course = _path(owner)

    owner.go(session)
    owner.press("Share a link")
    owner.arrives_at("Link to take a seat")
    claim_link, place = _path(owner), urlsplit(owner.page.locator("copy-code code").inner_text()).path

    owner.go("/equipe/")
    person = _address(owner, "main tbody th a")
    owner.go("/etablissement/personnes/")
    member = _address(owner, "main tbody th a")
    owner.puts_in_cart("hygiene-et-salubrite-gestion-d-un-etablissement", 2)
    lists = (list_to_check, list_used)
    people = (seat, person, member, late_seat, cancelled, code, my_course, claim_link, place)
    yield Estate(thanks, session, *lists, *people, context.storage_state())
    owner.go("/panier/")
    owner.press("Remove")
    owner.sees("Your cart is empty")
    context.close()


def _path(visitor: Visitor) -> str:
    return urlsplit(visitor.page.url).path


def _address(visitor: Visitor, link: str) -> str:
    return visitor.page.locator(link).first.get_attribute("href")


def _gives_a_list(owner: Visitor, session: str, text: str) -> str:
    """Paste a list for a session. Gives the address of its preview."""
    owner.go(f"{session}liste/")
    owner.type(LIST, text)
    owner.press("See the preview")
    owner.arrives_at("Preview of the list")
    return _path(owner)


FOR_EVERYONE = {
    "catalogue": "/",
    "catalogue-without-answer": "/?q=trapeze",
    "course": "/cours/secourisme-en-milieu-de-travail/",
    "course-with-a-full-session": "/cours/gerer-une-equipe-pour-la-premiere-fois/",
    "course-free-of-charge": "/cours/proteger-les-renseignements-personnels/",
    "cart-empty": "/panier/",
    "sign-in": "/connexion/",
    "sign-up": "/inscription/",
    "forgotten-password": "/mot-de-passe/oubli/",
    "forgotten-password-sent": "/mot-de-passe/oubli/envoye/",
    "access": "/acces/",
    "guide": "/aide/",
    "letters": "/_courriels/",
    "terms": "/conditions/",
    "back-from-the-payment": "/payer/retour/00000000-0000-4000-8000-000000000000/",
}
FOR_THE_OWNER = {
    "cart": "/panier/",
    "review": "/commande/verification/",
    "thanks": "{thanks}",
    "purchases": "/mes-achats/",
    "purchases-to-assign": "/mes-achats/?etat=a-assigner",
    "purchases-of-the-past": "/mes-achats/?etat=passees",
    "purchases-in-one-state": "/mes-achats/?etat=a-venir&statut=opened",
    "purchases-without-answer": "/mes-achats/?q=trapeze",
    "purchase": "{session}",
    "purchase-cancelled": "{cancelled}",
    "assignment": "{session}assignation/",
    "share-a-link": "{session}partage/",
    "link-to-take-a-seat": "{claim_link}",
    "link-revocation": "{claim_link}revocation/",
    "take-a-seat": "{place}",
    "list-paste": "{session}liste/",
    "list-to-check": "{list_to_check}",
    "list-used": "{list_used}",
    "roster-paste": "/equipe/importation/",
    "seat": "{seat}",
    "seat-locked": "{late_seat}",
    "correction": "{seat}correction/",
    "replacement": "{seat}remplacement/",
    "release": "{seat}liberation/",
    "move": "{seat}deplacement/",
    "moves": "{session}deplacement/",
    "swap": "{seat}echange/",
    "team": "/equipe/",
    "team-archives": "/equipe/?archives=1",
    "newcomer": "/equipe/nouvelle-personne/",
    "person": "{person}",
    "team-of-a-department": "/equipe/?service=Cuisine",
    "groups": "/equipe/groupes/",
    "duplicates": "/equipe/doublons/",
    "other-record": "{person}doublon/",
    "register": "/registre/",
    "register-of-every-year": "/registre/?annee=toutes",
    "is-it-you": "/acces/{code}/",
    "my-course": "{my_course}",
    "documents": "/recus/",
    "waitlist": "/liste-attente/",
    "establishment": "/etablissement/",
    "members": "/etablissement/personnes/",
    "member": "{member}",
    "transfer": "/etablissement/cession/",
    "departure": "/etablissement/depart/",
    "establishments": "/compte/etablissements/",
    "new-establishment": "/compte/etablissements/nouveau/",
    "account": "/compte/",
    "password": "/compte/mot-de-passe/",
    "address": "/compte/courriel/",
    "two-steps": "/compte/deux-etapes/",
    "devices": "/compte/appareils/",
}
REFUSED = {
    "cart-refused": ("/panier/", lambda owner: (owner.type("Number of seats", "0"), owner.press("Update"))),
    "course-refused": ("/cours/simdut-produits-dangereux/", lambda owner: owner.press("Add to cart")),
    "assignment-refused": ("{session}assignation/", lambda owner: owner.press("Assign")),
    "list-refused": ("{session}liste/", lambda owner: owner.press("See the preview")),
    "roster-preview": (
        "/equipe/importation/",
        lambda owner: (owner.type(LIST, "Anne, Boily, anne@exemple\nMia, Caron,"), owner.press("See the preview")),
    ),
    "assignment-of-nobody": ("{session}assignation/", lambda owner: owner.press("Add and assign")),
    "share-refused": (
        "{session}partage/",
        lambda owner: (owner.type("Number of seats", "0"), owner.press("Create the link")),
    ),
    "take-a-seat-refused": ("{place}", lambda owner: owner.press("Take a seat")),
    "correction-refused": ("{seat}correction/", lambda owner: (owner.type("Last name", ""), owner.press("Save"))),
    "replacement-refused": ("{seat}remplacement/", lambda owner: owner.press("Continue")),
    "replacement-check": ("{seat}remplacement/", lambda owner: (owner.chooses_someone(), owner.press("Continue"))),
    "selection-refused": ("/equipe/", lambda owner: (owner.click("main details summary"), owner.press("Archive"))),
    "groups-refused": ("/equipe/groupes/", lambda owner: owner.press("Create the group")),
    "moves-refused": ("{session}deplacement/", lambda owner: owner.press("Continue")),
    "move-check": ("{seat}deplacement/", lambda owner: (owner.chooses_session(), owner.press("Continue"))),
    "newcomer-refused": ("/equipe/nouvelle-personne/", lambda owner: owner.press("Add")),
    "establishment-refused": (
        "/etablissement/",
        lambda owner: (owner.type("Postal code", "V6B 1A1"), owner.press("Save")),
    ),
    "account-refused": ("/compte/", lambda owner: (owner.type("Last name", ""), owner.press("Save"))),
    "password-refused": ("/compte/mot-de-passe/", lambda owner: owner.click("main form button.main")),
    "access-refused": ("/acces/", lambda owner: owner.press("Go to the course")),
}


@pytest.mark.parametrize("name", FOR_EVERYONE)
def test_a_page_for_everyone(name, new_page, picture):
    page = new_page()

    page.goto(FOR_EVERYONE[name])

    _pictures(page, picture, name)
    assert faults(page) == {}


@pytest.mark.parametrize("name", FOR_THE_OWNER)
def test_a_page_for_the_owner(name, new_page, estate, picture):
    page = new_page(storage_state=estate.signed_in)

    page.goto(FOR_THE_OWNER[name].format(**vars(estate)))

    _pictures(page, picture, name)
    assert faults(page) == {}


@pytest.mark.parametrize("name", REFUSED)
def test_a_form_that_was_refused(name, new_page, estate, picture):
    owner = Visitor(new_page(storage_state=estate.signed_in))
    address, mistake = REFUSED[name]
    owner.page.goto(address.format(**vars(estate)))

    mistake(owner)

    if name.endswith("-check"):
        owner.sees("What will happen")
    else:
        owner.page.locator(".errsum").wait_for()
    _pictures(owner.page, picture, name)
    assert faults(owner.page) == {}


def test_the_faces_of_an_order(a_new_owner, shop, picture):
    """Interrupted, taken back, declined, being looked at by PayPal, and paid at last."""
    owner = a_new_owner("Auberge du Ruisseau", "auberge@exemple.ca")
    page, seen = owner.page, {}

    def looks(face: str) -> None:
        _pictures(page, picture, f"order-{face}")
        seen.update({(face, *way): problems for way, problems in faults(page).items()})

    owner.puts_in_cart("anglais-langue-seconde-accueillir-la-clientele", 2)
    owner.follow("Continue")
    owner.press("Pay by card")
    page.wait_for_url("**/c/pay/**")
    page.locator("form a").first.click()
    owner.arrives_at("The payment was stopped")
    looks("interrupted")
    owner.press("Change the number of seats")
    owner.arrives_at("Cart")
    page.go_back()
    page.goto(page.url.partition("?")[0])
    owner.arrives_at("This order was not paid")
    looks("expired")

    owner.go("/commande/verification/")
    owner.press("Pay with PayPal")
    owner.pays_with_paypal("declined")
    owner.arrives_at("The payment was not accepted")
    looks("declined")
    owner.press("Create the link")
    owner.sees("Withdraw the link")
    looks("link")
    owner.press("Pay with PayPal")
    owner.pays_with_paypal("pending")
    owner.arrives_at("Payment being confirmed")
    order = page.url.partition("?")[0]
    page.goto(f"{order}?n=15")  # the last of its polls: the page stays as it is while we look
    looks("pending")

    page.goto(shop.addresses.console)
    page.locator("button[value=COMPLETED]").first.click()
    page.goto(order)
    owner.arrives_at("Thank you! Your order is paid")
    assert seen == {}


def test_the_pages_of_a_new_establishment(new_page, picture, complaints):
    """From the profile to the first seat: what is empty says what to do, and the letters’ links lead somewhere."""
    owner = Visitor(new_page())
    page, seen = owner.page, {}

    def looks(name: str) -> None:
        _pictures(page, picture, name)
        seen.update({(name, *way): problems for way, problems in faults(page).items()})

    owner.go("/inscription/")
    owner.press("Create profile")
    page.locator(".errsum").wait_for()
    looks("sign-up-refused")
    owner.go("/connexion/")
    owner.signs_in("personne@exemple.ca", "pas le bon mot de passe")
    page.locator(".errsum").wait_for()
    looks("sign-in-refused")

    owner.go("/inscription/")
    owner.signs_up("Garderie du Coteau", "garderie@exemple.ca")
    looks("check-your-email")
    owner.opens_confirmation("garderie@exemple.ca")
    looks("confirm-your-address")
    owner.press("Confirm my address")
    owner.arrives_at("My purchases")
    looks("purchases-empty")
    owner.go("/equipe/")
    looks("team-empty")
    owner.buys("secourisme-en-milieu-de-travail", 1)
    owner.follow("Assign a seat")
    looks("assignment-of-the-first-person")

    page.context.clear_cookies()
    owner.go("/mot-de-passe/oubli/")
    owner.type("Establishment email address", "garderie@exemple.ca")
    owner.click("main form button.main")
    owner.opens_letter("garderie@exemple.ca", about=owner.said("password"))
    looks("letter")
    owner.click("main a[href*='/mot-de-passe/oubli/']")
    page.locator("input[type=password]").first.wait_for()
    looks("new-password")
    assert seen == {}


def test_the_pages_that_say_no(new_page, estate, picture, complaints):
    """No such page, too late, not for you, open for too long, no longer yours."""
    owner = Visitor(new_page(storage_state=estate.signed_in))
    page, seen = owner.page, {}

    def looks(name: str, status: int) -> None:
        complaints.forgive(f"status of {status}")
        _pictures(page, picture, name)
        seen.update({(name, *way): problems for way, problems in faults(page).items()})

    owner.go("/nulle-part/")
    looks("not-found", 404)
    owner.go(f"{estate.late_seat}remplacement/")
    owner.arrives_at("Replacement is closed")
    looks("replacement-closed", 409)

    owner.go(f"{estate.seat}correction/")
    page.context.clear_cookies(name="csrftoken")
    owner.press("Save")
    owner.arrives_at("This page was open for too long")
    looks("open-for-too-long", 403)

    staff = Visitor(new_page())
    page = staff.page
    staff.go("/connexion/")
    staff.signs_in(STAFF)
    staff.page.wait_for_url("**/admin/**")
    staff.go("/mes-achats/")
    staff.arrives_at("This profile buys for no establishment")
    looks("without-establishment", 403)
    assert seen == {}


def test_the_pages_fit_a_phone_in_english_too(new_page, estate):
    """They are built as in French: only the words are of another length."""
    page = new_page(storage_state=estate.signed_in, viewport={"width": PHONE, "height": 800})
    found = {}

    for name, address in FOR_THE_OWNER.items():
        page.goto("/en" + address.format(**vars(estate)))
        found[name] = what_sticks_out(page)

    assert page.locator("html").get_attribute("lang") == "en-CA"
    assert {name: faults for name, faults in found.items() if any(faults)} == {}


def test_every_page_opens_with_the_colours_of_the_reader_and_without_movement(new_page, estate):
    page = new_page(storage_state=estate.signed_in, forced_colors="active", reduced_motion="reduce")

    for address in [*FOR_EVERYONE.values(), *FOR_THE_OWNER.values()]:
        page.goto(address.format(**vars(estate)))
        page.get_by_role("heading", level=1).wait_for()
        assert page.evaluate("document.getAnimations().length") == 0, address


def _pictures(page, picture: Callable, name: str) -> None:
    """The three pictures that a reviewer looks at."""
    picture(page, f"pages/{name}-wide")
    page.emulate_media(color_scheme="dark")
    picture(page, f"pages/{name}-dark")
    page.set_viewport_size({"width": PHONE, "height": 740})
    page.emulate_media(color_scheme="light")
    picture(page, f"pages/{name}-phone")
    page.set_viewport_size({"width": WIDE, "height": 800})


def test_what_stands_in_the_way_is_noticed(page):
    page.goto("/acces/")
    page.evaluate("document.querySelector('main label').remove()")
    page.evaluate("document.querySelector('main h1').style.inlineSize = '90rem'")

    found = faults(page, widths=(PHONE,), dark=False)

    assert list(found) == ["360 px", "360 px, light", "letters twice as large"]
    assert any(problem.startswith("label:") for problem in found["360 px, light"])
