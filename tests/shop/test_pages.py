"""What holds for every page: both languages, valid HTML, one title, labelled fields, nothing inline, a light weight."""

import gzip
import re
from uuid import uuid4

import html5lib
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import translation

from pupitre.actions import (
    claim_links,
    groups,
    invitations,
    lists,
    payment_links,
    people,
    returns,
    seats,
    terms,
    waitlist,
)
from pupitre.models import CreditNote, Membership, Role, Seat
from pupitre.queries.lists import verdicts
from pupitre.queries.refunds import propose_seats
from pupitre.shop import urls
from tests.shop.test_access_table import TABLE
from tests.world import (
    a_cart,
    a_course,
    a_list,
    a_member,
    a_paid_order,
    a_person,
    a_provider,
    a_session,
    an_order,
    an_owner,
)

pytestmark = pytest.mark.django_db

HEAVIEST_PAGE = 10 * 1024  # compressed; UX budget for the HTML of any page


class World:
    """One establishment with something on every page."""

    def __init__(self) -> None:
        a_provider(refund_steps=[[168, 100], [24, 50]], owners_can_refund=True)
        self.owner = an_owner()
        self.session = a_session(a_course(allows_moves=True))
        self.later = a_session(self.session.course)
        self.paid = a_paid_order(self.owner, (self.session, 3))
        self.person, self.twin = a_person(self.owner), a_person(self.owner, email="")
        self.group = groups.make(self.owner.establishment, "Équipe de nuit", by=self.owner)
        groups.add(self.group, [self.person], by=self.owner)
        self.assignment = seats.assign_several(self.session, self.owner.establishment, [self.person], by=self.owner)[0]
        self.free = Seat.objects.available().first()
        self.credit_note = self._gives_back(Seat.objects.available().last())
        self.list_to_check = a_list(self.owner, "Anne, Boily, anne@exemple\nMia, Caron,", self.session)
        self.list_used = a_list(self.owner, "Anne, Boily, anne@exemple.ca")
        lists.use(self.list_used, agreed=verdicts(self.list_used).agreed, by=self.owner)
        self.waiting = an_order(self.owner, (a_session(), 1))
        self.claim_link = claim_links.make(self.session, self.owner.establishment, by=self.owner)
        self.link = payment_links.give(self.waiting, by=self.owner)
        a_cart(self.owner, (a_session(), 2))
        self.colleague = a_member(self.owner, Role.ASSIGNER)
        people.open_establishment(self.owner, "Garderie du Quai")
        self.invitation = invitations.invite(
            self.owner.establishment, "adjointe@exemple.ca", Role.DELEGATE, by=self.owner
        )
        self.full = a_session(capacity=2)
        an_order(an_owner(), (self.full, 2))
        self.full.refresh_from_db()
        waitlist.ask(self.full, self.owner.establishment, 2, together=True, by=self.owner)
        terms.publish(terms.write("Les places sont payées d’avance.", "Seats are paid in advance.", by=None), by=None)

    def _gives_back(self, seat: Seat) -> CreditNote:
        agreed = propose_seats(self.paid, [seat]).total_cents
        return returns.give_back_by_owner(self.paid, [seat], agreed_total_cents=agreed, by=self.owner)

    def addresses(self) -> dict[str, list[object]]:
        """Every page a browser can open, with what its address needs."""
        code = self.assignment.access_code
        return {
            "shop:catalogue": [],
            "shop:course": [self.session.course.slug],
            "shop:cart": [],
            "shop:review": [],
            "shop:order": [self.waiting.reference],
            "shop:thanks": [self.paid.reference],
            "shop:payer": [self.link.word],
            "shop:payer_return": [uuid4()],
            "shop:terms": [],
            "shop:terms_version": [1],
            "shop:purchases": [],
            "shop:purchase": [self.session.code],
            "shop:claim_link_new": [self.session.code],
            "shop:claim_link": [self.claim_link.code],
            "shop:claim_link_removal": [self.claim_link.code],
            "shop:place": [self.claim_link.word],
            "shop:assignment": [self.session.code],
            "shop:list_paste": [self.session.code],
            "shop:people_list": [self.session.code, self.list_to_check.code],
            "shop:roster_paste": [],
            "shop:roster_list": [self.list_used.code],
            "shop:seat": [self.assignment.seat.code],
            "shop:correction": [self.assignment.seat.code],
            "shop:replacement": [self.assignment.seat.code],
            "shop:release": [self.assignment.seat.code],
            "shop:seat_move": [self.assignment.seat.code],
            "shop:session_move": [self.session.code],
            "shop:swap": [self.assignment.seat.code],
            "shop:refund": [self.paid.reference],
            "shop:refund_result": [self.paid.reference, self.credit_note.serial],
            "shop:documents": [],
            "shop:invoice_address": [self.paid.reference],
            "shop:establishment": [],
            "shop:members": [],
            "shop:member": [Membership.objects.get(user=self.colleague).pk],
            "shop:transfer": [],
            "shop:departure": [],
            "shop:establishments": [],
            "shop:new_establishment": [],
            "shop:invitation": [self.invitation.word],
            "shop:team": [],
            "shop:newcomer": [],
            "shop:person": [self.person.code],
            "shop:groups": [],
            "shop:group": [self.group.code],
            "shop:duplicates": [],
            "shop:other_record": [self.person.code],
            "shop:merge": [self.person.code, self.twin.code],
            "shop:register": [],
            "shop:access": [],
            "shop:access_code": [code],
            "shop:my_course": [self.assignment.uuid],
            "shop:account": [],
            "shop:guide": [],
            "shop:waitlist": [],
            "shop:waitlist_session": [self.session.code],
            "account_change_password": [],
            "account_email": [],
            "account_devices": [],
            "mfa_index": [],
            "account_login": [],
            "account_signup": [],
            "account_reset_password": [],
            "account_reset_password_done": [],
            "account_email_verification_sent": [],
        }


