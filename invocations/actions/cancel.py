"""Cancel an invocation that waits or runs."""

from __future__ import annotations

import logging

import redis

from accounts import audit
from accounts.actor import Actor, NotAllowed
from accounts.scopes import Scope
from invocations import settling
from invocations.bus import notices
from invocations.errors import AlreadyFinished
from invocations.models import Invocation, Status
from invocations.settling import Settlement

log = logging.getLogger(__name__)


def cancel(actor: Actor, invocation: Invocation, reason: str = "") -> Invocation:
    """End it as `cancelled`, and stop the sandbox that runs it. Callers may cancel their own; operators any.

    Raises `AlreadyFinished` when it has an outcome; that outcome stays.
    """
    if invocation.owner != actor.owner and not actor.may(Scope.OPERATE):
        raise NotAllowed(Scope.OPERATE, actor.label)
    actor.require(Scope.INVOKE)
    error = {"code": "cancelled", "message": f"Cancelled by {actor.label}.", "detail": {"reason": reason}}
    while invocation.is_open:
        if settling.end_from_outside(
            invocation, Settlement(Status.CANCELLED, error=error), {"reason": error["message"]}
        ):
            audit.record(actor, "invocation.cancel", invocation, reason=reason)
            try:
                notices.control({"type": "cancel", "invocation": str(invocation.pk)})
            except redis.RedisError as lost:
                log.warning("the worker of %s finds out at its next lease renewal: %s", invocation.pk, lost)
            return invocation
        invocation.refresh_from_db()  # a worker claimed or settled it in between
    raise AlreadyFinished(
        f"This invocation is over already ({invocation.get_status_display()}).", status=invocation.status
    )
