from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    default_site = "pupitre.office.site.Office"

    def ready(self) -> None:
        super().ready()
        from django.contrib.auth.models import Group

        # Nobody holds rights through a group: the back office opens to superusers.
        self.module.site.unregister(Group)
