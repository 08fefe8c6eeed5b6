"""What routing does when agents change: it prepares, so that the next request need not."""

from __future__ import annotations

import logging
from typing import Any

from agents.signals import agent_archived, deployment_changed, version_uploaded

from . import service

logger = logging.getLogger(__name__)


def connect() -> None:
    version_uploaded.connect(_prepare, dispatch_uid="routing.prepare")
    deployment_changed.connect(_deployed, dispatch_uid="routing.deployed")
    agent_archived.connect(_archived, dispatch_uid="routing.archived")


def _prepare(sender: Any, version: Any, **_: Any) -> None:
    _quietly(service.prepare_vectors, version.manifest)


def _deployed(sender: Any, deployment: Any, **_: Any) -> None:
    _quietly(service.refresh, deployment.agent.workspace_id)


def _archived(sender: Any, agent: Any, **_: Any) -> None:
    _quietly(service.refresh, agent.workspace_id)


def _quietly(work: Any, argument: Any) -> None:
    """What was published stays published, whatever fails here: the next request builds what is missing."""
    try:
        work(argument)
    except Exception:
        logger.exception("routing could not prepare for a change; the next request will")
