"""What browsers download once: the stylesheet, the scripts, the font."""

import re
from pathlib import Path

import brotli
import pytest
from django.core.management import call_command

from pupitre.shop.static import Storage

STATIC = Path(__file__).resolve().parents[2] / "pupitre" / "static"


def weight(*names):
    return sum(len(brotli.compress((STATIC / name).read_bytes())) for name in names)


def test_the_pages_are_light():
    assert weight("css/pupitre.css") <= 12_000
    assert weight("js/app.js") <= 3_000
    assert weight("js/app.js", "vendor/htmx-4.0.1/htmx-4.0.1.min.js") <= 18_000


def test_the_stylesheet_asks_nothing_of_other_hosts():
    addresses = re.findall(r"url\(\"?([^\")]+)", (STATIC / "css" / "pupitre.css").read_text(encoding="utf-8"))

    assert [address for address in addresses if not address.startswith("../vendor/")] == []


@pytest.mark.parametrize("folder", [path for path in sorted((STATIC / "vendor").iterdir()) if path.is_dir()])
def test_what_we_did_not_write_has_its_licence_beside_it(folder):
    assert (folder / "LICENSE").stat().st_size > 0


def test_files_are_collected_compressed_under_a_name_that_changes_with_their_content(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)

    storage = Storage(location=tmp_path, base_url="/static/")
    name = storage.stored_name("css/pupitre.css")
    assert re.fullmatch(r"css/pupitre\.[0-9a-f]{12}\.css", name)
    assert (tmp_path / f"{name}.br").exists()
    fonts = re.findall(r"public-sans-5\.3\.0-latin\.[0-9a-f]{12}\.woff2", (tmp_path / name).read_text("utf-8"))
    assert len(fonts) == 1


def test_before_they_are_collected_files_keep_their_names(tmp_path):
    assert Storage(location=tmp_path, base_url="/static/").stored_name("css/pupitre.css") == "css/pupitre.css"
