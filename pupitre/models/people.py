"""Who buys, who assigns, who attends."""

from collections.abc import Iterable
from datetime import date
from enum import Enum
from functools import cached_property, partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.codes import new_code
from pupitre.models.catalogue import Province
from pupitre.models.folding import Folded, folded

READER_LANGUAGES = [("fr-ca", _("French")), ("en", _("English"))]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **facts) -> "User":
        user = self.model(email=email.strip().lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts) -> "User":
        return self.create_user(email, password, **facts | {"is_staff": True, "is_superuser": True})


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in: an establishment's owner or delegate, or the provider's staff."""

    email = models.EmailField(_("email address"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    language = models.CharField(_("preferred language"), max_length=5, choices=READER_LANGUAGES, default="fr-ca")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("member since"), default=clock.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = UserManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_address")]

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @cached_property
    def held_memberships(self) -> "list[Membership]":
        """Every establishment this person belongs to: the one chosen last first, the others as they were joined."""
        held = self.memberships.select_related("establishment")
        return list(held.order_by(F("chosen_at").desc(nulls_last=True), "pk"))

    @property
    def membership(self) -> "Membership | None":
        """The establishment this person acts for, and as what: the one chosen last, or else the one joined first."""
        return self.held_memberships[0] if self.held_memberships else None

    @property
    def establishment(self) -> "Establishment | None":
        """The establishment this person acts for."""
        return self.membership.establishment if self.membership else None

    @property
    def may(self) -> "dict[str, bool]":
        """What this person may do for that establishment, by name: `{% if user.may.buy %}`."""
        held = self.membership.rights if self.membership else frozenset()
        return {right.value: right in held for right in Right}


class Right(Enum):
    """One kind of thing that a member of an establishment may be allowed to do."""

    BUY = "buy"  # fill an order, pay it, give seats back
    ASSIGN = "assign"  # say who takes each seat, keep the list
    SEE_MONEY = "see_money"  # orders, receipts, invoices, credit notes
    MANAGE = "manage"  # the establishment itself: its address, its people


class Role(models.TextChoices):
    """What a person is for an establishment."""

    OWNER = "owner", _("Owner")
    DELEGATE = "delegate", _("Delegate: everything")
    ASSIGNER = "assigner", _("Delegate: assign only")
    ACCOUNTANT = "accountant", _("Delegate: receipts only")

    @property
    def meaning(self) -> Any:
        """What this role opens, in one sentence."""
        return {
            Role.OWNER: _("Can do everything: buy, assign, see the invoices, and say who acts for the establishment."),
            Role.DELEGATE: _("Can buy and assign seats, and see the orders and invoices."),
            Role.ASSIGNER: _("Can assign seats and keep the list of people. Sees no invoice."),
            Role.ACCOUNTANT: _("Can see the orders, receipts and invoices. Sees no access code."),
        }[self]


RIGHTS = {
    Role.OWNER: frozenset(Right),
    Role.DELEGATE: frozenset({Right.BUY, Right.ASSIGN, Right.SEE_MONEY}),
    Role.ASSIGNER: frozenset({Right.ASSIGN}),
    Role.ACCOUNTANT: frozenset({Right.SEE_MONEY}),
}


class Establishment(models.Model):
    """The workplace that buys: a clinic, a school, a restaurant."""

    name = models.CharField(_("establishment name"), max_length=160)
    street = models.CharField(_("street address"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    province = models.CharField(_("province"), max_length=2, choices=Province, default=Province.QC)
    postal_code = models.CharField(_("postal code"), max_length=7, blank=True)
    reminders = models.BooleanField(
        _("reminders"), default=True, help_text=_("Remind those who can assign of the seats with nobody in them.")
    )
    created_at = models.DateTimeField(_("since"), default=clock.now, editable=False)
    users = models.ManyToManyField(User, through="Membership", related_name="establishments")

    class Meta:
        verbose_name = _("establishment")
        verbose_name_plural = _("establishments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def bill_to(self) -> str:
        """Its name and address, as an order and its invoice bear them."""
        place = f"{self.city} ({self.get_province_display()})  {self.postal_code}"
        known = [self.name, self.street, place if self.city else ""]
        return "\n".join(line.strip() for line in known if line.strip())


class MembershipQuerySet(models.QuerySet["Membership"]):
    def who_may(self, right: Right):
        """Those whose role gives a right, as long as their account is open."""
        roles = [role for role, rights in RIGHTS.items() if right in rights]
        return self.filter(role__in=roles, user__is_active=True)


class Membership(models.Model):
    """What a person may do for an establishment."""

    establishment = models.ForeignKey(
        Establishment, models.CASCADE, verbose_name=_("establishment"), related_name="memberships"
    )
    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), related_name="memberships")
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.OWNER)
    joined_at = models.DateTimeField(_("since"), default=clock.now, editable=False)
    chosen_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When this person last chose to act for this establishment.")
    )
    gets_reminders = models.BooleanField(
        _("gets reminders"), default=True, help_text=_("Of free seats. The last call always reaches the owners.")
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["establishment", "user"], name="one_role_per_person_and_establishment"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @property
    def rights(self) -> frozenset[Right]:
        return RIGHTS[Role(self.role)]


def known_as(last_name: str, first_name: str, email: str) -> str:
    """What tells whether two records name one person: last name, first name and address, without capitals or accents.

    `Participant.folded` begins with it.
    """
    return folded(" ".join([last_name, first_name, email]))[:500]


class ParticipantQuerySet(models.QuerySet):
    def of(self, establishment: Establishment):
        return self.filter(establishment=establishment)

    def current(self):
        return self.filter(archived_at=None)

    def known_as(self, names: Iterable[str]):
        """Those who answer to one of these names (see `known_as`), whatever their department."""
        answering = Q(pk__in=[])
        for name in names:
            answering |= Q(folded__startswith=f"{name} ")
        return self.filter(answering)

    def matching(self, text: str):
        """The people whose name, address, department or group holds every word typed, whatever the accents."""
        found = self
        for word in folded(text).split():
            grouped = PeopleGroup.people.through.objects.filter(
                participant=OuterRef("pk"), peoplegroup__folded__contains=word
            )
            found = found.filter(Q(folded__contains=word) | Exists(grouped))
        return found


class Participant(models.Model):
    """A person on an establishment's list. Known by being there, not by an address: it may be shared."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=partial(new_code, 10), editable=False)
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, verbose_name=_("establishment"), related_name="participants"
    )
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    email = models.EmailField(_("email address"), blank=True)
    language = models.CharField(_("preferred language"), max_length=5, choices=READER_LANGUAGES, default="fr-ca")
    department = models.CharField(_("department"), max_length=80, blank=True)
    user = models.ForeignKey(
        User,
        models.SET_NULL,
        verbose_name=_("account"),
        null=True,
        blank=True,
        related_name="participations",
        help_text=_("Set when this person is a user who took a seat for themselves."),
    )
    folded = Folded(of=("last_name", "first_name", "email", "department"))
    created_at = models.DateTimeField(_("added at"), default=clock.now, editable=False)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        help_text=_("The record kept, when the same person was on the list twice."),
    )

    namesakes = models.ManyToManyField(
        "self",
        verbose_name=_("namesakes"),
        blank=True,
        editable=False,
        help_text=_("Other people, whose records look like this one: not duplicates."),
    )

    expires_on: date | None = None  # set by whoever asks for it, with `queries.people.with_need`
    need: int | None = None

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["folded", "pk"]
        indexes = [models.Index(fields=["establishment", "folded"])]
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "user"], condition=Q(user__isnull=False), name="one_participant_per_user"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(archived_at__isnull=False, user=None),
                name="merged_person_is_archived",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="merged_into_someone_else"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def known_as(self) -> str:
        return known_as(self.last_name, self.first_name, self.email)

    def refold(self) -> None:
        """Bring the folded name up to date, for those who write several rows at once."""
        Participant.folded.field.pre_save(self, add=False)

    @property
    def has_expired(self) -> bool:
        """Whether the certificate that was asked about (see `queries.people.with_need`) no longer holds."""
        return self.expires_on is not None and self.expires_on < clock.now().date()


class PeopleGroup(models.Model):
    """Some people of an establishment's list, under a name of its own: « Équipe de nuit »."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=partial(new_code, 10), editable=False)
    establishment = models.ForeignKey(
        Establishment, models.CASCADE, verbose_name=_("establishment"), related_name="people_groups"
    )
    name = models.CharField(_("name"), max_length=80)
    folded = Folded(of=("name",))
    people = models.ManyToManyField(Participant, verbose_name=_("people"), related_name="groups", blank=True)

    class Meta:
        verbose_name = _("group of people")
        verbose_name_plural = _("groups of people")
        ordering = ["folded", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["establishment", "folded"], name="one_group_of_people_per_name"),
        ]

    def __str__(self) -> str:
        return self.name
