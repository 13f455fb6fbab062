"""Which webhooks are believed to be PayPal's, and which are not."""

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from pupitre.gateways import BadSignature, Event, paypal, paypal_signature
from pupitre.gateways.paypal_client import Account

SIGNER = "messageverificationcerts.paypal.com"
KEPT_AT = "/v1/notifications/certs/CERT-1"
BODY = b'{"id":"WH-1","event_type":"CHECKOUT.ORDER.APPROVED","resource_type":"checkout-order","resource":{"id":"1"}}'


@pytest.fixture
def webhook(paypal_gateway, sandbox, listener, bill) -> SimpleNamespace:
    """What PayPal says when a buyer agrees, as it came."""
    return an_agreement(paypal_gateway, sandbox, listener, bill)


def an_agreement(gateway, sandbox, listener, bill) -> SimpleNamespace:
    started = gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")
    sandbox.approve_paypal(started.url)
    [webhook] = listener.wait("CHECKOUT.ORDER.APPROVED", bill.payment)
    return webhook


# --- in front of the payment sandbox ---------------------------------------------------------------------------------


def test_the_certificate_is_fetched_once(paypal_gateway, webhook, calls):
    for _ in range(3):
        paypal_gateway.verify(webhook.headers, webhook.body)

    assert len([call for call in calls if "/certs/" in call.path]) <= 1


@pytest.mark.parametrize("fault", ["wrong_signature", "old_timestamp"])
def test_a_webhook_signed_by_another_or_too_long_ago_is_not_believed(paypal_gateway, sandbox, listener, bill, fault):
    sandbox.config(**{fault: True})
    webhook = an_agreement(paypal_gateway, sandbox, listener, bill)

    with pytest.raises(BadSignature):
        paypal_gateway.verify(webhook.headers, webhook.body)


def test_one_changed_byte_breaks_the_signature(paypal_gateway, webhook):
    with pytest.raises(BadSignature):
        paypal_gateway.verify(webhook.headers, webhook.body.replace(b"327.68", b"327.69"))


@pytest.mark.parametrize(
    "changes",
    [
        {"PayPal-Transmission-Sig": "é"},
        {"PayPal-Transmission-Sig": ""},
        {"PayPal-Transmission-Time": "yesterday"},
        {"PayPal-Transmission-Time": "2026-11-23T10:00:00"},
        {"PayPal-Auth-Algo": "none"},
        {"PayPal-Transmission-Id": "another"},
        {"PayPal-Cert-Url": ""},
        {"PayPal-Cert-Url": "http://[broken/v1/notifications/certs/CERT-1"},
    ],
)
def test_nonsense_is_a_bad_signature_not_a_crash(paypal_gateway, webhook, changes):
    with pytest.raises(BadSignature):
        paypal_gateway.verify(webhook.headers | changes, webhook.body)


@pytest.mark.parametrize(("ids", "believed"), [("{ours}, OTHER", True), ("OTHER {ours}", True), ("OTHER", False)])
def test_two_webhooks_are_believed_while_one_replaces_the_other(settings, webhook, ids, believed):
    settings.PAYPAL_WEBHOOK_ID = ids.format(ours=settings.PAYPAL_WEBHOOK_ID)
    gateway = paypal.from_settings(settings, record=lambda call: None)

    assert is_believed(gateway, webhook.headers, webhook.body) == believed


def test_without_a_webhook_id_nothing_is_believed(settings, webhook):
    settings.PAYPAL_WEBHOOK_ID = ""
    gateway = paypal.from_settings(settings, record=lambda call: None)

    with pytest.raises(BadSignature):
        gateway.verify(webhook.headers, webhook.body)


def is_believed(gateway, headers, body) -> bool:
    try:
        gateway.verify(headers, body)
    except BadSignature:
        return False
    return True


# --- in front of PayPal itself: its hosts cannot be reached from a test, so what they keep is kept here ---------------


@dataclass
class Certificate:
    key: rsa.RSAPrivateKey
    shown: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.shown.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.shown.public_bytes(serialization.Encoding.DER)


