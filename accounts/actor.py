"""The actor: on whose behalf something happens. Every action takes one, asks it, and is audited by it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .models import ApiKey, User, Workspace
from .scopes import ALL_SCOPES, ROLE_SCOPES, Scope


class NotAllowed(Exception):
    """The actor lacks a scope. `scope` names it; the message says who could grant it."""

    def __init__(self, scope: str, label: str) -> None:
        self.scope = scope
        super().__init__(
            f"{label} may not do this: it needs the scope “{scope}” ({Scope(scope).label}). "
            "An administrator can give it, under People or API keys."
        )


@dataclass(frozen=True)
class Actor:
    """A person, a key or the system, within one workspace. `label` is what audit rows keep."""

    workspace: Workspace
    scopes: frozenset[str]
    label: str
    user: User | None = None
    key: ApiKey | None = None
    address: str = ""
    request_id: str = field(default="", compare=False)

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def require(self, scope: str) -> None:
        """Raise `NotAllowed` unless the actor has `scope`."""
        if scope not in self.scopes:
            raise NotAllowed(scope, self.label)

    @property
    def owner(self) -> str:
        """Names the actor across requests: idempotency keys and rate limits are kept per owner."""
        if self.key is not None:
            return f"key:{self.key.pk}"
        return f"user:{self.user.pk}" if self.user is not None else "system"


def system(workspace: Workspace, label: str = "NeuroFlow") -> Actor:
    """The product itself: set-up, the sweeper, automatic rollback."""
    return Actor(workspace=workspace, scopes=ALL_SCOPES, label=label)


def for_key(key: ApiKey, address: str = "", request_id: str = "") -> Actor:
    return Actor(
        workspace=key.workspace,
        scopes=frozenset(key.scopes),
        label=f"key {key.name}",
        key=key,
        address=address,
        request_id=request_id,
    )


def for_user(user: User, workspace: Workspace | None = None, address: str = "", request_id: str = "") -> Actor | None:
    """The person's actor, or None when they belong to no workspace. Two queries at most."""
    memberships = user.memberships.select_related("workspace").order_by("pk")
    if workspace is not None:
        memberships = memberships.filter(workspace=workspace)
    membership = memberships.first()
    if membership is None and not user.is_superuser:
        return None
    # A superuser made on the command line has no membership yet and must not be locked out.
    return Actor(
        workspace=membership.workspace if membership else (workspace or Workspace.default()),
        scopes=ROLE_SCOPES[membership.role] if membership else ALL_SCOPES,
        label=user.get_username(),
        user=user,
        address=address,
        request_id=request_id,
    )


def acting(request) -> Actor:
    """The actor of a request that has been let in: a view behind `HasScope` or the login has one."""
    actor = for_request(request)
    if actor is None:
        raise RuntimeError("nobody acts: this view must require a login or a key")
    return actor


def for_request(request) -> Actor | None:
    """The actor of a Django request, made once a request: by key (`request.auth`) or by session."""
    cached = getattr(request, "_actor", None)
    if cached is not None:
        return cached
    address = request.META.get("REMOTE_ADDR", "")
    request_id = getattr(request, "request_id", "")
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey):
        actor: Actor | None = for_key(key, address, request_id)
    elif getattr(request, "user", None) is not None and request.user.is_authenticated:
        actor = for_user(request.user, address=address, request_id=request_id)
    else:
        actor = None
    if actor is not None:
        request._actor = actor
    return actor
