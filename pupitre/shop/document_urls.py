"""Addresses of what an accountant asks for: orders, invoices, credit notes, and whom they are addressed to."""

from django.urls import path

from pupitre.shop.views import documents, establishment

urlpatterns = [
    path("recus/", documents.documents, name="documents"),
    path("recus/<slug:reference>/facture.pdf", documents.invoice, name="invoice"),
    path("recus/<slug:reference>/note-de-credit-<int:serial>.pdf", documents.credit_note, name="credit_note"),
    path("recus/<slug:reference>/adresse/", documents.address, name="invoice_address"),
    path("etablissement/", establishment.establishment, name="establishment"),
]
