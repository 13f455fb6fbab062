"""PayPal's own SDK in front of the payment sandbox: a whole purchase, then part of the money back.

Run by test_sandbox_fidelity.py in a process of its own, because the SDK wants older libraries than ours. It is told the
address and the keys as JSON, and prints what the SDK understood of the answers.
"""

import json
import sys

import requests
from paypalserversdk.configuration import Configuration, Server
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_breakdown import AmountBreakdown
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.item_request import ItemRequest
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.payment_source import PaymentSource
from paypalserversdk.models.paypal_wallet import PaypalWallet
from paypalserversdk.models.paypal_wallet_experience_context import PaypalWalletExperienceContext
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

WHOLE = {"prefer": "return=representation"}


def dollars(value: str) -> Money:
    return Money(currency_code="CAD", value=value)


def order() -> OrderRequest:
    breakdown = AmountBreakdown(item_total=dollars("285.00"), tax_total=dollars("42.68"))
    course = ItemRequest(name="RCR", quantity="3", unit_amount=dollars("95.00"), category="DIGITAL_GOODS")
    unit = PurchaseUnitRequest(
        amount=AmountWithBreakdown(currency_code="CAD", value="327.68", breakdown=breakdown),
        custom_id="payment-1",
        invoice_id="P1-1",
        items=[course],
    )
    context = PaypalWalletExperienceContext(
        return_url="http://127.0.0.1:9/retour/", cancel_url="http://127.0.0.1:9/annule/", locale="fr-CA"
    )
    source = PaymentSource(paypal=PaypalWallet(experience_context=context))
    return OrderRequest(intent=CheckoutPaymentIntent.CAPTURE, purchase_units=[unit], payment_source=source)


def main(address: str, client_id: str, client_secret: str) -> dict:
    class Here(Configuration):
        def get_base_uri(self, server=Server.DEFAULT):
            return address

    keys = ClientCredentialsAuthCredentials(o_auth_client_id=client_id, o_auth_client_secret=client_secret)
    paypal = PaypalServersdkClient(config=Here(client_credentials_auth_credentials=keys))

    made = paypal.orders.create_order(WHOLE | {"body": order(), "paypal_request_id": "pay_1"}).body
    try:
        paypal.orders.capture_order(WHOLE | {"id": made.id, "paypal_request_id": "early"})
        early = ""
    except ErrorException as error:
        early = error.details[0].issue
    page = next(link.href for link in made.links if link.rel == "payer-action")
    requests.post(page, data={"account": "pays"}, allow_redirects=False, timeout=10).raise_for_status()

    taken = paypal.orders.capture_order(WHOLE | {"id": made.id, "paypal_request_id": "cap_1"}).body
    capture = taken.purchase_units[0].payments.captures[0]
    asked = {"capture_id": capture.id, "paypal_request_id": "ref_1"}
    refund = RefundRequest(amount=dollars("100.00"), custom_id="refund-1")
    given_back = paypal.payments.refund_captured_payment(WHOLE | asked | {"body": refund}).body
    after = paypal.orders.get_order({"id": made.id}).body.purchase_units[0].payments

    return {
        "before": made.status,
        "early": early,
        "after": taken.status,
        "capture": paypal.payments.get_captured_payment({"capture_id": capture.id}).body.status,
        "fee": capture.seller_receivable_breakdown.paypal_fee.value,
        "custom_id": capture.custom_id,
        "refund": paypal.payments.get_refund({"refund_id": given_back.id}).body.status,
        "refunded": given_back.seller_payable_breakdown.total_refunded_amount.value,
        "refunds": [(one.id == given_back.id, one.custom_id, one.amount.value) for one in after.refunds],
    }


if __name__ == "__main__":
    print(json.dumps(main(**json.load(sys.stdin))))
