from django.apps import AppConfig


class PupitreConfig(AppConfig):
    name = "pupitre"
    verbose_name = "Pupitre"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from pupitre import checks  # noqa: F401 - registers the system checks