FOR_STRANGERS = {
    "shop:invitation",
    "shop:payer",
    "shop:payer_return",
    "shop:place",
    "shop:terms",
    "shop:terms_version",
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_email_verification_sent",
}
# Files, deeds without a page of their own, and pages that need a letter’s secret link: tested where they belong.
NOT_PAGES = {
    *("order_restart", "payment_link", "payment_link_removal", "payer_invoice", "payer_receipt"),
    *("cart_line", "cart_removal", "order_payment", "order_change", "receipt", "own_registration", "resending"),
    *("selection", "session_selection", "restoration"),
    *("promo", "promo_removal", "confirmation", "confirmations", "archiving"),
    *("list_model", "list_confirmations", "list_codes", "roster_model"),
    *("my_calendar", "my_confirmation", "theme"),
    *("invoice", "credit_note", "reminders"),
    *("member_removal", "invitation_resending", "invitation_revocation"),
    *("waitlist_number", "waitlist_leaving"),
    *("claim_poster", "claim_answers", "place_taken", "place_confirmation"),
    *("people_selection", "group_removal", "certificate", "my_certificate", "register_pdf", "register_workbook"),
    "namesakes",
}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def visitors(world):
    """The owner, who also opened a course with its code; and a stranger."""
    owner = Client()
    owner.force_login(world.owner)
    owner.post(reverse("shop:access_code", args=[world.assignment.access_code]), {"name": world.person.name})
    return {"owner": owner, "stranger": Client()}


def pages(world, visitors, language):
    for name, args in world.addresses().items():
        with translation.override(language):
            address = reverse(name, args=args)
        visitor = visitors["stranger" if name in FOR_STRANGERS else "owner"]
        response = visitor.get(address)
        assert response.status_code == 200, f"{name} answers {response.status_code} at {address}"
        yield name, response, response.content.decode()


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_every_page_opens_as_valid_html_with_one_title_and_labelled_fields(world, visitors, language):
    for name, _response, html in pages(world, visitors, language):
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        document = parser.parse(html)
        assert [error[1] for error in parser.errors] == [], name
        assert document.get("lang") == {"fr-ca": "fr-CA", "en": "en-CA"}[language]
        assert len(document.findall(".//h1")) == 1, name
        assert html.index("<h1") < html.index("<h2"), f"{name}: the first heading is not the title"

        labelled = {label.get("for") for label in document.findall(".//label")}
        for field in document.findall(".//input") + document.findall(".//select") + document.findall(".//textarea"):
            if field.get("type") not in ("hidden", "submit"):
                assert field.get("id") in labelled or field.get("aria-label"), f"{name}: {field.attrib}"
        for button in document.findall(".//button"):
            assert button.get("type"), f"{name}: a button without a type"


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_no_page_holds_a_style_a_script_or_a_handler_of_its_own(world, visitors, language):
    for name, response, html in pages(world, visitors, language):
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), name
        assert not re.search(r"<script(?![^>]*\ssrc=)", html), name
        assert "'unsafe" not in response["Content-Security-Policy"], name
        assert response["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';"), name
        assert "\u202f" not in html, name


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_every_page_is_light(world, visitors, language):
    for name, _response, html in pages(world, visitors, language):
        assert len(gzip.compress(html.encode())) <= HEAVIEST_PAGE, name


