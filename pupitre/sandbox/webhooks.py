"""The post office: signs each event as its service does and delivers it to the shop, again and again if need be."""

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
import uuid
import zlib
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.conf import settings

from pupitre.sandbox.state import Document, new_id, state

log = logging.getLogger(__name__)

PAUSES = (1, 2, 5, 10, 30, 60)  # seconds before each new try
ADDRESSES = {"stripe": "/paiements/stripe/avis/", "paypal": "/paiements/paypal/avis/"}
OLD = 10 * 24 * 3600


class PostOffice:
    """One thread looks for what is due; a few others carry it, so that a slow shop does not hold up the rest."""

    def __init__(self) -> None:
        self._carriers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="webhook")
        self._carried: set[Future[None]] = set()
        self._wake = threading.Event()
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="post office", daemon=True)

    def start(self) -> None:
        for delivery in state.all("delivery", status="on the way"):  # the process died while carrying it
            state.put("delivery", delivery | {"status": "waiting"})
        self._watcher.start()

    def stop(self) -> None:
        self._over.set()
        self._wake.set()
        self._watcher.join(timeout=2)
        self.rest()

    def post(self, service: str, kind: str, event: Document) -> None:
        """Keep an event and prepare its deliveries. The text is fixed now: a signature covers every byte."""
        switches = state.switches()
        text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        state.put("event", {"id": event["id"], "service": service, "kind": kind, "created": time.time(), "text": text})
        for _ in range(int(switches["duplicate"])):
            self.deliver(event["id"], service, switches["webhook_delay"])

    def deliver(self, event: str, service: str, delay: float | str = 0) -> Document:
        held = delay == "never"
        address = state.switches()["webhook_urls"].get(service) or settings.SITE_URL + ADDRESSES[service]
        delivery = state.put(
            "delivery",
            {
                "id": new_id("delivery_", 12),
                "event": event,
                "service": service,
                "url": address,
                "status": "held" if held else "waiting",
                "due": time.time() + (0 if held else float(delay)),
                "answers": [],
            },
        )
        self._wake.set()
        return delivery

    def _watch(self) -> None:
        from pupitre.sandbox import stripe_bank

        while not self._over.is_set():
            self._wake.wait(0.2)
            self._wake.clear()
            stripe_bank.expire_what_is_over()
            stripe_bank.finish_refunds()
            with state.lock:
                due = [one for one in reversed(state.all("delivery", status="waiting")) if one["due"] <= time.time()]
                for delivery in due:
                    state.put("delivery", delivery | {"status": "on the way"})
                    carried = self._carriers.submit(self._carry, delivery)
                    self._carried.add(carried)
                    carried.add_done_callback(self._carried.discard)

    def rest(self) -> None:
        """Wait a moment for those on the way, so that nothing from before a reset arrives after it."""
        wait(list(self._carried), timeout=2)

    def _carry(self, delivery: Document) -> None:
        event = state.get("event", delivery["event"])
        if event is None:  # forgotten by a reset in the meantime
            state.remove("delivery", delivery["id"])
            return
        answer = self._send(delivery, event["text"].encode())
        answers = [*delivery["answers"], answer]
        if 200 <= answer < 300:
            later: Document = {"status": "delivered"}
        elif len(answers) <= len(PAUSES):
            later = {"status": "waiting", "due": time.time() + PAUSES[len(answers) - 1]}
        else:
            later = {"status": "given up"}
        with state.lock:
            if state.get("delivery", delivery["id"]):
                state.put("delivery", delivery | {"answers": answers} | later)

    def _send(self, delivery: Document, body: bytes) -> int:
        """The status answered, 0 when nobody answered."""
        signed = _stripe_signature if delivery["service"] == "stripe" else _paypal_signature
        headers = {"Content-Type": "application/json; charset=utf-8", **signed(body, state.switches())}
        try:
            return httpx.post(delivery["url"], content=body, headers=headers, timeout=10, trust_env=False).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.debug("Webhook not delivered to %s: %s", delivery["url"], type(error).__name__)
            return 0


def _stripe_signature(body: bytes, switches: Document) -> dict[str, str]:
    secret = "whsec_another" if switches["wrong_signature"] else settings.STRIPE_WEBHOOK_SECRET
    moment = int(time.time()) - (OLD if switches["old_timestamp"] else 0)
    seal = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={seal}", "User-Agent": "Stripe/1.0 (payment sandbox)"}


def _paypal_signature(body: bytes, switches: Document) -> dict[str, str]:
    key, certificate = signing_key()
    name = str(uuid.uuid4())
    moment = datetime.now(UTC) - timedelta(seconds=OLD if switches["old_timestamp"] else 0)
    webhook = "ANOTHER" if switches["wrong_signature"] else settings.PAYPAL_WEBHOOK_ID
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    signed = f"{name}|{stamp}|{webhook}|{zlib.crc32(body)}".encode()
    seal = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
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


post_office = PostOffice()
