"""The letters about who acts for an establishment: whom they reach, what they say, when they are no longer true."""

import re

import pytest

from pupitre import clock
from pupitre.actions import invitations, members, payments
from pupitre.mail import delivery
from pupitre.models import Letter, Membership, Role, User
from tests.world import (
    a_member,
    a_paid_order,
    a_session,
    a_staff_member,
    an_attempt,
    an_order,
    an_owner,
    says,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

ADDRESS = "adjointe@exemple.ca"


@pytest.fixture
def invitation(owner):
    return invitations.invite(owner.establishment, ADDRESS, Role.ASSIGNER, by=owner)


def held(user, owner):
    return Membership.objects.get(user=user, establishment=owner.establishment)


def letters(kind):
    return list(Letter.objects.filter(kind=kind).order_by("to_email"))


def text(letter):
    message = delivery.compose(letter)
    return " ".join(f"{message.subject} {message.body}".split())


def test_an_invitation_goes_out_with_its_link_and_no_row_holds_it(post_office, owner, invitation):
    [letter] = letters("delegate_invited")

    delivery.post(letter.pk)

    [sent] = post_office.letters
    body = sent.get_body(("plain",)).get_content()
    assert f"/invitation/{invitation.word}/" in body
    assert owner.name in body
    letter.refresh_from_db()
    assert letter.state == Letter.State.SENT
    assert invitation.word not in str(Letter.objects.filter(pk=letter.pk).values().get())


def test_it_is_written_in_the_language_of_whoever_has_a_profile_else_of_whoever_invites(owner):
    an_owner("Garderie", email="english@exemple.ca", language="en")
    for address in ("english@exemple.ca", ADDRESS):
        invitations.invite(owner.establishment, address, Role.DELEGATE, by=owner, language="fr-ca")

    assert [letter.language for letter in letters("delegate_invited")] == ["fr-ca", "en"]
    assert "You are invited to act on behalf of this establishment" in text(letters("delegate_invited")[1])


@pytest.mark.parametrize("end", ["revoked", "expired", "accepted"])
def test_it_is_not_posted_once_it_opens_nothing(owner, invitation, end):
    [letter] = letters("delegate_invited")
    moment = invitation.expires_at if end == "expired" else clock.now()
    if end == "revoked":
        invitations.revoke(invitation, by=owner)
    if end == "accepted":
        invitations.accept(invitation, by=an_owner("Garderie", email=ADDRESS))

    with clock.stopped_at(moment):
        delivery.post(letter.pk)

    letter.refresh_from_db()
    assert letter.state == Letter.State.WITHDRAWN


@pytest.mark.parametrize(
    ("role", "what"),
    [
        (Role.OWNER, "Vous êtes maintenant propriétaire"),
        (Role.DELEGATE, "Vous pouvez maintenant acheter et assigner des places au nom de cet établissement"),
        (Role.ASSIGNER, "Vous pouvez maintenant assigner les places"),
        (Role.ACCOUNTANT, "Vous pouvez maintenant voir les commandes et les factures"),
    ],
)
def test_whoever_accepts_reads_what_they_can_do_and_where(owner, role, what):
    newcomer = an_owner("Garderie", email=ADDRESS, first_name="Ana", last_name="Roy")
    invitations.accept(invitations.invite(owner.establishment, ADDRESS, role, by=owner), by=newcomer)

    said = text(letters("access_given")[0])

    assert said.startswith(f"[DEMO] Accès délégué : {owner.establishment.name}")
    assert f"Bonjour, Ana Roy. {what}" in said
    assert ("/recus/" if role == Role.ACCOUNTANT else "/mes-achats/") in said


def test_a_member_whose_role_changes_or_ends_reads_by_whom(owner):
    delegate = a_member(owner, Role.DELEGATE)
    members.change_role(held(delegate, owner), Role.ACCOUNTANT, by=owner)
    members.remove(held(delegate, owner), by=owner)

    changed, ended = text(letters("role_changed")[0]), text(letters("membership_ended")[0])

    assert "reçus seulement" in changed
    assert "Vous n’agissez plus au nom de cet établissement" in ended
    for said in (changed, ended):
        assert owner.establishment.name in said
        assert re.search(f"Changement fait par ?: {owner.name}", said)


def test_whoever_invites_reads_who_joined(owner, invitation):
    invitations.accept(invitation, by=an_owner("Garderie", email=ADDRESS, first_name="Ana", last_name="Roy"))

    [letter] = letters("invitation_accepted")

    assert letter.to_email == owner.email
    said = text(letter)
    for known in ("Ana Roy", ADDRESS, " ".join(str(Role.ASSIGNER.label).split()), "/etablissement/personnes/"):
        assert known in said


def test_an_heir_who_accepts_is_told_of_in_one_letter(owner):
    place = invitations.invite(owner.establishment, ADDRESS, Role.OWNER, by=owner, succeeds=True)
    invitations.accept(place, by=an_owner("Garderie", email=ADDRESS))

    assert letters("invitation_accepted") == []
    assert owner.email in [letter.to_email for letter in letters("ownership_transferred")]


@pytest.mark.parametrize("is_there", [True, False])
def test_the_provider_reads_that_an_owner_was_found_or_else_the_owners_do(owner, is_there):
    staff = a_staff_member()
    place = invitations.nominate_owner(owner.establishment, ADDRESS, reason="Départ", by=staff, language="fr-ca")
    User.objects.filter(pk=staff.pk).update(is_active=is_there)

    invitations.accept(place, by=an_owner("Garderie", email=ADDRESS))

    [letter] = letters("invitation_accepted")
    assert letter.to_email == (staff.email if is_there else owner.email)
    assert ("/admin/" in text(letter)) is is_there


def test_the_invitation_does_not_promise_what_its_link_cannot_hold(owner, invitation):
    said = text(letters("delegate_invited")[0])

    assert "Ne transférez pas ce message" in said
    assert "il concerne une invitation" in said


def test_owners_read_who_left(owner):
    delegate = a_member(owner, Role.DELEGATE)
    members.leave(owner.establishment, by=delegate)

    said = text(letters("member_left")[0])

    assert delegate.name in said
    assert "il concerne votre rôle dans un établissement" in said


def test_both_owners_read_who_the_other_is(owner):
    heir = a_member(owner, Role.DELEGATE)
    members.transfer(held(heir, owner), by=owner)

    told = letters("ownership_transferred")

    assert [letter.to_email for letter in told] == sorted([owner.email, heir.email])
    for letter in told:
        assert owner.email in text(letter)
        assert heir.email in text(letter)


def test_those_who_are_there_learn_whom_the_provider_invites_even_when_the_post_is_slow(owner, provider):
    invitation = invitations.nominate_owner(
        owner.establishment, ADDRESS, reason="Confidentiel", by=a_staff_member(), language="fr-ca"
    )
    [letter] = letters("owner_nominated")

    said = text(letter)
    assert ADDRESS in said
    assert provider.name in said
    assert "Confidentiel" not in said
    assert invitation.word not in said

    invitations.accept(invitation, by=an_owner("Garderie", email=ADDRESS))
    assert delivery.is_still_true(Letter.objects.get(pk=letter.pk))


def test_they_are_spared_the_news_of_what_was_cancelled(owner):
    invitation = invitations.nominate_owner(
        owner.establishment, ADDRESS, reason="Erreur", by=a_staff_member(), language="fr-ca"
    )
    invitations.revoke(invitation, by=owner)

    assert not delivery.is_still_true(letters("owner_nominated")[0])


def test_what_concerns_the_money_of_someone_who_left_goes_to_an_owner(owner):
    delegate = a_member(owner, Role.DELEGATE)
    left, stayed = an_order(delegate, (a_session(), 1)), an_order(owner, (a_session(), 1))
    members.leave(owner.establishment, by=delegate)

    for order in (left, stayed):
        payment = an_attempt(order)
        payments.apply(payment, says(payment))

    assert [letter.to_email for letter in letters("order_paid")] == [owner.email, owner.email]


def test_it_goes_to_whoever_bought_as_long_as_they_see_the_money(owner):
    delegate = a_member(owner, Role.DELEGATE)
    a_paid_order(delegate, (a_session(), 1))

    assert [letter.to_email for letter in letters("order_paid")] == [delegate.email]