def test_every_page_leads_to_itself_in_the_other_language(world, visitors):
    for name, response, html in pages(world, visitors, "fr-ca"):
        path = response.request["PATH_INFO"]
        assert f'href="/en{path}"' in html, name


def test_french_pages_hold_no_english_sentence(world, visitors):
    """Every sentence of the shop has its French: a page in French shows no source string."""
    english = re.compile(r">\s*(?:The|This|Your|You|Choose|Enter|Add|See|Sign|Assign|Replace|Release)\s[a-z]")
    for name, _response, html in pages(world, visitors, "fr-ca"):
        assert english.findall(html) == [], name


def test_no_page_of_the_shop_is_forgotten_here(world):
    listed = {name.removeprefix("shop:") for name in world.addresses()} | NOT_PAGES
    named = {pattern.name for pattern in urls.urlpatterns}
    assert named - listed == set()


def test_a_page_that_does_not_exist_says_so_kindly():
    a_provider()
    response = Client().get("/nulle-part/")
    assert response.status_code == 404
    assert b'href="/"' in response.content


def test_a_form_whose_address_does_not_tell_says_for_which_establishment_it_is(world, visitors):
    untold = set()
    for name, response, html in pages(world, visitors, "fr-ca"):
        document = html5lib.parse(html, namespaceHTMLElements=False)
        for form in document.findall(".//form[@method='post']"):
            address = resolve((form.get("action") or response.request["PATH_INFO"]).partition("?")[0]).view_name
            if is_anyones(address) and form.find(".//input[@name='acting_for']") is None:
                untold.add((name, address))

    assert untold == set()


def test_a_form_to_wait_for_more_seats_than_are_left_says_for_which_establishment_it_is(world, visitors):
    course = reverse("shop:course", args=[world.session.course.slug])

    refused = visitors["owner"].post(course, {"session": world.session.code, "quantity": 19}).content.decode()

    address = f'action="{reverse("shop:waitlist_session", args=[world.session.code])}'
    form = refused[refused.index(address) :].partition("</form>")[0]
    assert f'name="acting_for" value="{world.owner.establishment.pk}"' in form


def is_anyones(address: str) -> bool:
    """Whether a form sent there acts for an establishment, of which the address names no order, seat or person."""
    about, _get, post = TABLE.get(address, ("", None, None))
    return post in DOORS_OF_ESTABLISHMENTS or (post in DOORS_OF_THEIRS and about in SHARED)


DOORS_OF_ESTABLISHMENTS = {"members", "buy", "assign", "see money", "manage"}
DOORS_OF_THEIRS = {f"{door} ours" for door in ("buy", "assign", "manage")}
SHARED = {"", "course", "session", "full"}  # several establishments may have seats there, or wait for some


def test_nothing_changes_on_a_visit(world, visitors):
    """Mail scanners and browsers open links ahead of people: no page writes anything when it is opened."""
    for name, args in world.addresses().items():
        if name in ("shop:order", "shop:payer"):
            continue  # asks the payment service how the payment stands
        with CaptureQueriesContext(connection) as asked:
            visitors["stranger" if name in FOR_STRANGERS else "owner"].get(reverse(name, args=args))
        written = [
            query["sql"]
            for query in asked
            if re.match(r"(INSERT|UPDATE|DELETE)", query["sql"]) and "pupitre_browser" not in query["sql"]
        ]
        assert written == [], name
