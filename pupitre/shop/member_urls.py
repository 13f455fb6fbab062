"""Addresses of who acts for an establishment: its people, its invitations, and one’s own establishments."""

from django.urls import path

from pupitre.shop.views import invitations, members, memberships

urlpatterns = [
    path("etablissement/personnes/", members.people, name="members"),
    path("etablissement/personnes/<int:number>/", members.member, name="member"),
    path("etablissement/personnes/<int:number>/retrait/", members.removal, name="member_removal"),
    path("etablissement/cession/", members.transfer, name="transfer"),
    path("etablissement/invitations/<uuid:uuid>/renvoi/", members.resending, name="invitation_resending"),
    path("etablissement/invitations/<uuid:uuid>/annulation/", members.revocation, name="invitation_revocation"),
    path("etablissement/depart/", memberships.departure, name="departure"),
    path("compte/etablissements/", memberships.establishments, name="establishments"),
    path("compte/etablissements/nouveau/", memberships.newcomer, name="new_establishment"),
    path("invitation/<slug:word>/", invitations.invitation, name="invitation"),
]
