"""Addresses of the shop: a French noun each, even for a deed."""

from django.urls import path

from pupitre.shop import seat_urls
from pupitre.shop.views import account, cart, catalogue, checkout, guide, orders, theme

urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("cours/<slug:slug>/", catalogue.course, name="course"),
    path("panier/", cart.cart, name="cart"),
    path("panier/<slug:code>/", cart.line, name="cart_line"),
    path("panier/<slug:code>/retrait/", cart.removal, name="cart_removal"),
    path("commande/verification/", checkout.review, name="review"),
    path("commande/<slug:reference>/", orders.order, name="order"),
    path("commande/<slug:reference>/paiement/", orders.payment, name="order_payment"),
    path("commande/<slug:reference>/modification/", orders.change, name="order_change"),
    path("commande/<slug:reference>/merci/", orders.thanks, name="thanks"),
    path("commande/<slug:reference>/recu.pdf", orders.receipt, name="receipt"),
    path("compte/", account.account, name="account"),
    path("apparence/", theme.choose, name="theme"),
    path("aide/", guide.guide, name="guide"),
    *seat_urls.urlpatterns,
]
