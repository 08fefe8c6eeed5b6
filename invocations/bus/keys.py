"""Every Redis key and channel of the product, in one place. All begin with the installation's prefix."""

from django.conf import settings

_P = settings.REDIS_PREFIX


def stream(invocation_id: str) -> str:
    """The events of one invocation; the entry id is `<seq>-0`."""
    return f"{_P}:events:{invocation_id}"


def fence(invocation_id: str) -> str:
    """A hash: `attempt`, the only one that may append, and `seq`, the last number given."""
    return f"{_P}:fence:{invocation_id}"


def events_channel(invocation_id: str) -> str:
    return f"{_P}:live:{invocation_id}"


def reply_channel(process_id: str) -> str:
    """Finished invocations that this web process waits for."""
    return f"{_P}:reply:{process_id}"


def feed_channel(workspace_id: int) -> str:
    """Invocations accepted and settled, for the console's live lists."""
    return f"{_P}:feed:{workspace_id}"


def control_channel() -> str:
    """To every worker: cancel an invocation, prepare for a new version."""
    return f"{_P}:control"


def bucket(owner: str) -> str:
    return f"{_P}:bucket:{owner}"


def state(agent_id: str) -> str:
    """What an agent's keys of the state capability begin with; the braces keep them on one node of a cluster."""
    return f"{_P}:state:{{{agent_id}}}"


def sweeper_lock() -> str:
    return f"{_P}:sweeper"


def workers() -> str:
    """A sorted set: worker process → when it last said that it lives (seconds since 1970)."""
    return f"{_P}:workers"


def figures() -> str:
    """A hash: what sandboxes used, summed up over all workers (`invocations.figures`)."""
    return f"{_P}:figures"


def holdings() -> str:
    """A hash: worker process → the sandboxes it holds, and when it said so."""
    return f"{_P}:holdings"


def queue() -> str:
    return settings.CELERY_TASK_DEFAULT_QUEUE
