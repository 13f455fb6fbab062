"""An installation whose payment settings are dangerous says so, in plain sentences."""

from types import SimpleNamespace

import pytest

from pupitre import running
from pupitre.gateways import problems


def settings(mode: str, **changes: object) -> SimpleNamespace:
    kind = "live" if mode == "live" else "test"
    own = {
        "PAYMENT_MODE": mode,
        "STRIPE_API_BASE": "https://api.stripe.com",
        "STRIPE_SECRET_KEY": f"sk_{kind}_1",
        "STRIPE_WEBHOOK_SECRETS": ["whsec_1"],
        "PAYPAL_API_BASE": "https://api-m.paypal.com" if mode == "live" else "https://api-m.sandbox.paypal.com",
        "PAYPAL_CLIENT_ID": "id",
        "PAYPAL_CLIENT_SECRET": "secret",
        "PAYPAL_WEBHOOK_ID": "webhook",
    }
    if mode == "sandbox":
        own |= {"STRIPE_API_BASE": "http://127.0.0.1:8001", "PAYPAL_API_BASE": "http://127.0.0.1:8001"}
    return SimpleNamespace(**(own | changes))


@pytest.mark.parametrize("mode", ["live", "test", "sandbox"])
def test_each_mode_can_be_set_up(mode):
    assert problems(settings(mode)) == []


def test_a_laptop_without_any_key_may_start_in_sandbox_mode():
    bare = settings(
        "sandbox",
        STRIPE_API_BASE="https://api.stripe.com",
        STRIPE_SECRET_KEY="",
        PAYPAL_API_BASE="https://api-m.paypal.com",
        PAYPAL_CLIENT_ID="",
    )

    assert problems(bare) == []


def test_the_keys_that_the_demonstration_makes_cannot_guard_real_money(tmp_path):
    made = {name.removeprefix("PUPITRE_"): key for name, key in running._kept_keys(tmp_path).items()}
    made["STRIPE_WEBHOOK_SECRETS"] = [made["STRIPE_WEBHOOK_SECRETS"]]

    refused = [problems(settings("live", **{name: key})) for name, key in made.items()]

    assert [sentences[0] for sentences in refused] == [
        f"PUPITRE_{name} was made for the payment sandbox: give the one that the payment service shows you."
        for name in made
    ]


@pytest.mark.parametrize(
    ("mode", "changes", "named"),
    [
        ("lve", {}, "PUPITRE_PAYMENT_MODE"),
        ("live", {"STRIPE_SECRET_KEY": "sk_test_1"}, "PUPITRE_STRIPE_SECRET_KEY"),
        ("live", {"STRIPE_SECRET_KEY": ""}, "PUPITRE_STRIPE_SECRET_KEY"),
        ("live", {"STRIPE_WEBHOOK_SECRETS": []}, "PUPITRE_STRIPE_WEBHOOK_SECRETS"),
        ("live", {"STRIPE_API_BASE": "http://api.stripe.com"}, "PUPITRE_STRIPE_API_BASE"),
        ("live", {"STRIPE_API_BASE": "https://api.stripe.com.example"}, "PUPITRE_STRIPE_API_BASE"),
        ("live", {"STRIPE_API_BASE": "http://127.0.0.1:8001"}, "PUPITRE_STRIPE_API_BASE"),
        ("live", {"PAYPAL_API_BASE": "https://api-m.sandbox.paypal.com"}, "PUPITRE_PAYPAL_API_BASE"),
        ("live", {"PAYPAL_WEBHOOK_ID": ""}, "PUPITRE_PAYPAL_WEBHOOK_ID"),
        ("live", {"PAYPAL_API_BASE": "http://api-m.paypal.com"}, "PUPITRE_PAYPAL_API_BASE"),
        ("live", {"PAYPAL_API_BASE": "https://api-m.paypal.com:8443"}, "PUPITRE_PAYPAL_API_BASE"),
        ("live", {"PAYPAL_API_BASE": "http://127.0.0.1:8001"}, "PUPITRE_PAYPAL_API_BASE"),
        ("live", {"PAYPAL_CLIENT_SECRET": ""}, "PUPITRE_PAYPAL_CLIENT_SECRET"),
        ("live", {"PAYPAL_CLIENT_ID": "Asandbox0123"}, "PUPITRE_PAYPAL_CLIENT_ID"),
        ("live", {"PAYPAL_CLIENT_SECRET": "Esandbox0123"}, "PUPITRE_PAYPAL_CLIENT_SECRET"),
        ("live", {"PAYPAL_WEBHOOK_ID": "8PT597110X687430LKGECATA, SANDBOX0123"}, "PUPITRE_PAYPAL_WEBHOOK_ID"),
        ("live", {"STRIPE_WEBHOOK_SECRETS": ["whsec_1", "whsec_sandbox0123"]}, "PUPITRE_STRIPE_WEBHOOK_SECRETS"),
        ("live", {"STRIPE_WEBHOOK_SECRETS": ["sk_live_1"]}, "PUPITRE_STRIPE_WEBHOOK_SECRETS"),
        ("test", {"STRIPE_SECRET_KEY": "sk_test_sandbox0123"}, "PUPITRE_STRIPE_SECRET_KEY"),
        ("test", {"PAYPAL_API_BASE": "http://127.0.0.1:8001"}, "PUPITRE_PAYPAL_API_BASE"),
        ("test", {"STRIPE_SECRET_KEY": "sk_live_1"}, "PUPITRE_STRIPE_SECRET_KEY"),
        ("test", {"STRIPE_SECRET_KEY": "rk_live_1"}, "PUPITRE_STRIPE_SECRET_KEY"),
        ("test", {"PAYPAL_API_BASE": "https://api-m.paypal.com"}, "PUPITRE_PAYPAL_API_BASE"),
        ("test", {"STRIPE_API_BASE": "http://127.0.0.1:8001"}, "PUPITRE_STRIPE_API_BASE"),
        ("sandbox", {"STRIPE_SECRET_KEY": "rk_live_1"}, "PUPITRE_STRIPE_SECRET_KEY"),
        ("sandbox", {"STRIPE_API_BASE": "https://api.stripe.com"}, "PUPITRE_STRIPE_API_BASE"),
        ("sandbox", {"STRIPE_API_BASE": "https://files.stripe.com"}, "PUPITRE_STRIPE_API_BASE"),
        ("sandbox", {"PAYPAL_API_BASE": "https://api-m.paypal.com"}, "PUPITRE_PAYPAL_API_BASE"),
        ("sandbox", {"PAYPAL_API_BASE": "https://api-m.sandbox.paypal.com"}, "PUPITRE_PAYPAL_API_BASE"),
    ],
)
def test_each_danger_is_named(mode, changes, named):
    [sentence] = problems(settings(mode, **changes))

    assert sentence.startswith(named)
    assert sentence.endswith(".")
