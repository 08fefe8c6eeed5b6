from __future__ import annotations

from typing import Any

import pytest

from guardrails.actions.policies import ensure_default_policy
from guardrails.actions.save_version import save_version

HEAD = "apiVersion: neuroflow/v1\nkind: GuardrailPolicy\nrules:\n"


def document(*rules: str) -> str:
    return HEAD + "".join(f"  - {rule}\n" for rule in rules)


DENY_ALPHA = document("{name: no-alpha, type: deny, terms: [alpha], action: block, message: Not alpha.}")
DENY_BETA = document("{name: no-beta, type: deny, terms: [beta], action: block}")
FAILING = document("{name: x, type: deny, terms: [alpha], action: block, tests: {should_match: [beta]}}")


@pytest.fixture
def policy(workspace):
    """The default policy, live with the starting document."""
    return ensure_default_policy(workspace)


@pytest.fixture
def save(policy, system):
    """save(text) → a stored version of the default policy."""

    def save(text: str):
        return save_version(system, policy, text)[0]

    return save


@pytest.fixture
def call(client, make_key):
    """call(method, path, body, *scopes) → the response of the API, by a key with these scopes (all when none)."""

    def call(method: str, path: str, body=None, *scopes: str):
        _, plaintext = make_key(*scopes)
        send = getattr(client, method)
        options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {plaintext}"}}
        if body is not None:
            options |= {"data": body, "content_type": "application/json"}
        return send(f"/api/v1/guardrails/{path}", **options)

    return call
