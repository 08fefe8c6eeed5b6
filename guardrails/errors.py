"""What can go wrong with policies, said to whoever asked. The API turns each into its status code."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.errors import ProductError

from .engine import Problem


class NotFound(ProductError):
    """A policy or version that does not exist (or is another workspace's): the message says which do."""

    code, http = "not_found", 404


class SlugTaken(ProductError):
    code, http = "slug_taken", 409


class Invalid(ProductError):
    code, http = "invalid", 422


class BadPolicy(ProductError):
    """The document cannot be used; `detail.errors` lists every mistake with line and column."""

    code, http = "bad_policy", 422

    def __init__(self, errors: Iterable[Problem]) -> None:
        errors = list(errors)
        more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{more}", errors=[error.to_dict() for error in errors])


class TestsFail(BadPolicy):
    """A test inside a rule does not hold, so the version may not go live."""

    __test__ = False  # not a test class, whatever its name makes pytest think
    code = "policy_tests_fail"


class Moved(ProductError):
    """What the caller thought was live no longer is: somebody published in between."""

    code, http = "deployment_moved", 409


class NeverServed(ProductError):
    code, http = "version_never_served", 422
