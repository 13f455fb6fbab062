"""The floor: the least that Django can do. One question to the same database, one small template, no middleware.

What stands beside a measure of the shop was measured in the same run, on the same machine: read the ratio.
"""

import os
from functools import lru_cache

import dj_database_url
import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Template
from django.template.engine import Engine
from django.urls import path

ROWS = 12
PAGE = "<!doctype html><title>Floor</title><ul>{% for row in rows %}<li>{{ row.0 }}: {{ row.1 }}</li>{% endfor %}</ul>"


def page(request: HttpRequest) -> HttpResponse:
    from django.template import Context

    with connection.cursor() as cursor:
        cursor.execute("SELECT slug, title_fr FROM pupitre_course ORDER BY id LIMIT %s", [ROWS])
        rows = cursor.fetchall()
    return HttpResponse(_template().render(Context({"rows": rows})))


@lru_cache
def _template() -> Template:
    return Engine().from_string(PAGE)


def configure() -> None:
    database = dj_database_url.parse(os.environ["DATABASE_URL"])
    if database["ENGINE"].endswith("postgresql"):
        database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 8}}
    settings.configure(
        DATABASES={"default": database},
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="it signs nothing",
    )
    django.setup()


urlpatterns = [path("", page)]

if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
    configure()
    application = get_wsgi_application()
