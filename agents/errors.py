"""What can go wrong with agents, said to whoever asked. The API turns each into its status code."""

from __future__ import annotations

from accounts.errors import ProductError


class AgentsError(ProductError):
    """Base of what this app refuses."""


class NotFound(AgentsError):
    """An agent, version or skill that does not exist (or is another workspace's): the message says which do."""

    code, http = "not_found", 404


class SlugTaken(AgentsError):
    code, http = "slug_taken", 409


class BadSource(AgentsError):
    """The source cannot become a version; `file`, `line` and `reason` say where and why."""

    code, http = "bad_source", 422


class Moved(AgentsError):
    """What the caller thought was live no longer is: somebody published in between."""

    code, http = "deployment_moved", 409


class SettingsMoved(AgentsError):
    """Another settings revision was saved since the one that the caller saw."""

    code, http = "settings_moved", 409


class NotReady(AgentsError):
    """The version's checks are not green, or it never served (for a rollback)."""

    code, http = "version_not_ready", 422


class Archived(AgentsError):
    code, http = "agent_archived", 409
