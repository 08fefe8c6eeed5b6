from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvocationsConfig(AppConfig):
    name = "invocations"
    verbose_name = _("Invocations")

    def ready(self) -> None:
        from accounts import audit
        from agents import insight
        from sandbox.capabilities import state
        from sandbox.capabilities.state.in_redis import RedisStore

        from . import announcements
        from . import insight as readers
        from .audit_sentences import SENTENCES
        from .bus import keys
        from .bus.client import sync_client

        audit.register(SENTENCES)
        announcements.connect()
        insight.register(readers)
        state.use(RedisStore(sync_client, keys.state))
