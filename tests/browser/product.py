"""What browser tests know of the running product, and the HTTP calls with which they prepare what they look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

SIMPLE = """from neuroflow import Request, agent, skill


@agent(name="{slug}", description="{description}")
class Agent:
    @skill(description="{description}", examples=["{slug} please"])
    async def answer(self, request: Request) -> dict:
        return {{"said": "{answer}"}}
"""


@dataclass(frozen=True)
class Product:
    url: str
    password: str
    key: str

    def call(self, method: str, path: str, body: Any = None, expect: tuple[int, ...] = (200, 201)) -> dict[str, Any]:
        """A call of the API with the first key; the status must be one of `expect`."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=60)
        assert answer.status_code in expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def invoke(self, **body: Any) -> dict[str, Any]:
        """The invocation, however it ended."""
        answer = self.call("POST", "/invocations/", body, expect=(200, 202, 403, 422, 502, 504))
        return answer if "id" in answer else answer["invocation"]

    def agent(self, slug: str, *sources: str, live: bool = True) -> str:
        """Create an agent with a version for each source; the last one is live."""
        self.call(
            "POST", "/agents/", {"name": slug.capitalize(), "slug": slug, "description": f"The {slug} of the tests"}
        )
        for number, source in enumerate(sources, 1):
            version = self.call(
                "POST", f"/agents/{slug}/versions/", {"files": {"agent.py": source}, "message": f"take {number}"}
            )
            assert version["state"] == "ready", version
            if live:
                self.publish(slug, number)
        return slug

    def publish(self, slug: str, number: int) -> dict[str, Any]:
        return self.call("POST", f"/agents/{slug}/deployments/", {"version": number, "reason": f"number {number}"})


def simple(slug: str, answer: str = "hello", description: str = "Says one thing") -> str:
    """Source of an agent whose answer shows which version served."""
    return SIMPLE.format(slug=slug, answer=answer, description=description)
