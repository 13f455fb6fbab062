"""Addresses of the waiting list."""

from django.urls import path

from pupitre.shop.views import waitlist

urlpatterns = [
    path("liste-attente/", waitlist.waitlist, name="waitlist"),
    path("liste-attente/<slug:code>/", waitlist.session, name="waitlist_session"),
    path("liste-attente/<slug:code>/nombre/", waitlist.number, name="waitlist_number"),
    path("liste-attente/<slug:code>/retrait/", waitlist.leaving, name="waitlist_leaving"),
]
