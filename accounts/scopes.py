"""What may be done, in six words; keys carry scopes, people carry a role that stands for a set of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    READ = "read", _("see agents, invocations, policies")
    INVOKE = "invoke", _("send requests to agents")
    TEST = "test", _("run versions that are not live")
    AUTHOR = "author", _("create agents, upload versions")
    OPERATE = "operate", _("publish, roll back, cancel, set limits, grants, policies and routing")
    ADMIN = "admin", _("manage people and keys, read the audit log")


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    AUTHOR = "author", _("Author")
    OPERATOR = "operator", _("Operator")
    ADMIN = "admin", _("Administrator")


_VIEWER = frozenset({Scope.READ})
_AUTHOR = _VIEWER | {Scope.INVOKE, Scope.TEST, Scope.AUTHOR}
_OPERATOR = _AUTHOR | {Scope.OPERATE}
ROLE_SCOPES: dict[str, frozenset[str]] = {
    Role.VIEWER: _VIEWER,
    Role.AUTHOR: _AUTHOR,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _OPERATOR | {Scope.ADMIN},
}
ALL_SCOPES = frozenset(Scope.values)
