"""The demonstration keeps its letters and shows them; an installation has no such pages."""

import smtplib
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

PAGES = "/_courriels/"


@pytest.fixture
def kept(settings) -> Path:
    """A letter in the outbox of a demonstration."""
    settings.DEMO = True
    folder = settings.DATA_DIR / "outbox"
    folder.mkdir(exist_ok=True)
    letter = folder / f"{time.time_ns()}-abcdef01.eml"
    letter.write_bytes(b"Delivered-To: marie@exemple.ca\r\n" + bytes(a_letter()))
    yield letter
    letter.unlink()


def a_letter() -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = "inscriptions@exemple.ca"
    letter["To"] = "marie@exemple.ca"
    letter["Subject"] = "Votre inscription : Secourisme"
    letter.set_content("Bonjour. Votre code : K7QF-3M2X-9TBD-4HWE <ne le donnez à personne>")
    letter.add_alternative("<p onclick='x()'>Bonjour</p><script>alert(1)</script>", subtype="html")
    letter.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="confirmation été.pdf")
    return letter


@pytest.mark.django_db
def test_a_letter_is_listed_and_read_with_what_is_attached(client, kept):
    listed = client.get(PAGES).content.decode()
    read = client.get(f"{PAGES}{kept.stem}/").content.decode()

    assert "Votre inscription : Secourisme" in listed
    assert "&lt;ne le donnez à personne&gt;" in read
    assert "confirmation été.pdf" in read


@pytest.mark.django_db
def test_the_html_of_a_letter_is_a_stranger_to_the_shop(client, kept):
    page = client.get(f"{PAGES}{kept.stem}/1/")

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'; ")


@pytest.mark.django_db
def test_an_attached_file_is_given_to_keep_never_shown(client, kept):
    file = client.get(f"{PAGES}{kept.stem}/2/")

    assert file.content == b"%PDF-1.7"
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"] == "attachment; filename*=utf-8''confirmation%20%C3%A9t%C3%A9.pdf"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "{letter}/", "{letter}/1/", "{letter}/9/", "absent/", "..%2fsecret_key/"])
def test_an_installation_has_no_such_pages(client, kept, settings, address):
    settings.DEMO = False

    assert client.get(PAGES + address.format(letter=kept.stem)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["{letter}/9/", "absent/", "..%2fsecret_key/"])
def test_a_letter_that_does_not_exist_is_not_found(client, kept, address):
    assert client.get(PAGES + address.format(letter=kept.stem)).status_code == 404


def test_a_letter_sent_by_smtp_is_kept_whole(shop):
    folder = shop.data_dir / "outbox"
    before = set(folder.glob("*"))
    sent = bytes(a_letter()).replace(b"\n", b"\r\n")

    with smtplib.SMTP("127.0.0.1", shop.addresses.mail_port, timeout=10) as server:
        server.sendmail("inscriptions@exemple.ca", ["marie@exemple.ca", "paul@exemple.ca"], sent)

    (kept,) = set(folder.glob("*")) - before
    assert kept.suffix == ".eml"
    assert kept.read_bytes() == b"Delivered-To: marie@exemple.ca, paul@exemple.ca\r\n" + sent
