"""Addresses of what was bought: seats, the establishment's list, the participant's own pages."""

from django.urls import path

from pupitre.shop.views import access, lists, purchases, seats, team

urlpatterns = [
    path("mes-achats/", purchases.purchases, name="purchases"),
    path("mes-achats/<slug:code>/", purchases.purchase, name="purchase"),
    path("mes-achats/<slug:code>/confirmations.pdf", seats.confirmations, name="confirmations"),
    path("mes-achats/<slug:code>/assignation/", seats.assignment, name="assignment"),
    path("mes-achats/<slug:code>/inscription-personnelle/", seats.own_registration, name="own_registration"),
    path("mes-achats/<slug:code>/liste/", lists.paste, name="list_paste"),
    path("mes-achats/<slug:code>/liste/modele.xlsx", lists.model, name="list_model"),
    path("mes-achats/<slug:code>/liste/<slug:list_code>/", lists.people_list, name="people_list"),
    path(
        "mes-achats/<slug:code>/liste/<slug:list_code>/confirmations.pdf",
        lists.list_confirmations,
        name="list_confirmations",
    ),
    path("mes-achats/<slug:code>/liste/<slug:list_code>/codes.xlsx", lists.list_codes, name="list_codes"),
    path("places/<slug:code>/", seats.seat, name="seat"),
    path("places/<slug:code>/correction/", seats.correction, name="correction"),
    path("places/<slug:code>/remplacement/", seats.replacement, name="replacement"),
    path("places/<slug:code>/liberation/", seats.release, name="release"),
    path("places/<slug:code>/courriel/", seats.resending, name="resending"),
    path("places/<slug:code>/confirmation.pdf", seats.confirmation, name="confirmation"),
    path("equipe/", team.team, name="team"),
    path("equipe/nouvelle-personne/", team.newcomer, name="newcomer"),
    path("equipe/importation/", lists.roster_paste, name="roster_paste"),
    path("equipe/importation/modele.xlsx", lists.model, name="roster_model"),
    path("equipe/importation/<slug:list_code>/", lists.roster_list, name="roster_list"),
    path("equipe/<slug:code>/", team.person, name="person"),
    path("equipe/<slug:code>/archives/", team.archiving, name="archiving"),
    path("acces/", access.access, name="access"),
    path("acces/<str:code>/", access.confirmation, name="access_code"),
    path("mon-cours/<uuid:uuid>/", access.my_course, name="my_course"),
    path("mon-cours/<uuid:uuid>/agenda.ics", access.my_calendar, name="my_calendar"),
    path("mon-cours/<uuid:uuid>/confirmation.pdf", access.my_confirmation, name="my_confirmation"),
]
