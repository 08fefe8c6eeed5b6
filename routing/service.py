"""The routers of this process: what the floors above ask where a text goes.

A workspace's router is an immutable value made for one generation, the number that every publish, rollback, archive
and change of routing settings raises in its own transaction. A request brings the generation it has read; when the
router at hand is older, one thread builds the next while those who hold the old one go on with it. Vectors are
stored, so building reads them and encodes only what is new.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Workspace

from . import skills
from .engine import MARGIN, THRESHOLD, Decision, Encoder, ModelError, Router, SkillEntry, needed_texts
from .errors import Unavailable
from .loading import Loader
from .models import RoutingSettings
from .vectors import vectors_of

VERSIONS_KEPT = 128


@dataclass(frozen=True)
class Status:
    """`state` is "loading", "ready" or "failed"; `message` says what is wrong and what to do, else is empty."""

    ready: bool
    state: str
    message: str
    model: str | None


@dataclass(frozen=True)
class Routes:
    """A workspace's router with the settings it is asked with."""

    generation: int
    router: Router
    threshold: float = THRESHOLD
    margin: float = MARGIN
    default_agent: str | None = None


_routes: dict[int, Routes] = {}
_versions: OrderedDict[int, Router] = OrderedDict()
_guard = threading.Lock()
_building: dict[int, threading.Lock] = {}


def start() -> None:
    """Load the encoder in the background; a web process calls it when it starts. Returns at once."""
    _loader.start()


def status() -> Status:
    """Whether texts can be routed, for /readyz. Costs nothing."""
    encoder, error = _loader.encoder, _loader.error
    if encoder is not None:
        return Status(True, "ready", "", encoder.model_id)
    if error is not None:
        return Status(False, "failed", error, None)
    return Status(False, "loading", "The embedding model is being loaded; this takes some seconds.", None)


def decide(workspace_id: int, generation: int, text: str, *, has_payload: bool = False) -> Decision:
    """Where a text goes, by the workspace's live skills and its settings. Raises `Unavailable`."""
    routes = routes_for(workspace_id, generation)
    return routes.router.decide(
        text,
        threshold=routes.threshold,
        margin=routes.margin,
        default_agent=routes.default_agent,
        has_payload=has_payload,
    )


def decide_within(workspace_id: int, generation: int, text: str, agent: str, *, has_payload: bool = False) -> Decision:
    """Which skill of one live agent serves a text. Raises `Unavailable`."""
    routes = routes_for(workspace_id, generation)
    return routes.router.decide(
        text, agent=agent, threshold=routes.threshold, margin=routes.margin, has_payload=has_payload
    )


def decide_among(
    version_id: int, agent: str, manifest: dict[str, Any], text: str, *, has_payload: bool = False
) -> Decision:
    """Which skill of one version, live or not, serves a text. Raises `Unavailable`.

    Works without the encoder when only one skill can be meant.
    """
    try:
        return _version_router(version_id, agent, manifest).decide(text, agent=agent, has_payload=has_payload)
    except ModelError as error:
        raise _unavailable() from error


def router_for(workspace_id: int, generation: int) -> Router:
    """The router of a workspace at `generation` or later. Raises `Unavailable`."""
    return routes_for(workspace_id, generation).router


def routes_for(workspace_id: int, generation: int) -> Routes:
    """As `router_for`, with the settings. No query unless the generation is new to this process."""
    routes = _routes.get(workspace_id)
    if routes is not None and routes.generation >= generation:
        return routes
    encoder = _loader.encoder
    if encoder is None:
        raise _unavailable()
    return _rebuild(workspace_id, generation, encoder)


def prepare_vectors(manifest: dict[str, Any]) -> int:
    """Encode and store what a version's skills will need, so that publishing it encodes nothing.

    Returns the number of texts; 0 without a loaded encoder, when whoever routes first does the work.
    """
    encoder = _loader.encoder
    if encoder is None:
        return 0
    return len(vectors_of(encoder, needed_texts(skills.entries_of("", 0, manifest))))


def refresh(workspace_id: int) -> None:
    """Bring a workspace's router up to date now, where one is in use; called after a publish in this process."""
    encoder = _loader.encoder
    if encoder is not None and workspace_id in _routes:
        generation = Workspace.objects.values_list("routing_generation", flat=True).get(pk=workspace_id)
        routes_for(workspace_id, generation)


def clear() -> None:
    """Forget every router; for tests, whose rolled-back rows give ids and generations out again."""
    with _guard:
        _routes.clear()
        _versions.clear()


def _rebuild(workspace_id: int, generation: int, encoder: Encoder) -> Routes:
    with _guard:
        lock = _building.setdefault(workspace_id, threading.Lock())
    with lock:  # many come at once; the first builds, the others find it done
        routes = _routes.get(workspace_id)
        if routes is None or routes.generation < generation:
            routes = _routes[workspace_id] = _build(workspace_id, encoder)
        return routes


def _build(workspace_id: int, encoder: Encoder) -> Routes:
    # The generation is read first: what is read after it may be newer, never older, than the label says.
    generation = Workspace.objects.values_list("routing_generation", flat=True).get(pk=workspace_id)
    chosen = RoutingSettings.objects.filter(workspace_id=workspace_id).select_related("default_agent").first()
    router = _router(encoder, skills.live_entries(workspace_id))
    if chosen is None:
        return Routes(generation, router)
    default = chosen.default_agent
    return Routes(generation, router, chosen.threshold, chosen.margin, default.slug if default else None)


def _router(encoder: Encoder, entries: Iterable[SkillEntry]) -> Router:
    entries = list(entries)
    return Router.build(encoder, entries, vectors_of(encoder, needed_texts(entries)))


def _version_router(version_id: int, agent: str, manifest: dict[str, Any]) -> Router:
    with _guard:
        router = _versions.get(version_id)
        if router is not None:
            _versions.move_to_end(version_id)
            return router
    entries = skills.entries_of(agent, 0, manifest)
    encoder = _loader.encoder
    if encoder is None:
        return Router.build(None, entries)
    router = _router(encoder, entries)
    with _guard:
        _versions[version_id] = router
        while len(_versions) > VERSIONS_KEPT:
            _versions.popitem(last=False)
    return router


def _unavailable() -> Unavailable:
    now = status()
    return Unavailable(now.message or "The router has just become ready; try again.", state=now.state)


def _open_encoder() -> Encoder:
    return Encoder.open(settings.NEUROFLOW["EMBEDDING_MODEL"])


def _warm(encoder: Encoder) -> None:
    """Build every workspace's router before the first request, in the loading thread."""
    try:
        for workspace_id, generation in Workspace.objects.values_list("pk", "routing_generation"):
            _rebuild(workspace_id, generation, encoder)
    finally:
        connection.close()


_loader = Loader(_open_encoder, _warm)
