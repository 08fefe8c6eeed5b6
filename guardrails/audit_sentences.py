"""How this app's actions read in the audit log."""

from django.utils.translation import gettext_noop

SENTENCES = {
    "policy.create": gettext_noop("created the policy %(object)s"),
    "policy.version": gettext_noop("saved %(object)s"),
    "policy.publish": gettext_noop("published %(object)s"),
    "policy.rollback": gettext_noop("rolled back to %(object)s"),
}
