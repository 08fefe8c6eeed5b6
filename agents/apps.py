from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgentsConfig(AppConfig):
    name = "agents"
    verbose_name = _("Agents")

    def ready(self) -> None:
        from accounts import audit

        from .audit_sentences import SENTENCES

        audit.register(SENTENCES)
