"""Where browsers’ sessions are kept: Django’s own way, with the name of whoever signed in beside each.

So that people can see where they are signed in, and sign out from afar.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

SIGNED_IN_WITH = "signed_in_with"  # in a session: the browser, its network address and since when


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> Any:
        from pupitre.models import Browser

        return Browser

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        browser: Any = super().create_model_instance(data)
        browser.user_id = data.get(SESSION_KEY)
        return browser
