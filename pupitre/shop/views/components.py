"""The page of components, shown while developing: every piece with invented things, none of them saved."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pupitre.models import Category, Course, CourseSession
from pupitre.shop.forms import Form

FIRST_DAY = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
COURSES = [
    ("Secourisme en milieu scolaire", "Santé et sécurité", 12),
    ("Premiers pas en gestion d’équipe", "Gestion", 265),
    ("Hygiène et salubrité alimentaires", "Hygiène", 160),
    ("Excel pour les établissements", "Bureautique", 205),
    ("Intervenir auprès des familles", "Relation d’aide", 320),
    ("Cuisiner pour deux cents personnes", "Cuisine", 72),
]


class Sample(Form):
    """One field of each kind."""

    email = forms.EmailField(label="Adresse courriel", help_text="Par exemple\u00a0: info@exemple.ca")
    password = forms.CharField(label="Mot de passe", widget=forms.PasswordInput)
    phone = forms.CharField(label="Téléphone", required=False)
    seats = forms.IntegerField(label="Nombre de places")
    language = forms.ChoiceField(
        label="Langue", choices=[("fr", "Français"), ("en", "Anglais")], widget=forms.RadioSelect
    )
    people = forms.CharField(label="Coller une liste", widget=forms.Textarea, required=False)
    terms = forms.BooleanField(label="J’ai lu et j’accepte les conditions de vente.")


def components(request: HttpRequest) -> HttpResponse:
    sessions = [_session(weeks, taken) for weeks, taken in ((0, 6), (1, 20), (2, 24), (3, 2))]
    shown = {
        "courses": [_course(title, category, hue) for title, category, hue in COURSES],
        "sessions": sessions,
        "next_session": sessions[0],
        "form": Sample({"email": "info@exemple"}) if "erreurs" in request.GET else Sample(),
    }
    return render(request, "shop/components.html", shown)


def _course(title: str, category: str, hue: int) -> Course:
    family = Category(slug=f"famille-{hue}", name_fr=category, hue=hue)
    summary = "Reconnaître l’urgence, agir dans l’ordre et remplir le registre de l’établissement."
    return Course(slug=f"cours-{hue}", title_fr=title, summary_fr=summary, category=family, price_cents=12_500)


def _session(weeks: int, taken: int) -> CourseSession:
    starts_at = FIRST_DAY + timedelta(weeks=weeks)
    return CourseSession(
        code=f"exemple-{weeks}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=7),
        delivery="online" if weeks == 3 else "in_person",
        venue="Centre Saint-Pierre",
        city="Montréal",
        capacity=24,
        taken=taken,
    )
