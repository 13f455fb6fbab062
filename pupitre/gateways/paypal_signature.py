"""Whether a webhook was really signed by PayPal, checked here, without asking PayPal.

The webhook says where the certificate of its signature is kept. Only PayPal's own hosts are believed, and the
certificate must be in PayPal's name, and vouched for by an authority that our connections trust as well. In sandbox
mode the payment sandbox keeps a certificate that it signed itself; no other mode looks there.
"""

import base64
import binascii
import re
import ssl
import warnings
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import AuthorityInformationAccessOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from pupitre.gateways import BadSignature, Unreachable
from pupitre.gateways.safety import PAYPAL_HOSTS

HEADERS = ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")
SIGNERS = {
    "live": "messageverificationcerts.paypal.com",
    "test": "messageverificationcerts.sandbox.paypal.com",
}
LIFE = timedelta(days=4)  # PayPal repeats an unanswered webhook for three days
CLOCK_SKEW = timedelta(minutes=5)
CERTIFICATE_SIZE = 64 * 1024

Fetch = Callable[[str], httpx.Response]


def check(
    headers: Mapping[str, str], body: bytes, *, webhook_ids: list[str], mode: str, base: str, fetch: Fetch
) -> None:
    """Raise BadSignature unless PayPal signed these very bytes, not too long ago, for one of our webhooks."""
    lowered = {name.lower(): value for name, value in headers.items()}
    sent = {name: lowered.get(f"paypal-{name}", "") for name in HEADERS}
    if not webhook_ids or sent["auth-algo"] != "SHA256withRSA" or not _is_recent(sent["transmission-time"]):
        raise BadSignature("This webhook is not signed as PayPal does, or too long ago.")
    key = _signing_key(sent["cert-url"], mode, base, fetch)
    if not any(_signed(body, sent, webhook_id, key) for webhook_id in webhook_ids):
        raise BadSignature("The signature of this webhook is not PayPal’s.")


def _signed(body: bytes, sent: Mapping[str, str], webhook_id: str, key: rsa.RSAPublicKey) -> bool:
    signed = "|".join([sent["transmission-id"], sent["transmission-time"], webhook_id, str(zlib.crc32(body))])
    try:
        signature = base64.b64decode(sent["transmission-sig"], validate=True)
        key.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _is_recent(moment: str) -> bool:
    try:
        sent = datetime.fromisoformat(moment)
    except ValueError:
        return False
    now = datetime.now(UTC)
    return sent.tzinfo is not None and now - LIFE <= sent <= now + CLOCK_SKEW


def _signing_key(address: str, mode: str, base: str, fetch: Fetch) -> rsa.RSAPublicKey:
    known = [base] if mode == "sandbox" else [f"https://{host}" for host in PAYPAL_HOSTS.get(mode, ())]
    kept_at, _, name = address.partition("/v1/notifications/certs/")
    if kept_at not in known or not re.fullmatch(r"[\w-]+", name, re.ASCII):
        raise BadSignature("The certificate of this webhook is not kept by PayPal.")
    certificate, *issuers = _certificates(address, fetch)
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        raise BadSignature("The certificate of this webhook is out of date.")
    if mode != "sandbox":
        _check_chain(certificate, issuers or _issuers_at_the_authority(certificate, fetch), SIGNERS[mode])
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadSignature("The certificate of this webhook holds another kind of key.")
    return key


def _check_chain(certificate: x509.Certificate, issuers: list[x509.Certificate], signer: str) -> None:
    verifier = PolicyBuilder().store(_trusted_authorities()).build_server_verifier(x509.DNSName(signer))
    try:
        verifier.verify(certificate, issuers)
    except (VerificationError, ValueError) as error:
        raise BadSignature("No authority vouches that the certificate of this webhook is PayPal’s.") from error


@lru_cache(maxsize=1)
def _trusted_authorities() -> Store:
    """The authorities that our connections trust: SSL_CERT_FILE, or those that come with the HTTP client."""
    # A folder of authorities, SSL_CERT_DIR, is only opened as connections need it, and shows none before.
    shown = _authorities(httpx.create_ssl_context()) or _authorities(httpx.create_ssl_context(trust_env=False))
    return Store(shown)


def _authorities(context: ssl.SSLContext) -> list[x509.Certificate]:
    found = []
    for authority in context.get_ca_certs(binary_form=True):
        # Some old ones bear the serial number 0, against the rules: when it is no longer tolerated, they are left out.
        with warnings.catch_warnings(), suppress(ValueError):
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            found.append(x509.load_der_x509_certificate(authority))
    return found


def _issuers_at_the_authority(certificate: x509.Certificate, fetch: Fetch) -> list[x509.Certificate]:
    """PayPal may show its certificate alone. Then the certificate itself says where its issuer's is kept."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    kept_at = [
        description.access_location.value
        for description in access
        if description.access_method == AuthorityInformationAccessOID.CA_ISSUERS
    ]
    return _certificates(kept_at[0], fetch) if kept_at else []


def _certificates(address: str, fetch: Fetch) -> list[x509.Certificate]:
    answer = fetch(address)
    if answer.status_code >= 500:
        raise Unreachable("The certificate of a webhook cannot be fetched.")
    if answer.status_code != 200 or len(answer.content) > CERTIFICATE_SIZE:
        raise BadSignature("There is no certificate at the address given by this webhook.")
    try:
        if answer.content.startswith(b"\x30"):  # DER, as authorities keep theirs
            return [x509.load_der_x509_certificate(answer.content)]
        return x509.load_pem_x509_certificates(answer.content)
    except ValueError as error:
        raise BadSignature("There is no certificate at the address given by this webhook.") from error
