from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvocationsConfig(AppConfig):
    name = "invocations"
    verbose_name = _("Invocations")

    def ready(self) -> None:
        from accounts import audit
        from agents import insight

        from . import announcements
        from . import insight as readers
        from .audit_sentences import SENTENCES

        audit.register(SENTENCES)
        announcements.connect()
        insight.register(readers)
