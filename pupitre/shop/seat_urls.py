"""Addresses of what was bought: seats, the establishment's list, the participant's own pages."""

from django.urls import path

from pupitre.shop.views import access, moves, purchases, seats, team

urlpatterns = [
    path("mes-achats/", purchases.purchases, name="purchases"),
    path("mes-achats/<slug:code>/", purchases.purchase, name="purchase"),
    path("mes-achats/<slug:code>/confirmations.pdf", seats.confirmations, name="confirmations"),
    path("mes-achats/<slug:code>/assignation/", seats.assignment, name="assignment"),
    path("mes-achats/<slug:code>/inscription-personnelle/", seats.own_registration, name="own_registration"),
    path("mes-achats/<slug:code>/deplacement/", moves.session_move, name="session_move"),
    path("places/<slug:code>/", seats.seat, name="seat"),
    path("places/<slug:code>/correction/", seats.correction, name="correction"),
    path("places/<slug:code>/remplacement/", seats.replacement, name="replacement"),
    path("places/<slug:code>/liberation/", seats.release, name="release"),
    path("places/<slug:code>/deplacement/", moves.seat_move, name="seat_move"),
    path("places/<slug:code>/echange/", moves.swap, name="swap"),
    path("places/<slug:code>/courriel/", seats.resending, name="resending"),
    path("places/<slug:code>/confirmation.pdf", seats.confirmation, name="confirmation"),
    path("equipe/", team.team, name="team"),
    path("equipe/nouvelle-personne/", team.newcomer, name="newcomer"),
    path("equipe/<slug:code>/", team.person, name="person"),
    path("equipe/<slug:code>/archives/", team.archiving, name="archiving"),
    path("acces/", access.access, name="access"),
    path("acces/<str:code>/", access.confirmation, name="access_code"),
    path("mon-cours/<uuid:uuid>/", access.my_course, name="my_course"),
    path("mon-cours/<uuid:uuid>/agenda.ics", access.my_calendar, name="my_calendar"),
    path("mon-cours/<uuid:uuid>/confirmation.pdf", access.my_confirmation, name="my_confirmation"),
]
