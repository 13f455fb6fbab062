"""The services' own libraries, unchanged, take the sandbox for the real thing: a purchase, then some money back."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import stripe

PAYPAL_SDK = Path(sys.prefix) / "paypal-sdk"  # it wants older libraries than ours


def stripes_library(sandbox, key: str):
    http = stripe.RequestsClient(timeout=10)
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url}, http_client=http).v1


def test_stripes_library_buys_and_gives_back(sandbox):
    client = stripes_library(sandbox, sandbox.settings["STRIPE_SECRET_KEY"])
    price = {"currency": "cad", "unit_amount": 95_00, "product_data": {"name": "RCR"}}
    session = client.checkout.sessions.create(
        params={
            "mode": "payment",
            "ui_mode": "hosted_page",
            "line_items": [{"quantity": 3, "price_data": price}],
            "success_url": "http://127.0.0.1:9/",
            "expires_at": int(time.time()) + 1860,
            "metadata": {"payment": "1"},
        },
        options={"idempotency_key": "pay_1"},
    )
    sandbox.pay_stripe(session.url)

    details = {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    paid = client.checkout.sessions.retrieve(session.id, params=details)
    refund = client.refunds.create(params={"payment_intent": paid.payment_intent.id, "amount": 100_00})
    kinds = [event.type for event in client.events.list(params={"limit": 1}).auto_paging_iter()]
    listed = list(client.refunds.list(params={"payment_intent": paid.payment_intent.id}).auto_paging_iter())

    assert (paid.status, paid.payment_status, paid.amount_total) == ("complete", "paid", 285_00)
    assert paid.line_items.data[0].description == "RCR"
    assert paid.payment_intent.latest_charge.balance_transaction.fee == 8_57
    assert (refund.status, refund.amount) == ("succeeded", 100_00)
    assert [one.id for one in listed] == [refund.id]
    assert kinds == ["charge.refunded", "refund.created", "checkout.session.completed"]


def test_stripes_library_understands_refusals(sandbox):
    with pytest.raises(stripe.InvalidRequestError) as missing:
        stripes_library(sandbox, sandbox.settings["STRIPE_SECRET_KEY"]).checkout.sessions.retrieve("cs_test_unknown")
    with pytest.raises(stripe.AuthenticationError):
        stripes_library(sandbox, "sk_test_wrong").balance.retrieve()

    assert missing.value.code == "resource_missing"


@pytest.mark.skipif(not PAYPAL_SDK.is_dir(), reason="PayPal’s own library is not here: make paypal-sdk")
def test_paypals_library_buys_and_gives_back(sandbox):
    told = {
        "address": sandbox.url,
        "client_id": sandbox.settings["PAYPAL_CLIENT_ID"],
        "client_secret": sandbox.settings["PAYPAL_CLIENT_SECRET"],
    }
    understood = subprocess.run(
        [sys.executable, Path(__file__).with_name("paypal_sdk.py")],
        env=os.environ | {"PYTHONPATH": str(PAYPAL_SDK), "NO_PROXY": "127.0.0.1"},
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert understood.returncode == 0, understood.stderr
    assert json.loads(understood.stdout) == {
        "before": "PAYER_ACTION_REQUIRED",
        "early": "ORDER_NOT_APPROVED",
        "after": "COMPLETED",
        "capture": "PARTIALLY_REFUNDED",
        "fee": "9.80",
        "custom_id": "payment-1",
        "refund": "COMPLETED",
        "refunded": "100.00",
        "refunds": [[True, "refund-1", "100.00"]],
    }
