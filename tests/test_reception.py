"""The shop's own door holds out without a proxy: slow visitors wait outside, and answer for nobody else."""

import contextlib
import http.client
import socket
import time
from types import SimpleNamespace

import pytest

from pupitre.reception import environment

SLOW_VISITORS = 40  # several times the threads that answer
FORM = (
    b"POST /acces/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=" + b"a" * 32 + b"\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
FONT = b"/static/vendor/public-sans-5.3.0/public-sans-5.3.0-latin.woff2"


@pytest.fixture
def port(shop) -> int:
    return shop.addresses.web_port


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow", id="headers that never end"),
        pytest.param(FORM + b"Content-Length: 1000\r\n\r\ncode=", id="a form that never ends"),
        pytest.param(FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\ncod", id="pieces that never end"),
        pytest.param(b"GET " + FONT + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", id="an answer that nobody reads"),
    ],
)
def test_slow_visitors_keep_nobody_waiting(port, beginning):
    with contextlib.ExitStack() as visitors:
        for _ in range(SLOW_VISITORS):
            visitor = visitors.enter_context(socket.create_connection(("127.0.0.1", port)))
            visitor.sendall(beginning)
        time.sleep(0.5)
        began = time.monotonic()

        status, _content = _get(port, "/")

        assert status == 200
        assert time.monotonic() - began < 5


def test_a_body_larger_than_anything_asked_for_is_refused_unread(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as visitor:
        visitor.sendall(FORM + b"Content-Length: 1000000000\r\n\r\n")

        assert visitor.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_file_of_fifty_megabytes_is_turned_away_with_a_page_that_a_browser_shows(port):
    piece = b"a" * 1024 * 1024
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", "/equipe/importation/")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(50 * len(piece)))
    connection.endheaders()
    for _ in range(50):
        connection.send(piece)

    answer = connection.getresponse()

    assert answer.status == 413
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Ce fichier est trop lourd" in answer.read().decode()


def test_a_file_of_five_megabytes_comes_in(port):
    """As far as the door of the shop, which wants to know who sends it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        "POST", "/equipe/importation/", b"a" * 5_000_000, {"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert connection.getresponse().status in (302, 403)


def test_a_head_request_and_the_page_after_it_share_a_connection(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("HEAD", "/")
    head = connection.getresponse()
    head.read()
    connection.request("GET", "/")
    page = connection.getresponse()

    assert (head.status, page.status) == (200, 200)
    assert len(page.read()) == int(page.getheader("content-length"))


def test_a_static_file_is_compressed_and_kept_by_browsers(port):
    _status, page = _get(port, "/")
    sheet = page.decode().split('rel="stylesheet" href="')[1].split('"')[0]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", sheet, headers={"Accept-Encoding": "br"})
    answer = connection.getresponse()

    assert answer.getheader("content-encoding") == "br"
    assert "immutable" in answer.getheader("cache-control")


def test_a_request_is_told_in_the_words_of_wsgi():
    scope = SimpleNamespace(
        method="POST",
        path="/cours/été/",
        query_string="q=%C3%A9",
        http_version="1.1",
        scheme="http",
        server="[::1]:8000",
        client="[2001:db8::7]:4242",
        headers={"content-type": "text/plain", "content-length": "4", "x-forwarded-for": "a", "x_forwarded_for": "b"},
    )

    told = environment(scope, b"oui!")

    assert told["PATH_INFO"].encode("latin-1").decode() == "/cours/été/"
    assert (told["REMOTE_ADDR"], told["SERVER_PORT"]) == ("2001:db8::7", "8000")
    assert (told["CONTENT_TYPE"], told["CONTENT_LENGTH"], told["wsgi.input"].read()) == ("text/plain", "4", b"oui!")
    # A name with an underscore is dropped, or a visitor could write what only our proxy may.
    assert {name: value for name, value in told.items() if name.startswith("HTTP_")} == {"HTTP_X_FORWARDED_FOR": "a"}


def _get(port: int, address: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", address)
        answer = connection.getresponse()
        return answer.status, answer.read()
