"""Addresses of the links to take a seat: the owner's pages, then those of whoever takes one."""

from django.urls import path

from pupitre.shop.views import claim_links, place

urlpatterns = [
    path("mes-achats/<slug:code>/partage/", claim_links.making, name="claim_link_new"),
    path("partages/<slug:code>/", claim_links.link, name="claim_link"),
    path("partages/<slug:code>/affiche.pdf", claim_links.poster, name="claim_poster"),
    path("partages/<slug:code>/reponses/", claim_links.answers, name="claim_answers"),
    path("partages/<slug:code>/revocation/", claim_links.revocation, name="claim_link_removal"),
    path("place/<slug:word>/", place.place, name="place"),
    path("place/<slug:word>/<uuid:batch>/", place.taken, name="place_taken"),
    path("place/<slug:word>/<uuid:batch>/confirmation.pdf", place.confirmation, name="place_confirmation"),
]
