"""How each service signs its webhooks: Stripe with a shared secret, PayPal with a key and its certificate."""

import base64
import hashlib
import hmac
import time
import uuid
import zlib
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.conf import settings

from pupitre.sandbox.state import Document, new_id, state

OLD = 10 * 24 * 3600


def signed(service: str, body: bytes, secret: str) -> dict[str, str]:
    """The headers of a webhook. What the receiver must know is a secret at Stripe, the webhook’s id at PayPal."""
    switches = state.switches()
    secret = "ANOTHER" if switches["wrong_signature"] else secret
    age = OLD if switches["old_timestamp"] else 0
    return _stripe_signature(body, secret, age) if service == "stripe" else _paypal_signature(body, secret, age)


def _stripe_signature(body: bytes, secret: str, age: int) -> dict[str, str]:
    moment = int(time.time()) - age
    seal = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={seal}", "User-Agent": "Stripe/1.0 (payment sandbox)"}


def _paypal_signature(body: bytes, webhook: str, age: int) -> dict[str, str]:
    key, certificate = signing_key()
    name = str(uuid.uuid4())
    moment = datetime.now(UTC) - timedelta(seconds=age)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"{name}|{stamp}|{webhook}|{zlib.crc32(body)}".encode()
    seal = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    return {
        "PayPal-Transmission-Id": name,
        "PayPal-Transmission-Time": stamp,
        "PayPal-Transmission-Sig": base64.b64encode(seal).decode(),
        "PayPal-Cert-Url": f"{settings.SANDBOX_URL}/v1/notifications/certs/{certificate}",
        "PayPal-Auth-Algo": "SHA256withRSA",
        "User-Agent": "PayPal/AUHD (payment sandbox)",
    }


def signing_key() -> tuple[rsa.RSAPrivateKey, str]:
    """The key that signs PayPal's webhooks, and the name of its certificate. Made at the first need."""
    with state.lock:
        kept = next(iter(state.all("certificate")), None) or state.put("certificate", _new_certificate())
    key = serialization.load_pem_private_key(kept["key"].encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The sandbox’s signing key is not an RSA key.")
    return key, kept["id"]


def _new_certificate() -> Document:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.sandbox.invalid")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "id": new_id("CERT-", 16),
        "key": private.decode(),
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }
