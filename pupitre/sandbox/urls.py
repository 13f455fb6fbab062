"""Every address of the payment sandbox: two services, their pages, and the console."""

from django.urls import path

from pupitre.sandbox import console, control, deeds
from pupitre.sandbox.paypal import api as paypal
from pupitre.sandbox.paypal import notifications
from pupitre.sandbox.paypal import pages as paypal_pages
from pupitre.sandbox.stripe import api as stripe
from pupitre.sandbox.stripe import pages as stripe_pages

urlpatterns = [
    # Stripe
    path("v1/checkout/sessions", stripe.session_list),
    path("v1/checkout/sessions/<str:name>", stripe.session),
    path("v1/checkout/sessions/<str:name>/expire", stripe.expire),
    path("v1/checkout/sessions/<str:name>/line_items", stripe.session_lines),
    path("v1/payment_intents/<str:name>", stripe.payment_intent),
    path("v1/payment_intents/<str:name>/cancel", stripe.cancel_intent),
    path("v1/charges/<str:name>", stripe.charge),
    path("v1/refunds", stripe.refund_list),
    path("v1/refunds/<str:name>", stripe.refund),
    path("v1/balance", stripe.held),
    path("v1/balance_transactions", stripe.balance_transactions),
    path("v1/balance_transactions/<str:name>", stripe.balance_transaction),
    path("v1/disputes", stripe.disputes),
    path("v1/disputes/<str:name>", stripe.dispute),
    path("v1/events", stripe.events),
    path("v1/events/<str:name>", stripe.event),
    path("v1/webhook_endpoints", stripe.endpoint_list),
    path("v1/webhook_endpoints/<str:name>", stripe.endpoint),
    path("v1/account", stripe.account),
    path("c/pay/<str:name>", stripe_pages.payment),
    path("c/pay/<str:name>/3ds", stripe_pages.three_d_secure),
    # PayPal
    path("v1/oauth2/token", paypal.token),
    path("v2/checkout/orders", paypal.order_list),
    path("v2/checkout/orders/<str:name>", paypal.order),
    path("v2/checkout/orders/<str:name>/capture", paypal.capture_order),
    path("v2/payments/captures/<str:name>", paypal.capture),
    path("v2/payments/captures/<str:name>/refund", paypal.refund_capture),
    path("v2/payments/refunds/<str:name>", paypal.refund),
    path("v1/customer/disputes", paypal.dispute_list),
    path("v1/customer/disputes/<str:name>", paypal.dispute),
    path("v1/notifications/certs/<str:name>", notifications.certificate),
    path("v1/notifications/verify-webhook-signature", notifications.verify_webhook_signature),
    path("v1/notifications/webhooks", notifications.webhook_list),
    path("v1/notifications/webhooks/<str:name>", notifications.webhook),
    path("v1/notifications/webhooks-events", notifications.event_list),
    path("v1/notifications/webhooks-events/<str:name>", notifications.event),
    path("v1/notifications/webhooks-events/<str:name>/resend", notifications.resend),
    path("checkoutnow", paypal_pages.approval),
    # what neither of them knows
    path("v1/customer/<path:rest>", paypal.unknown),
    path("v1/notifications/<path:rest>", paypal.unknown),
    path("v2/<path:rest>", paypal.unknown),
    path("v1/<path:rest>", stripe.unknown),
    # the hands behind the curtain
    path("static/sandbox.css", console.stylesheet),
    path("_sandbox/", console.home),
    path("_sandbox/objects/<str:name>", console.thing),
    path("_sandbox/switches", console.switches),
    path("_sandbox/deliveries/<str:name>", deeds.send_again),
    path("_sandbox/captures/<str:name>", deeds.end_review),
    path("_sandbox/dispute", deeds.dispute),
    path("_sandbox/win", deeds.win),
    path("_sandbox/lose", deeds.lose),
    path("_sandbox/refund", deeds.refund),
    path("_sandbox/fail-refund", deeds.fail_refund),
    path("_sandbox/finish-refund", deeds.finish_refund),
    path("_sandbox/reverse", deeds.reverse),
    path("_sandbox/resend", deeds.resend),
    path("_sandbox/config", control.config),
    path("_sandbox/reset", control.reset),
    path("_sandbox/clock", control.clock),
    path("_sandbox/log", control.log),
]
