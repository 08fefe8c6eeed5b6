"""What can go wrong with routing, said to whoever asked."""

from accounts.errors import ProductError


class RoutingError(ProductError):
    """Base of what this app refuses."""


class Unavailable(RoutingError):
    """No text can be routed now: the embedding model is loading, or cannot be loaded. It is being retried."""

    code, http = "router_unavailable", 503
    retry_after = 5.0
