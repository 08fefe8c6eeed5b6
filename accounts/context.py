"""What every template may ask of the person before it."""

from .actor import for_request


def actor(request) -> dict:
    """`actor` (or None), so that a template can show an action disabled with the reason: `actor.scopes`."""
    return {"actor": for_request(request)}
