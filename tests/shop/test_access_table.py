"""Who gets in where: every address that answers, for every kind of visitor, with GET and with POST.

One line an address. A new address that is not in the table makes these tests fail. The doors below say what each kind
of visitor meets; a line names the door of its GET and that of its POST (`None`: there is no such thing, which answers
405 to those who get in). What a POST does is undone before the next one, and is tested where it belongs.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

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
from pupitre.models import Membership, Role, Seat
from pupitre.queries.lists import verdicts
from pupitre.queries.refunds import propose_seats
from tests.world import (
    a_cart,
    a_course,
    a_list,
    a_member,
    a_paid_order,
    a_person,
    a_provider,
    a_session,
    a_staff_member,
    an_order,
    an_owner,
)

pytestmark = pytest.mark.django_db

VISITORS = ("owner", "delegate", "assigner", "accountant", "neighbour", "nobody", "stranger")
OK, NO, GONE, IN, METHOD = "in", "not for you", "not found", "sign-in", "no such method"

# What each visitor meets. `neighbour` owns another establishment; `nobody` signed in and acts for none.
DOORS = {
    #                  owner delegate assigner accountant neighbour nobody stranger
    "everyone":        (OK,   OK,      OK,      OK,        OK,       OK,    OK),
    "signed in":       (OK,   OK,      OK,      OK,        OK,       OK,    IN),
    "members":         (OK,   OK,      OK,      OK,        OK,       NO,    IN),
    "buy":             (OK,   OK,      NO,      NO,        OK,       NO,    IN),
    "assign":          (OK,   OK,      OK,      NO,        OK,       NO,    IN),
    "see money":       (OK,   OK,      NO,      OK,        OK,       NO,    IN),
    "manage":          (OK,   NO,      NO,      NO,        OK,       NO,    IN),
    # Nobody here has set up a second step: there are no codes to see, and nothing to stop.
    "not set up":      (GONE, GONE,    GONE,    GONE,      GONE,     GONE,  IN),
    # Nobody has been to this session yet: there is no certificate.
    "not certified":   (GONE, GONE,    GONE,    NO,        GONE,     NO,    IN),
    # The same, for what belongs to the establishment: another one’s is not found.
    "buy ours":        (OK,   OK,      NO,      NO,        GONE,     NO,    IN),
    "assign ours":     (OK,   OK,      OK,      NO,        GONE,     NO,    IN),
    "see our money":   (OK,   OK,      NO,      OK,        GONE,     NO,    IN),
    "manage ours":     (OK,   NO,      NO,      NO,        GONE,     NO,    IN),
    # What is not there, whoever asks.
    "nobody here":     (GONE, GONE,    GONE,    GONE,      GONE,     GONE,  GONE),
}  # fmt: skip

# The address, what it is about (an attribute of the world), the door of GET, the door of POST.
TABLE: dict[str, tuple[str, str | None, str | None]] = {
    # --- the shop
    "shop:catalogue": ("", "everyone", None),
    "shop:course": ("course", "everyone", "everyone"),
    "shop:cart": ("", "everyone", None),
    "shop:promo": ("", None, "everyone"),
    "shop:promo_removal": ("", None, "everyone"),
    "shop:cart_line": ("session", None, "everyone"),
    "shop:cart_removal": ("session", None, "everyone"),
    "shop:review": ("", "buy", "buy"),
    "shop:terms": ("", "everyone", None),
    "shop:terms_version": ("terms", "everyone", None),
    "shop:theme": ("", None, "everyone"),
    "shop:guide": ("", "everyone", None),
    "payment_notice": ("means", None, "nobody here"),
    # --- orders
    "shop:order": ("waiting", "buy ours", None),
    "shop:order_payment": ("waiting", None, "buy ours"),
    "shop:order_change": ("waiting", None, "buy ours"),
    "shop:order_restart": ("waiting", None, "buy ours"),
    "shop:payment_link": ("waiting", None, "buy ours"),
    "shop:payment_link_removal": ("waiting", None, "buy ours"),
    "shop:thanks": ("paid", "buy ours", None),
    "shop:receipt": ("paid", "see our money", None),
    "shop:refund": ("paid", "buy ours", "buy ours"),
    "shop:refund_result": ("credit_note", "buy ours", None),
    "shop:payer": ("link", "everyone", "everyone"),
    "shop:payer_invoice": ("link", "everyone", None),
    "shop:payer_receipt": ("link", "everyone", None),
    "shop:payer_return": ("unknown", "everyone", None),
    "shop:documents": ("", "see money", None),
    "shop:invoice": ("paid", "see our money", None),
    "shop:credit_note": ("credit_note", "see our money", None),
    "shop:invoice_address": ("paid", "manage ours", "manage ours"),
    "shop:selection": ("", None, "assign"),
    "shop:session_selection": ("session", None, "assign ours"),
    "shop:restoration": ("seat", None, "assign ours"),
    "shop:session_move": ("session", "buy ours", "buy ours"),
    "shop:seat_move": ("seat", "buy ours", "buy ours"),
    "shop:swap": ("seat", "assign ours", "assign ours"),
    "shop:certificate": ("seat", "not certified", None),
    "shop:list_paste": ("session", "assign ours", "assign ours"),
    "shop:list_model": ("session", "assign", None),
    "shop:people_list": ("list", "assign ours", "assign ours"),
    "shop:list_confirmations": ("list", "assign ours", None),
    "shop:list_codes": ("list", "assign ours", None),
    "shop:claim_link_new": ("session", "assign ours", "assign ours"),
    "shop:claim_link": ("claim_link", "assign ours", None),
    "shop:claim_poster": ("claim_link", "assign ours", None),
    "shop:claim_answers": ("claim_link", None, "assign ours"),
    "shop:claim_link_removal": ("claim_link", "assign ours", "assign ours"),
    "shop:place": ("place", "everyone", "everyone"),
    "shop:place_taken": ("claim", "everyone", None),
    "shop:place_confirmation": ("claim", "everyone", None),
    "shop:people_selection": ("", None, "assign"),
    "shop:groups": ("", "assign", "assign"),
    "shop:group": ("group", "assign ours", "assign ours"),
    "shop:group_removal": ("group", None, "assign ours"),
    "shop:duplicates": ("", "assign", None),
    "shop:other_record": ("person", "assign ours", None),
    "shop:merge": ("two records", "assign ours", "assign ours"),
    "shop:namesakes": ("two records", None, "assign ours"),
    "shop:roster_paste": ("", "assign", "assign"),
    "shop:roster_model": ("", "assign", None),
    "shop:roster_list": ("roster list", "assign ours", "assign ours"),
    "shop:register": ("", "assign", None),
    "shop:register_pdf": ("", "assign", None),
    "shop:register_workbook": ("", "assign", None),
    "shop:my_certificate": ("registration", "everyone", None),
    "shop:waitlist": ("", "buy", None),
    "shop:waitlist_session": ("session", "buy", "buy"),
    "shop:waitlist_number": ("full", None, "buy ours"),
    "shop:waitlist_leaving": ("full", None, "buy ours"),
    # --- seats and people
    "shop:purchases": ("", "assign", None),
    "shop:purchase": ("session", "assign ours", None),
    "shop:confirmations": ("session", "assign ours", None),
    "shop:assignment": ("session", "assign ours", "assign ours"),
    "shop:own_registration": ("session", None, "assign ours"),
    "shop:seat": ("seat", "assign ours", None),
    "shop:correction": ("seat", "assign ours", "assign ours"),
    "shop:replacement": ("seat", "assign ours", "assign ours"),
    "shop:release": ("seat", "assign ours", "assign ours"),
    "shop:resending": ("seat", None, "assign ours"),
    "shop:confirmation": ("seat", "assign ours", None),
    "shop:team": ("", "assign", None),
    "shop:newcomer": ("", "assign", "assign"),
    "shop:person": ("person", "assign ours", "assign ours"),
    "shop:archiving": ("person", None, "assign ours"),
    "shop:access": ("", "everyone", "everyone"),
    "shop:access_code": ("code", "everyone", "everyone"),
    "shop:my_course": ("registration", "everyone", None),
    "shop:my_calendar": ("registration", "everyone", None),
    "shop:my_confirmation": ("registration", "everyone", None),
    # --- the establishment and who acts for it
    "shop:establishment": ("", "manage", "manage"),
    "shop:members": ("", "manage", "manage"),
    "shop:member": ("membership", "manage ours", "manage ours"),
    "shop:member_removal": ("membership", None, "manage ours"),
    "shop:transfer": ("", "manage", "manage"),
    "shop:invitation_resending": ("invitation", None, "manage ours"),
    "shop:invitation_revocation": ("invitation", None, "manage ours"),
    "shop:departure": ("", "members", "members"),
    "shop:establishments": ("", "signed in", "signed in"),
    "shop:new_establishment": ("", "signed in", "signed in"),
    "shop:invitation": ("word", "everyone", "everyone"),
    # --- profiles
    "shop:account": ("", "signed in", "signed in"),
    "shop:reminders": ("", None, "signed in"),
    "account_devices": ("", "signed in", "signed in"),
    "account_data": ("", "signed in", None),
    "mfa_index": ("", "signed in", None),
    "mfa_list_webauthn": ("", "signed in", None),
    "mfa_activate_totp": ("", "signed in", "signed in"),
    "mfa_deactivate_totp": ("", "not set up", "not set up"),
    "mfa_view_recovery_codes": ("", "not set up", None),
    "mfa_generate_recovery_codes": ("", "signed in", "signed in"),
    "mfa_download_recovery_codes": ("", "not set up", "not set up"),
    "mfa_add_webauthn": ("", "signed in", "signed in"),
    "mfa_remove_webauthn": ("passkey", "signed in", "signed in"),
    "mfa_authenticate": ("", "everyone", "everyone"),
    "mfa_reauthenticate": ("", "signed in", "signed in"),
    "mfa_login_webauthn": ("", "everyone", "everyone"),
    "mfa_reauthenticate_webauthn": ("", "signed in", "signed in"),
    "account_login": ("", "everyone", "everyone"),
    "account_signup": ("", "everyone", "everyone"),
    "account_logout": ("", "everyone", "everyone"),
    "account_reauthenticate": ("", "signed in", "signed in"),
    "account_inactive": ("", "everyone", None),
    "account_email_verification_sent": ("", "everyone", "everyone"),
    "account_confirm_email": ("key", "everyone", "everyone"),
    "account_reset_password": ("", "everyone", "everyone"),
    "account_reset_password_done": ("", "everyone", None),
    "account_reset_password_from_key_done": ("", "everyone", None),
    "account_reset_password_from_key": ("reset", "everyone", "everyone"),
    "account_change_password": ("", "signed in", "signed in"),
    "account_set_password": ("", "signed in", "signed in"),
    "account_email": ("", "signed in", "signed in"),
    # --- the letters of the demonstration, which this is not
    "outbox": ("", "nobody here", "nobody here"),
    "outbox_letter": ("letter", "nobody here", "nobody here"),
    "outbox_part": ("letter_part", "nobody here", "nobody here"),
}


# What has no door of its own: the pictures of courses, and the one that browsers look for by themselves.
PICTURES = {"favicon.ico", r"^images/(?P<path>courses/[\w.-]+)$"}


class World:
    """One establishment with something at every address, and those who come near it."""

    def __init__(self) -> None:
        a_provider(refund_steps=[[168, 100]], owners_can_refund=True)
        owner = an_owner()
        session = a_session(a_course(allows_moves=True))
        paid = a_paid_order(owner, (session, 5))
        person = a_person(owner)
        registration = seats.assign_several(session, owner.establishment, [person], by=owner)[0]
        free = Seat.objects.available().last()
        agreed = propose_seats(paid, [free]).total_cents
        note = returns.give_back_by_owner(paid, [free], agreed_total_cents=agreed, by=owner)
        waiting = an_order(owner, (a_session(), 1))
        a_cart(owner, (a_session(), 2))
        pasted, roster = a_list(owner, "Anne, Boily, anne@exemple.ca", session), a_list(owner, "Mia, Caron,")
        lists.use(pasted, agreed=verdicts(pasted).agreed, by=owner)
        shared = claim_links.make(session, owner.establishment, by=owner)
        group = groups.make(owner.establishment, "Équipe de nuit", by=owner)
        full = a_session(capacity=1)
        a_paid_order(an_owner("Résidence du Marais"), (full, 1))
        waitlist.ask(full, owner.establishment, 1, together=False, by=owner)
        assigner = a_member(owner, Role.ASSIGNER)
        invitation = invitations.invite(owner.establishment, "adjointe@exemple.ca", Role.DELEGATE, by=owner)
        link = payment_links.give(waiting, by=owner)
        version = terms.publish(terms.write("Les places sont payées d’avance.", "Paid in advance.", by=None), by=None)
        self.users = {
            "owner": owner,
            "delegate": a_member(owner, Role.DELEGATE),
            "assigner": assigner,
            "accountant": a_member(owner, Role.ACCOUNTANT),
            "neighbour": an_owner("Garderie du Quai"),
            "nobody": a_staff_member(),
        }
        self.about: dict[str, list[Any]] = {
            "": [],
            "course": [session.course.slug],
            "session": [session.code],
            "full": [full.code],
            "list": [session.code, pasted.code],
            "roster list": [roster.code],
            "claim_link": [shared.code],
            "place": [shared.word],
            "claim": [shared.word, uuid4()],
            "group": [group.code],
            "two records": [person.code, a_person(owner, "Benoit", "Roy").code],
            "terms": [version.number],
            "means": ["interac"],
            "waiting": [waiting.reference],
            "paid": [paid.reference],
            "credit_note": [paid.reference, note.serial],
            "link": [link.word],
            "unknown": [uuid4()],
            "seat": [registration.seat.code],
            "person": [person.code],
            "code": [registration.access_code],
            "registration": [registration.uuid],
            "membership": [Membership.objects.get(user=assigner).pk],
            "invitation": [invitation.uuid],
            "word": [invitation.word],
            "key": ["unknown-key"],
            "passkey": [1],
            "reset": ["1", "unknown-key"],
            "letter": ["unknown"],
            "letter_part": ["unknown", 1],
        }

    def ask(self, visitor: str, method: str, address: str) -> HttpResponse:
        """The answer to this visitor, in a browser that was just opened. What was changed is undone."""
        with transaction.atomic():
            client = Client()
            if visitor in self.users:
                client.force_login(self.users[visitor])
            response = getattr(client, method)(address)
            transaction.set_rollback(True)
        return response


@pytest.fixture
def world():
    return World()


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_answers_each_visitor_as_the_table_says(world, visitor, method):
    surprises = {}
    for name, (about, get, post) in TABLE.items():
        expected = _expected(visitor, get, post, method)
        met = _met(world.ask(visitor, method, reverse(name, args=world.about[about])))
        if met != expected:
            surprises[name] = f"{met}, and not {expected}"

    assert surprises == {}


def test_no_address_is_forgotten_here():
    assert {name for name, _address in ADDRESSES if not name.startswith("admin:")} == set(TABLE) | PICTURES


@pytest.mark.parametrize("visitor", ["owner", "delegate", "neighbour", "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_back_office_opens_to_nobody_else_whatever_the_address(world, visitor, method):
    client = Client()
    if visitor in world.users:
        client.force_login(world.users[visitor])
    inside = [_filled_in(address) for name, address in ADDRESSES if name.startswith("admin:")]
    addresses = [address for address in inside if address not in (reverse("admin:login"), reverse("admin:logout"))]

    shut = [_is_sent_to_the_door(getattr(client, method)(address)) for address in addresses]

    assert len(addresses) > 100
    assert [address for address, is_shut in zip(addresses, shut, strict=True) if not is_shut] == []
    door = _met(client.get(reverse("admin:login")))
    assert door == (IN if visitor == "stranger" else NO)


def _is_sent_to_the_door(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith(reverse("admin:login"))


def _addresses(patterns: list, name: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    """Every address that answers, with its name; or what it looks like, when nobody gave it one."""
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            namespace = f"{name}{pattern.namespace}:" if pattern.namespace else name
            yield from _addresses(pattern.url_patterns, namespace, address)
        else:
            yield f"{name}{pattern.name or address}", address


def _filled_in(address: str) -> str:
    """An address of the back office, with something where a number is awaited."""
    return "/" + re.sub(r"<[^>]+>", "1", address.replace("(?P<url>.*)$", "rien-ici"))


ADDRESSES = list(_addresses(get_resolver().url_patterns))


def _expected(visitor: str, get: str | None, post: str | None, method: str) -> str:
    """What the door says. Where there is no such thing, those who would get in by the other method learn it."""
    door, other = (get, post) if method == "get" else (post, get)
    here = VISITORS.index(visitor)
    if door is not None:
        return DOORS[door][here]
    met = DOORS[other][here]
    return METHOD if met in (OK, GONE) else met


def _met(response: HttpResponse) -> str:
    if response.status_code == 302 and response["Location"].startswith(f"{reverse('account_login')}?next="):
        return IN
    if response.status_code == 422 and str(people.NotAnOwner()) in response.content.decode():
        return NO  # the page opened, and what it is for was refused
    entered = dict.fromkeys((200, 302, 409, 410, 422), OK)
    return {403: NO, 404: GONE, 405: METHOD, **entered}.get(response.status_code, str(response.status_code))
