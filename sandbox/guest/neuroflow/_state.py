"""`context.state`: what an agent remembers between requests, kept by the host."""

from collections.abc import Awaitable, Callable
from typing import Any


class State:
    """Values by key: `await context.state.set("seen", 3)`. Needs a grant of `state`.

    Keys are text of at most 256 bytes, values any JSON; a key that is not there and one that holds null both read as
    None. `context.state` is shared by all requests of the agent, `context.state.session` by those of one session.
    `ttl` is in seconds. All raise CapabilityDenied without a grant, and CapabilityError with the reason when a quota is
    used up or the store cannot be reached.
    """

    def __init__(self, call: Callable[..., Awaitable[Any]], scope: str = "agent") -> None:
        self._call = call
        self._scope = scope

    @property
    def session(self) -> "State":
        """The same for the session that this request belongs to. Values stay for a week unless `ttl` says otherwise."""
        return State(self._call, "session")

    async def _do(self, op: str, **request: Any) -> Any:
        given = {name: value for name, value in request.items() if value is not None}
        return await self._call("state", op=op, scope=self._scope, **given)

    async def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default`."""
        value = await self._do("get", key=key)
        return default if value is None else value

    async def set(self, key: str, value: Any, *, ttl: float | None = None) -> None:
        """Keep a value, whatever was there before; without `ttl` until it is deleted."""
        await self._do("set", key=key, value=value, ttl=ttl)

    async def delete(self, key: str) -> bool:
        """Whether there was a value."""
        return bool(await self._do("delete", key=key))

    async def keys(self, prefix: str = "") -> list[str]:
        """The keys that begin with `prefix`, sorted."""
        return list(await self._do("keys", prefix=prefix))

    async def increment(self, key: str, by: int = 1, *, ttl: float | None = None) -> int:
        """Add to a whole number, at once even when many do it, and give the sum; what is not there counts as 0.

        `ttl` holds for a key that comes to be by this: a counter with a `ttl` counts within a window of time.
        """
        return int(await self._do("increment", key=key, by=by, ttl=ttl))

    async def compare_and_set(self, key: str, expected: Any, value: Any, *, ttl: float | None = None) -> bool:
        """Keep `value` if the key still holds `expected`; gives whether it did. None expects that it holds nothing."""
        return bool(await self._do("compare_and_set", key=key, expected=expected, value=value, ttl=ttl))
