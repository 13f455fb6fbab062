"""The letters of the demonstration, at /_courriels/."""

from django.urls import path

from pupitre.shop.views import outbox

urlpatterns = [
    path("", outbox.outbox, name="outbox"),
    path("<slug:letter>/", outbox.letter, name="outbox_letter"),
    path("<slug:letter>/<int:part>/", outbox.part, name="outbox_part"),
]
