"""Every address of the payment sandbox: two services, their pages, and the console."""

from django.urls import path

from pupitre.sandbox import console, paypal_api, paypal_pages, stripe_api, stripe_pages

urlpatterns = [
    path("v1/checkout/sessions", stripe_api.sessions),
    path("v1/checkout/sessions/<str:name>", stripe_api.session),
    path("v1/checkout/sessions/<str:name>/expire", stripe_api.expire),
    path("v1/checkout/sessions/<str:name>/line_items", stripe_api.line_items),
    path("v1/payment_intents/<str:name>", stripe_api.payment_intent),
    path("v1/charges/<str:name>", stripe_api.charge),
    path("v1/refunds", stripe_api.refunds),
    path("v1/refunds/<str:name>", stripe_api.refund),
    path("v1/balance_transactions", stripe_api.balance_transactions),
    path("v1/balance_transactions/<str:name>", stripe_api.balance_transaction),
    path("v1/disputes/<str:name>", stripe_api.dispute),
    path("v1/events", stripe_api.events),
    path("c/pay/<str:name>", stripe_pages.payment),
    path("c/pay/<str:name>/3ds", stripe_pages.three_d_secure),
    path("v1/oauth2/token", paypal_api.token),
    path("v2/checkout/orders", paypal_api.orders),
    path("v2/checkout/orders/<str:name>", paypal_api.order),
    path("v2/checkout/orders/<str:name>/capture", paypal_api.capture_order),
    path("v2/payments/captures/<str:name>", paypal_api.capture),
    path("v2/payments/captures/<str:name>/refund", paypal_api.refund_capture),
    path("v2/payments/refunds/<str:name>", paypal_api.refund),
    path("v1/notifications/certs/<str:name>", paypal_api.certificate),
    path("v1/notifications/verify-webhook-signature", paypal_api.verify_webhook_signature),
    path("checkoutnow", paypal_pages.approval),
    path("static/sandbox.css", console.stylesheet),
    path("_sandbox/", console.home),
    path("_sandbox/switches", console.switches),
    path("_sandbox/deliveries/<str:name>", console.resend),
    path("_sandbox/captures/<str:name>", console.settle_capture),
    path("_sandbox/config", console.config),
    path("_sandbox/reset", console.reset),
    path("_sandbox/clock", console.clock),
    path("_sandbox/log", console.log),
]
