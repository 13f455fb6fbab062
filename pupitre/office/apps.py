from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    default_site = "pupitre.office.site.Office"

    def ready(self) -> None:
        super().ready()
        from allauth.account.models import EmailAddress
        from allauth.mfa.models import Authenticator
        from django.contrib.auth.models import Group

        # Nobody holds rights through a group: the back office opens to superusers.
        self.module.site.unregister(Group)
        # Addresses change by their owner's own hand, and are verified by a letter.
        self.module.site.unregister(EmailAddress)
        # The library would show secrets, and let the staff make one: see SecondStepAdmin.
        self.module.site.unregister(Authenticator)