def a_certificate(
    name: str,
    issuer: Certificate | None = None,
    *,
    authority: bool = False,
    days: tuple[int, int] = (-1, 1),
    at: str = "",
) -> Certificate:
    """One that an authority signed, or, without any, that its holder signed alone."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signing_key = issuer.key if issuer else key
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ["content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"], False
    )
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.shown.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                key_encipherment=False,
                key_cert_sign=authority,
                crl_sign=authority,
                **usage,
            ),
            critical=True,
        )
    )
    if not authority:
        building = building.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        building = building.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    if at:
        place = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(at))
        building = building.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    return Certificate(key, building.sign(signing_key, hashes.SHA256()))


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Iterator[Certificate]:
    """An authority that this installation trusts, as an administrator would say it."""
    root = a_certificate("Root", authority=True)
    trusted: Path = tmp_path_factory.mktemp("authorities") / "trusted.pem"
    trusted.write_bytes(root.pem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(trusted))
        paypal_signature._trusted_authorities.cache_clear()
        yield root
    paypal_signature._trusted_authorities.cache_clear()


@pytest.fixture(scope="module")
def middle(root) -> Certificate:
    """The authority that signs for the root, as they all do."""
    return a_certificate("Middle", root, authority=True)


@dataclass
class Place:
    """A gateway of one mode, in front of hosts that keep these documents; what it asked for is written down."""

    gateway: paypal.PayPalGateway
    asked: list[str]


def a_place(mode: str, base: str, kept: dict[str, bytes]) -> Place:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        found = kept.get(str(request.url))
        return httpx.Response(200, content=found) if found else httpx.Response(404)

    account = Account(base, "id", "secret")
    account._http = httpx.Client(base_url=base, transport=httpx.MockTransport(answer))
    return Place(paypal.PayPalGateway(account, record=lambda call: None, webhook_ids=["ID"], mode=mode), asked)


def signed_by(key: rsa.RSAPrivateKey, certificate_at: str, *, age: timedelta = timedelta()) -> dict[str, str]:
    moment = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    seal = key.sign(f"1|{moment}|ID|{zlib.crc32(BODY)}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return {
        "PayPal-Transmission-Id": "1",
        "PayPal-Transmission-Time": moment,
        "PayPal-Transmission-Sig": base64.b64encode(seal).decode(),
        "PayPal-Auth-Algo": "SHA256withRSA",
        "PayPal-Cert-Url": certificate_at,
    }


@pytest.mark.parametrize(
    ("mode", "host", "signer"),
    [
        ("live", "api.paypal.com", SIGNER),
        ("live", "api-m.paypal.com", SIGNER),
        ("test", "api.sandbox.paypal.com", "messageverificationcerts.sandbox.paypal.com"),
    ],
)
def test_a_certificate_kept_by_paypal_and_vouched_for_is_believed(middle, mode, host, signer):
    own = a_certificate(signer, middle)
    place = a_place(mode, f"https://{host}", {f"https://{host}{KEPT_AT}": own.pem + middle.pem})

    event = place.gateway.verify(signed_by(own.key, f"https://{host}{KEPT_AT}"), BODY)

    assert event == Event("WH-1", "CHECKOUT.ORDER.APPROVED", live=mode == "live", reference="1")


def test_a_certificate_shown_alone_says_where_its_issuer_is(middle):
    own = a_certificate(SIGNER, middle, at="http://authority.example/middle.crt")
    address = f"https://api.paypal.com{KEPT_AT}"
    kept = {address: own.pem, "http://authority.example/middle.crt": middle.der}
    place = a_place("live", "https://api.paypal.com", kept)

    for _ in range(2):
        place.gateway.verify(signed_by(own.key, address), BODY)

    assert place.asked == [address, "http://authority.example/middle.crt"]


def test_a_webhook_repeated_for_three_days_is_believed_and_a_week_later_no_more(middle):
    own = a_certificate(SIGNER, middle)
    address = f"https://api.paypal.com{KEPT_AT}"
    place = a_place("live", "https://api.paypal.com", {address: own.pem + middle.pem})

    believed = [
        is_believed(place.gateway, signed_by(own.key, address, age=age), BODY)
        for age in (timedelta(days=3), timedelta(days=7), -timedelta(hours=1))
    ]

    assert believed == [True, False, False]


def forgeries(middle: Certificate) -> dict[str, tuple[Certificate, bytes]]:
    stranger = a_certificate("Stranger", authority=True)
    alone = a_certificate(SIGNER)
    unknown = a_certificate(SIGNER, stranger)
    namesake = a_certificate("messageverificationcerts.paypal.com.forger.example", middle)
    of_the_sandbox = a_certificate("messageverificationcerts.sandbox.paypal.com", middle)
    expired = a_certificate(SIGNER, middle, days=(-30, -1))
    not_yet = a_certificate(SIGNER, middle, days=(1, 30))
    without_issuer = a_certificate(SIGNER, middle)
    lost_issuer = a_certificate(SIGNER, middle, at="http://authority.example/lost.crt")
    good = a_certificate(SIGNER, middle)
    return {
        "signed by its holder": (alone, alone.pem),
        "vouched for by a stranger": (unknown, unknown.pem + stranger.pem),
        "of another name": (namesake, namesake.pem + middle.pem),
        "of the test site": (of_the_sandbox, of_the_sandbox.pem + middle.pem),
        "expired": (expired, expired.pem + middle.pem),
        "not valid yet": (not_yet, not_yet.pem + middle.pem),
        "without its issuer": (without_issuer, without_issuer.pem),
        "whose issuer is lost": (lost_issuer, lost_issuer.pem),
        "of another key": (alone, good.pem + middle.pem),
        "too long": (good, good.pem + middle.pem + b"\n" * paypal_signature.CERTIFICATE_SIZE),
        "no certificate": (good, b"<html>Gone fishing</html>"),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "signed by its holder",
        "vouched for by a stranger",
        "of another name",
        "of the test site",
        "expired",
        "not valid yet",
        "without its issuer",
        "whose issuer is lost",
        "of another key",
        "too long",
        "no certificate",
    ],
)
def test_no_other_certificate_is_believed_even_kept_by_paypal(middle, kind):
    own, kept = forgeries(middle)[kind]
    address = f"https://api.paypal.com{KEPT_AT}"
    place = a_place("live", "https://api.paypal.com", {address: kept})

    assert not is_believed(place.gateway, signed_by(own.key, address), BODY)


@pytest.mark.parametrize(
    ("mode", "address"),
    [
        ("live", "https://api.paypal.com.forger.example/v1/notifications/certs/CERT-1"),
        ("live", "https://forger.example/v1/notifications/certs/CERT-1"),
        ("live", "http://api.paypal.com/v1/notifications/certs/CERT-1"),
        ("live", "https://api.paypal.com@forger.example/v1/notifications/certs/CERT-1"),
        ("live", "https://api.paypal.com:8443/v1/notifications/certs/CERT-1"),
        ("live", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"),
        ("live", "https://api.paypal.com/v2/checkout/orders/1"),
        ("live", "https://api.paypal.com/v1/notifications/certs/../../v2/checkout/orders/1"),
        ("live", "http://127.0.0.1:8001/v1/notifications/certs/CERT-1"),
        ("test", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
        ("test", "http://127.0.0.1:8001/v1/notifications/certs/CERT-1"),
        ("sandbox", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
        ("sandbox", "http://127.0.0.1:9/v1/notifications/certs/CERT-1"),
        ("unheard of", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
    ],
)
def test_a_certificate_kept_elsewhere_is_not_even_fetched(middle, mode, address):
    own = a_certificate(SIGNER, middle)
    place = a_place(mode, "http://127.0.0.1:8001", {address: own.pem + middle.pem})

    assert not is_believed(place.gateway, signed_by(own.key, address), BODY)
    assert place.asked == []


def test_only_the_sandbox_may_sign_its_own_certificate():
    own = a_certificate(SIGNER)
    address = f"http://127.0.0.1:8001{KEPT_AT}"
    place = a_place("sandbox", "http://127.0.0.1:8001", {address: own.pem})

    assert is_believed(place.gateway, signed_by(own.key, address), BODY)
