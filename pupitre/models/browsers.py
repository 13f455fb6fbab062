"""The browsers people signed in with."""

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from pupitre.models.people import User


class Browser(AbstractBaseSession):
    """What one browser keeps here between two pages; whose it is, once someone signed in with it."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), null=True, related_name="browsers")

    class Meta:
        verbose_name = _("browser")
        verbose_name_plural = _("browsers")

    @classmethod
    def get_session_store_class(cls) -> Any:
        from pupitre.browsing import SessionStore

        return SessionStore
