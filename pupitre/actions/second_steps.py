"""What the provider can do with the second step of a sign-in: take it away, for someone who lost all means of it."""

from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.db import transaction

from pupitre import journal
from pupitre.mail import letters
from pupitre.models import User


@transaction.atomic
def remove(user: User, *, by: User) -> None:
    """Let a password alone open this profile again: its codes, its passkeys and its recovery codes go. Its owner is
    told, who may not have asked for it.
    """
    removed, _rows = Authenticator.objects.filter(user=user).delete()
    if removed:
        journal.record("profile.second_steps_removed", by=by, facts={"profile": user.pk})
        letters.account_news("two_steps_removed", user.email, user=user, key=uuid4().hex, language=user.language)
