"""Logs are read by people who must not see access codes."""

import pytest
from django.http import Http404
from django.test import Client, override_settings
from django.urls import path

from pupitre.logs import WithoutAddresses

CODE = "K7QF-3M2X-9TBD-4HWE"


def missing(request, code):
    raise Http404


def broken(request, code):
    raise ZeroDivisionError


urlpatterns = [path("acces/<str:code>/", missing), path("mon-cours/<str:code>/", broken)]


@pytest.fixture
def log(caplog):
    """What would be written, by a handler set up as ours is."""
    without_addresses = WithoutAddresses()
    caplog.handler.addFilter(without_addresses)
    yield caplog
    caplog.handler.removeFilter(without_addresses)


@pytest.mark.parametrize("address", [f"/acces/{CODE}/", f"/mon-cours/{CODE}/", f"/autre/{CODE}/"])
@override_settings(ROOT_URLCONF="tests.test_logs", MIDDLEWARE=[])
@pytest.mark.django_db
def test_an_access_code_in_an_address_is_never_logged(address, log):
    Client(raise_request_exception=False).get(address)

    assert [record.name for record in log.records] == ["django.request"]
    assert CODE not in log.text


def test_the_shop_writes_its_logs_through_that_filter(settings):
    assert settings.LOGGING["filters"] == {"no addresses": {"()": "pupitre.logs.WithoutAddresses"}}
    assert [handler["filters"] for handler in settings.LOGGING["handlers"].values()] == [["no addresses"]]
