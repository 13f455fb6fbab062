"""Who acts for an establishment: an owner invites, changes and removes; there is always an owner."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from pupitre import clock, codes
from pupitre.actions import invitations, members, people
from pupitre.actions.throttles import TooManyAttempts
from pupitre.models import Deed, Invitation, Job, Letter, Membership, Role, User
from tests.world import a_member, a_staff_member, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

ADDRESS = "adjointe@exemple.ca"


@pytest.fixture
def invitation(owner):
    return invitations.invite(owner.establishment, ADDRESS, Role.ASSIGNER, by=owner)


def held(user, establishment):
    return Membership.objects.get(user=user, establishment=establishment)


def roles(establishment):
    return {member.user: member.role for member in establishment.memberships.select_related("user")}


def letters():
    return sorted(Letter.objects.values_list("kind", "to_email"))


def with_new_profile(invitation, **facts):
    told = {"password_hash": make_password(None), "first_name": "Ana", "last_name": "Roy", "language": "fr-ca"}
    return invitations.accept_with_new_profile(invitation, **told | facts)


class TestInviting:
    def test_a_letter_leaves_with_a_link_that_no_row_holds(self, invitation):
        letter = Letter.objects.get()

        assert (letter.kind, letter.to_email, letter.invitation) == ("delegate_invited", ADDRESS, invitation)
        assert Job.objects.filter(key=f"letter.post:{letter.pk}").exists()
        kept = [str(value) for value in Invitation.objects.values_list().get()]
        assert invitation.word not in "".join(kept)
        assert invitation.fingerprint == codes.invitation_word_fingerprint(invitation.word)
        assert invitation.expires_at - invitation.sent_at == timedelta(days=7)

    def test_only_who_manages_the_establishment_invites(self, owner):
        for role in (Role.DELEGATE, Role.ASSIGNER, Role.ACCOUNTANT):
            with pytest.raises(people.NotAnOwner):
                invitations.invite(owner.establishment, "x@exemple.ca", Role.OWNER, by=a_member(owner, role))
        with pytest.raises(people.NotAnOwner):
            invitations.invite(owner.establishment, "x@exemple.ca", Role.OWNER, by=an_owner())

        assert not Invitation.objects.exists()

    def test_an_address_waits_once_whatever_its_capitals(self, owner, invitation):
        with pytest.raises(invitations.AlreadyInvited):
            invitations.invite(owner.establishment, " Adjointe@Exemple.CA ", Role.DELEGATE, by=owner)
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.create(
                establishment=owner.establishment,
                email=ADDRESS.upper(),
                role=Role.DELEGATE,
                invited_by=owner,
                fingerprint="f",
                expires_at=clock.now(),
            )

        other = an_owner()
        assert invitations.invite(other.establishment, ADDRESS, Role.DELEGATE, by=other).is_open

    def test_one_that_has_expired_gives_way_to_a_new_one(self, owner, invitation):
        with clock.stopped_at(invitation.expires_at):
            again = invitations.invite(owner.establishment, ADDRESS, Role.DELEGATE, by=owner)

            invitation.refresh_from_db()
            assert (invitation.revoked_at, again.is_open) == (clock.now(), True)

    def test_a_member_is_not_invited_again(self, owner):
        with pytest.raises(invitations.AlreadyAMember):
            invitations.invite(owner.establishment, owner.email, Role.DELEGATE, by=owner)

    def test_we_do_not_write_to_the_whole_town(self, owner):
        for number in range(invitations.LETTERS):
            invitations.invite(owner.establishment, f"a{number}@exemple.ca", Role.ASSIGNER, by=owner)

        with pytest.raises(TooManyAttempts):
            invitations.invite(owner.establishment, "one-more@exemple.ca", Role.ASSIGNER, by=owner)

    def test_it_is_sent_again_after_five_minutes_and_lasts_as_long_as_a_new_one(self, owner, invitation):
        with pytest.raises(invitations.SentAMomentAgo):
            invitations.send_again(invitation, by=owner)
        with clock.stopped_at(invitation.expires_at + timedelta(days=30)):
            again = invitations.send_again(invitation, by=owner)

            assert (again.word, again.is_open) == (invitation.word, True)
            assert again.expires_at == clock.now() + timedelta(days=7)
        assert letters() == [("delegate_invited", ADDRESS)] * 2

    def test_one_taken_back_opens_nothing_and_is_not_sent_again(self, owner, invitation):
        invitations.revoke(invitation, by=owner)

        for deed in (
            lambda: invitations.send_again(invitation, by=owner),
            lambda: invitations.revoke(invitation, by=owner),
            lambda: with_new_profile(invitation),
        ):
            with pytest.raises(invitations.InvitationRevoked):
                deed()
        assert not User.objects.filter(email=ADDRESS).exists()

    def test_an_address_that_guesses_is_stopped(self, invitation):
        for _guess in range(invitations.WRONG_WORDS):
            with pytest.raises(invitations.InvitationUnknown):
                invitations.follow("z" * codes.SECRET_WORD_LENGTH, address="203.0.113.9")

        with pytest.raises(TooManyAttempts):
            invitations.follow(invitation.word, address="203.0.113.9")
        assert invitations.follow(invitation.word.upper(), address="203.0.113.10") == invitation


class TestAccepting:
    def test_a_newcomer_opens_a_profile_whose_address_is_verified_and_no_establishment(self, owner, invitation):
        membership = with_new_profile(invitation)

        user = membership.user
        assert roles(owner.establishment) == {owner: Role.OWNER, user: Role.ASSIGNER}
        assert user.emailaddress_set.get(email=ADDRESS, primary=True).verified
        assert [held.establishment for held in user.held_memberships] == [owner.establishment]
        told = [("invitation_accepted", owner.email)]
        assert letters() == sorted([("access_given", ADDRESS), ("delegate_invited", ADDRESS), *told])

    def test_the_holder_of_the_address_accepts_once_and_acts_for_it_at_once(self, owner, invitation):
        user = an_owner("Garderie", email=ADDRESS)

        first, second = (invitations.accept(invitation, by=user) for _ in range(2))

        assert first == second
        assert User.objects.get(pk=user.pk).establishment == owner.establishment
        assert Letter.objects.filter(kind="access_given").count() == 1
        assert Deed.objects.filter(verb="member.joined", by=user).count() == 1

    def test_a_forwarded_invitation_is_useless(self, owner, invitation):
        with pytest.raises(invitations.ForSomeoneElse, match=r"a•••@exemple\.ca"):
            invitations.accept(invitation, by=an_owner())

        assert list(roles(owner.establishment)) == [owner]

    def test_neither_late_nor_by_a_closed_profile(self, owner, invitation):
        user = an_owner("Garderie", email=ADDRESS)
        with clock.stopped_at(invitation.expires_at), pytest.raises(invitations.InvitationExpired):
            invitations.accept(invitation, by=user)
        user.is_active = False
        with pytest.raises(members.ProfileClosed):
            invitations.accept(invitation, by=user)

        assert list(roles(owner.establishment)) == [owner]

    def test_an_address_that_got_a_profile_meanwhile_signs_in_instead(self, owner, invitation):
        an_owner("Garderie", email=ADDRESS)

        with pytest.raises(invitations.AddressKnown):
            with_new_profile(invitation)

    def test_one_who_was_removed_does_not_come_back_by_the_same_link(self, owner, invitation):
        membership = with_new_profile(invitation)
        members.remove(membership, by=owner)

        with pytest.raises(invitations.InvitationAccepted):
            invitations.accept(invitation, by=membership.user)


class TestRoles:
    def test_an_owner_changes_what_a_member_may_do_and_they_are_told(self, owner):
        delegate = a_member(owner, Role.DELEGATE)

        members.change_role(held(delegate, owner.establishment), Role.ACCOUNTANT, by=owner)

        assert roles(owner.establishment) == {owner: Role.OWNER, delegate: Role.ACCOUNTANT}
        assert letters() == [("role_changed", delegate.email)]
        deed = Deed.objects.get(verb="member.role_changed")
        assert deed.facts == {"member": delegate.pk, "role": "accountant", "former_role": "delegate"}

    def test_the_same_role_again_changes_nothing(self, owner):
        delegate = a_member(owner, Role.DELEGATE)

        members.change_role(held(delegate, owner.establishment), Role.DELEGATE, by=owner)

        assert letters() == []

    def test_a_removed_member_is_told_and_may_do_nothing_more(self, owner):
        delegate = a_member(owner, Role.DELEGATE)

        members.remove(held(delegate, owner.establishment), by=owner)

        assert User.objects.get(pk=delegate.pk).membership is None
        assert letters() == [("membership_ended", delegate.email)]
        with pytest.raises(members.NotAMember):
            members.remove(Membership(pk=0, establishment=owner.establishment, user=delegate), by=owner)

    def test_nobody_but_an_owner_does_it(self, owner):
        delegate, assigner = a_member(owner, Role.DELEGATE), a_member(owner, Role.ASSIGNER)
        membership = held(assigner, owner.establishment)

        for deed in (
            lambda: members.change_role(membership, Role.OWNER, by=delegate),
            lambda: members.remove(membership, by=delegate),
            lambda: members.transfer(membership, by=delegate),
            lambda: members.change_role(membership, Role.OWNER, by=an_owner()),
        ):
            with pytest.raises(people.NotAnOwner):
                deed()

    def test_anyone_leaves_by_themselves_once(self, owner):
        delegate = a_member(owner, Role.DELEGATE)

        members.leave(owner.establishment, by=delegate)
        members.leave(owner.establishment, by=delegate)

        assert list(roles(owner.establishment)) == [owner]
        assert Deed.objects.filter(verb="member.left").count() == 1

    def test_the_last_owner_cannot_leave_be_removed_or_lose_the_role(self, owner):
        own = held(owner, owner.establishment)
        a_member(owner, Role.OWNER, is_active=False)
        a_member(owner, Role.DELEGATE)

        for deed in (
            lambda: members.leave(owner.establishment, by=owner),
            lambda: members.remove(own, by=owner),
            lambda: members.change_role(own, Role.DELEGATE, by=owner),
        ):
            with pytest.raises(members.LastOwner):
                deed()
        a_member(owner, Role.OWNER)
        members.leave(owner.establishment, by=owner)
        assert owner not in roles(owner.establishment)

    def test_those_whom_a_removed_owner_invited_stay_outside(self, owner):
        partner = a_member(owner, Role.OWNER)
        theirs = invitations.invite(owner.establishment, ADDRESS, Role.OWNER, by=partner)
        mine = invitations.invite(owner.establishment, "autre@exemple.ca", Role.ASSIGNER, by=owner)

        members.remove(held(partner, owner.establishment), by=owner)

        assert list(Invitation.objects.pending()) == [mine]
        with pytest.raises(invitations.InvitationRevoked):
            with_new_profile(theirs)

    @pytest.mark.parametrize("end", ["transfers", "leaves", "is demoted", "closes their profile"])
    def test_those_whom_a_former_owner_invited_stay_outside(self, owner, end):
        partner = a_member(owner, Role.OWNER if end != "transfers" else Role.DELEGATE)
        theirs = invitations.invite(owner.establishment, ADDRESS, Role.OWNER, by=owner)

        match end:
            case "transfers":
                members.transfer(held(partner, owner.establishment), by=owner)
            case "leaves":
                members.leave(owner.establishment, by=owner)
            case "is demoted":
                members.change_role(held(owner, owner.establishment), Role.ACCOUNTANT, by=owner)
            case _:
                User.objects.filter(pk=owner.pk).update(is_active=False)

        with pytest.raises(invitations.InvitationRevoked):
            invitations.check_open(Invitation.objects.get(pk=theirs.pk))
        with pytest.raises(invitations.InvitationRevoked):
            with_new_profile(theirs)

    @pytest.mark.parametrize("sender", ["an owner", "the provider"])
    def test_one_who_was_removed_does_not_come_back_by_an_invitation_still_open(self, owner, sender):
        delegate = a_member(owner, Role.DELEGATE)
        if sender == "an owner":
            # Invited as the address was nobody's yet; they joined with another one, which they changed since.
            theirs = invitations.invite(owner.establishment, ADDRESS, Role.ASSIGNER, by=owner)
            User.objects.filter(pk=delegate.pk).update(email=ADDRESS)
        else:
            theirs = invitations.nominate_owner(
                owner.establishment, delegate.email, reason="?", by=a_staff_member(), language="fr-ca"
            )
        mine = invitations.invite(owner.establishment, "autre@exemple.ca", Role.ASSIGNER, by=owner)

        members.remove(held(delegate, owner.establishment), by=owner)

        with pytest.raises(invitations.InvitationRevoked):
            invitations.accept(theirs, by=User.objects.get(pk=delegate.pk))
        assert list(Invitation.objects.pending()) == [mine]

    def test_the_owners_who_remain_learn_that_a_member_left(self, owner):
        partner, delegate = a_member(owner, Role.OWNER), a_member(owner, Role.DELEGATE)
        a_member(owner, Role.OWNER, is_active=False)

        members.leave(owner.establishment, by=delegate)
        members.leave(owner.establishment, by=partner)

        told = [("member_left", owner.email), ("member_left", owner.email), ("member_left", partner.email)]
        assert letters() == sorted(told)


class TestSucceeding:
    def test_an_owner_gives_their_place_to_a_member_and_stays_a_delegate(self, owner):
        heir = a_member(owner, Role.ASSIGNER)

        members.transfer(held(heir, owner.establishment), by=owner)

        assert roles(owner.establishment) == {owner: Role.DELEGATE, heir: Role.OWNER}
        assert letters() == sorted([("ownership_transferred", owner.email), ("ownership_transferred", heir.email)])
        assert Deed.objects.get(verb="ownership.transferred").facts == {"member": heir.pk, "former": owner.pk}

    def test_neither_to_an_owner_nor_to_a_closed_profile(self, owner):
        with pytest.raises(members.AlreadyOwner):
            members.transfer(held(a_member(owner, Role.OWNER), owner.establishment), by=owner)
        with pytest.raises(members.ProfileClosed):
            members.transfer(held(a_member(owner, Role.DELEGATE, is_active=False), owner.establishment), by=owner)

    def test_to_someone_invited_it_happens_when_they_accept(self, owner):
        invitation = invitations.invite(owner.establishment, ADDRESS, Role.OWNER, by=owner, succeeds=True)
        assert roles(owner.establishment) == {owner: Role.OWNER}

        heir = with_new_profile(invitation).user

        assert roles(owner.establishment) == {owner: Role.DELEGATE, heir: Role.OWNER}


class TestProvidersHelp:
    def test_everyone_who_acts_for_the_establishment_learns_that_an_owner_is_invited(self, owner):
        delegate, gone = a_member(owner, Role.DELEGATE), a_member(owner, Role.ASSIGNER, is_active=False)
        staff = a_staff_member()

        invitation = invitations.nominate_owner(
            owner.establishment, ADDRESS, reason="La direction est partie.", by=staff, language="fr-ca"
        )

        told = [("owner_nominated", owner.email), ("owner_nominated", delegate.email)]
        assert letters() == sorted([("delegate_invited", ADDRESS), *told])
        assert set(roles(owner.establishment)) == {owner, delegate, gone}
        deed = Deed.objects.get(verb="owner.nominated")
        assert (deed.by, deed.facts) == (
            staff,
            {"invitation": invitation.pk, "reason": "La direction est partie."},
        )

        heir = with_new_profile(invitation).user
        assert roles(owner.establishment)[heir] == Role.OWNER
        assert roles(owner.establishment)[owner] == Role.OWNER

    def test_a_member_can_be_nominated_and_becomes_owner_on_acceptance(self, owner):
        delegate = a_member(owner, Role.DELEGATE)

        invitation = invitations.nominate_owner(
            owner.establishment, delegate.email, reason="Départ", by=a_staff_member(), language="fr-ca"
        )
        assert roles(owner.establishment)[delegate] == Role.DELEGATE
        invitations.accept(invitation, by=delegate)

        assert roles(owner.establishment)[delegate] == Role.OWNER

    def test_an_owner_who_does_not_agree_cancels_it(self, owner):
        invitation = invitations.nominate_owner(
            owner.establishment, ADDRESS, reason="Départ", by=a_staff_member(), language="fr-ca"
        )

        invitations.revoke(invitation, by=owner)

        with pytest.raises(invitations.InvitationRevoked):
            with_new_profile(invitation)

    def test_neither_an_owner_nor_a_closed_profile_is_nominated(self, owner):
        closed = a_member(owner, Role.DELEGATE, is_active=False)

        with pytest.raises(members.AlreadyOwner):
            invitations.nominate_owner(
                owner.establishment, owner.email, reason="?", by=a_staff_member(), language="fr-ca"
            )
        with pytest.raises(members.ProfileClosed):
            invitations.nominate_owner(
                owner.establishment, closed.email, reason="?", by=a_staff_member(), language="fr-ca"
            )
