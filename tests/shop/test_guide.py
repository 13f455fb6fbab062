"""The illustrated guide: every step has its picture, and every call-out its place. `make guide` draws them again."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from pupitre import guide
from tests.world import a_provider

HEAVIEST_PICTURE = 60 * 1024


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_every_step_has_a_light_picture_with_as_many_marks_as_call_outs(language):
    for step, shot in guide.steps(language):
        assert shot, step.name
        drawn = finders.find(shot.picture)
        with Image.open(drawn) as picture:
            assert picture.width / picture.height == pytest.approx(shot.width / shot.height, rel=0.01), step.name
            assert picture.width >= shot.width, step.name
        with open(drawn, "rb") as kept:
            assert len(kept.read()) <= HEAVIEST_PICTURE, step.name
        assert [number for number, _x, _y in shot.marks] == list(range(1, len(step.callouts) + 1)), step.name
        for _number, x, y in shot.marks:
            assert 0 < x < shot.width, step.name
            assert 0 < y < shot.height, step.name


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "folder"), [("/aide/", "guide/fr/"), ("/en/aide/", "guide/en/")])
def test_the_page_shows_the_eight_steps_in_its_language(address, folder):
    a_provider()

    page = Client().get(address).content.decode()

    assert page.count("<img") == page.count(folder) == len(guide.STEPS) == 8
    assert page.count('text-anchor="middle"') == sum(len(step.callouts) for step in guide.STEPS)
