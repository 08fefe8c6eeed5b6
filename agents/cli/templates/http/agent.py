"""__TITLE__: asks a web service for JSON, and says what came back."""

import httpx

from neuroflow import Context, Request, Response, agent, skill

SERVICE = "https://api.github.com"


@agent(name="__TITLE__", description="Facts about a public repository on GitHub", capabilities=["http"])
class Repositories:
    @skill(
        description="How many stars and open issues a repository has",
        examples=["how many stars has python/cpython", "look up django/django", "open issues of pallets/flask"],
    )
    async def look_up(self, request: Request, context: Context) -> Response | dict:
        name = repository_in(request.text)
        if name is None:
            return Response(success=False, error_message="Name a repository, such as python/cpython.")
        async with httpx.AsyncClient(base_url=context.config.get("service", SERVICE), timeout=10) as client:
            response = await client.get(f"/repos/{name}")
        if response.status_code == 404:
            return Response(success=False, error_message=f"There is no repository {name}.")
        response.raise_for_status()
        found = response.json()
        return {"name": name, "stars": found["stargazers_count"], "open_issues": found["open_issues_count"]}


def repository_in(text: str) -> str | None:
    """The first word that looks like owner/name."""
    words = (word.strip("?.,!") for word in text.split())
    return next((word for word in words if word.count("/") == 1 and not word.startswith(("/", "http"))), None)
