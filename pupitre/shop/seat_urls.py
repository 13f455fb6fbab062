"""Addresses of what was bought: seats, the establishment's list, the participant's own pages."""

from django.urls import path

from pupitre.shop.views import access, groups, purchases, register, seats, selection, team

urlpatterns = [
    path("mes-achats/", purchases.purchases, name="purchases"),
    path("mes-achats/selection/", selection.selection, name="selection"),
    path("mes-achats/<slug:code>/", purchases.purchase, name="purchase"),
    path("mes-achats/<slug:code>/selection/", selection.session_selection, name="session_selection"),
    path("mes-achats/<slug:code>/confirmations.pdf", seats.confirmations, name="confirmations"),
    path("mes-achats/<slug:code>/assignation/", seats.assignment, name="assignment"),
    path("mes-achats/<slug:code>/inscription-personnelle/", seats.own_registration, name="own_registration"),
    path("places/<slug:code>/", seats.seat, name="seat"),
    path("places/<slug:code>/correction/", seats.correction, name="correction"),
    path("places/<slug:code>/remplacement/", seats.replacement, name="replacement"),
    path("places/<slug:code>/liberation/", seats.release, name="release"),
    path("places/<slug:code>/retablissement/", seats.restoration, name="restoration"),
    path("places/<slug:code>/courriel/", seats.resending, name="resending"),
    path("places/<slug:code>/confirmation.pdf", seats.confirmation, name="confirmation"),
    path("places/<slug:code>/attestation.pdf", register.certificate, name="certificate"),
    path("equipe/", team.team, name="team"),
    path("equipe/selection/", team.selection, name="people_selection"),
    path("equipe/groupes/", groups.groups, name="groups"),
    path("equipe/groupes/<slug:code>/", groups.group, name="group"),
    path("equipe/groupes/<slug:code>/retrait/", groups.group_removal, name="group_removal"),
    path("equipe/doublons/", groups.duplicates, name="duplicates"),
    path("equipe/<slug:code>/doublon/", groups.other_record, name="other_record"),
    path("equipe/<slug:code>/doublon/<slug:other>/", groups.merge, name="merge"),
    path("equipe/nouvelle-personne/", team.newcomer, name="newcomer"),
    path("equipe/<slug:code>/", team.person, name="person"),
    path("equipe/<slug:code>/archives/", team.archiving, name="archiving"),
    path("registre/", register.register, name="register"),
    path("registre/registre.pdf", register.register_pdf, name="register_pdf"),
    path("registre/registre.xlsx", register.register_workbook, name="register_workbook"),
    path("acces/", access.access, name="access"),
    path("acces/<str:code>/", access.confirmation, name="access_code"),
    path("mon-cours/<uuid:uuid>/", access.my_course, name="my_course"),
    path("mon-cours/<uuid:uuid>/agenda.ics", access.my_calendar, name="my_calendar"),
    path("mon-cours/<uuid:uuid>/confirmation.pdf", access.my_confirmation, name="my_confirmation"),
    path("mon-cours/<uuid:uuid>/attestation.pdf", access.my_certificate, name="my_certificate"),
]
