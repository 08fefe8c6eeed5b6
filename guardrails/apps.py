from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GuardrailsConfig(AppConfig):
    name = "guardrails"
    verbose_name = _("Guardrails")

    def ready(self) -> None:
        from accounts import audit

        from .audit_sentences import SENTENCES

        audit.register(SENTENCES)
