"""Which webhooks are believed to be Stripe's, and which are not."""

import time

import pytest
import stripe as sdk

from pupitre.gateways import BadSignature, stripe


@pytest.mark.parametrize("fault", ["wrong_signature", "old_timestamp"])
def test_a_webhook_signed_by_another_or_too_long_ago_is_not_believed(stripe_gateway, sandbox, listener, bill, fault):
    sandbox.config(**{fault: True})
    started = stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")
    sandbox.pay_stripe(started.url)

    [webhook] = listener.wait("checkout.session.completed", bill.payment)

    with pytest.raises(BadSignature):
        stripe_gateway.verify(webhook.headers, webhook.body)


def test_one_changed_byte_breaks_the_signature(stripe_gateway, settings):
    body = b'{"id":"evt_1","type":"x","livemode":false,"data":{"object":{"object":"charge","id":"ch_1"}}}'
    seal = sdk.WebhookSignature.generate_signature_header(body.decode(), settings.STRIPE_WEBHOOK_SECRETS[0])

    assert stripe_gateway.verify({"STRIPE-SIGNATURE": seal}, body).id == "evt_1"
    with pytest.raises(BadSignature):
        stripe_gateway.verify({"Stripe-Signature": seal}, body.replace(b"evt_1", b"evt_2"))


def test_two_secrets_are_believed_while_one_replaces_the_other(settings):
    body = b'{"id":"evt_1","type":"x","livemode":false,"data":{"object":{"object":"charge","id":"ch_1"}}}'
    old, new = "whsec_old", "whsec_new"
    settings.STRIPE_WEBHOOK_SECRETS = [new, old]
    gateway = stripe.from_settings(settings, record=lambda call: None)

    events = [
        gateway.verify(
            {"Stripe-Signature": sdk.WebhookSignature.generate_signature_header(body.decode(), secret)}, body
        )
        for secret in (old, new)
    ]

    assert [event.id for event in events] == ["evt_1", "evt_1"]


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_believed(settings, secrets):
    settings.STRIPE_WEBHOOK_SECRETS = secrets
    gateway = stripe.from_settings(settings, record=lambda call: None)
    seal = sdk.WebhookSignature.generate_signature_header("{}", "")

    with pytest.raises(BadSignature):
        gateway.verify({"Stripe-Signature": seal}, b"{}")


@pytest.mark.parametrize(
    "seal",
    ["", "nonsense", "t=,v1=", f"t={int(time.time())}", f"t={int(time.time())},v1=é", "t=x,v1=1", "t=1=2,v1"],
    ids=["none", "nonsense", "empty", "a time alone", "not ASCII", "no number", "two signs"],
)
@pytest.mark.parametrize("body", [b"{}", b"\xff\xfe", b""])
def test_nonsense_is_a_bad_signature_not_a_crash(stripe_gateway, seal, body):
    with pytest.raises(BadSignature):
        stripe_gateway.verify({"Stripe-Signature": seal}, body)
