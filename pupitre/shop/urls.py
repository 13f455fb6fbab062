"""Addresses of the shop: a French noun each, even for a deed."""

from django.urls import path

from pupitre.shop import claim_urls, document_urls, member_urls, seat_urls, waitlist_urls
from pupitre.shop.views import account, cart, catalogue, checkout, guide, orders, payer, refunds, terms, theme

urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("cours/<slug:slug>/", catalogue.course, name="course"),
    path("panier/", cart.cart, name="cart"),
    path("panier/code-promotionnel/", cart.promo, name="promo"),
    path("panier/code-promotionnel/retrait/", cart.promo_removal, name="promo_removal"),
    path("panier/<slug:code>/", cart.line, name="cart_line"),
    path("panier/<slug:code>/retrait/", cart.removal, name="cart_removal"),
    path("commande/verification/", checkout.review, name="review"),
    path("commande/<slug:reference>/", orders.order, name="order"),
    path("commande/<slug:reference>/paiement/", orders.payment, name="order_payment"),
    path("commande/<slug:reference>/modification/", orders.change, name="order_change"),
    path("commande/<slug:reference>/reprise/", orders.restart, name="order_restart"),
    path("commande/<slug:reference>/lien/", orders.payment_link, name="payment_link"),
    path("commande/<slug:reference>/lien/retrait/", orders.payment_link_removal, name="payment_link_removal"),
    path("commande/<slug:reference>/merci/", orders.thanks, name="thanks"),
    path("commande/<slug:reference>/recu.pdf", orders.receipt, name="receipt"),
    path("commande/<slug:reference>/remboursement/", refunds.refund, name="refund"),
    path("commande/<slug:reference>/remboursement/<int:serial>/", refunds.result, name="refund_result"),
    path("payer/<slug:word>/", payer.bill, name="payer"),
    path("payer/<slug:word>/facture.pdf", payer.invoice, name="payer_invoice"),
    path("payer/<slug:word>/recu.pdf", payer.receipt, name="payer_receipt"),
    path("payer/retour/<uuid:payment>/", payer.way_back, name="payer_return"),
    path("conditions/", terms.current, name="terms"),
    path("conditions/<int:number>/", terms.version, name="terms_version"),
    path("compte/", account.account, name="account"),
    path("compte/rappels/", account.reminders, name="reminders"),
    path("apparence/", theme.choose, name="theme"),
    path("aide/", guide.guide, name="guide"),
    *document_urls.urlpatterns,
    *member_urls.urlpatterns,
    *seat_urls.urlpatterns,
    *waitlist_urls.urlpatterns,
    *claim_urls.urlpatterns,
]
