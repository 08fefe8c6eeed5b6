"""How this app's actions read in the audit log."""

from django.utils.translation import gettext_noop

SENTENCES = {"routing.settings": gettext_noop("changed how requests are routed in %(object)s")}
