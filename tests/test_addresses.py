"""Addresses that no page leads to, and that are asked for all the same."""

import pytest
from django.test import Client
from django.urls import resolve


@pytest.mark.django_db
def test_a_request_under_another_host_name_is_refused_without_breaking():
    answer = Client(raise_request_exception=False).get("/", headers={"host": "another.example"})

    assert answer.status_code == 400


def test_pictures_of_courses_have_an_address():
    assert resolve("/images/courses/secourisme.webp").kwargs["path"] == "courses/secourisme.webp"
    assert resolve("/images/courses/secourisme.webp").func.__name__ == "serve"
