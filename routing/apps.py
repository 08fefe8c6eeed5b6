from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoutingConfig(AppConfig):
    name = "routing"
    verbose_name = _("Routing")

    def ready(self) -> None:
        from accounts import audit

        from . import receivers
        from .audit_sentences import SENTENCES

        audit.register(SENTENCES)
        receivers.connect()
