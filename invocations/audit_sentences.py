"""How this app's actions read in the audit log."""

from django.utils.translation import gettext_noop

SENTENCES = {
    "invocation.cancel": gettext_noop("cancelled the invocation %(object)s"),
    "invocation.replay": gettext_noop("replayed the invocation %(object)s"),
}
