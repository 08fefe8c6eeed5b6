"""How this app's actions read in the audit log."""

from django.utils.translation import gettext_noop

SENTENCES = {
    "agent.create": gettext_noop("created the agent %(object)s"),
    "agent.update": gettext_noop("changed the description of %(object)s"),
    "agent.archive": gettext_noop("archived the agent %(object)s"),
    "version.upload": gettext_noop("uploaded %(object)s"),
    "deployment.publish": gettext_noop("published %(object)s"),
    "deployment.canary": gettext_noop("gave a share of the requests to %(object)s"),
    "deployment.rollback": gettext_noop("rolled back to %(object)s"),
    "settings.update": gettext_noop("changed the limits of %(object)s"),
    "grant.give": gettext_noop("granted a capability to %(object)s"),
    "grant.revoke": gettext_noop("revoked a capability of %(object)s"),
    "secret.set": gettext_noop("set the secret %(object)s"),
    "secret.remove": gettext_noop("removed the secret %(object)s"),
}
