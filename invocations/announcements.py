"""Listens to the floors below: a published version is prepared in every worker before the first request asks for it."""

from __future__ import annotations

import logging
from typing import Any

import redis

from agents.models import Deployment
from agents.signals import deployment_changed

from . import caps
from .bus import notices

log = logging.getLogger(__name__)


def connect() -> None:
    """Called once by the app's `ready`."""
    deployment_changed.connect(_warm, dispatch_uid="invocations.warm")
    deployment_changed.connect(_make_room, dispatch_uid="invocations.make_room")
    from .worker import lifecycle  # noqa: F401  (connects Celery's signals)


def _warm(deployment: Deployment, **_: Any) -> None:
    try:
        for version_id in {deployment.version_id, deployment.canary_version_id} - {None}:
            notices.control({"type": "warm", "version": version_id, "settings": deployment.settings_id})
    except redis.RedisError as error:
        log.warning("workers were not told to prepare %s: %s", deployment.version, error)


def _make_room(deployment: Deployment, **_: Any) -> None:
    """A cap that was raised or taken away lets those run that wait for it."""
    former = deployment.replaces.settings if deployment.replaces else None
    if former is not None and former.pk != deployment.settings_id and former.max_concurrent is not None:
        caps.wake(deployment.agent_id)
