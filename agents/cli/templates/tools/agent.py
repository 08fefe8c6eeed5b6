"""__TITLE__: tools with which a model can look at a calendar."""

from datetime import date, timedelta

from neuroflow import Request, agent, skill, tool


@tool
def days_between(start: str, end: str) -> int:
    """How many days lie between two dates, written YYYY-MM-DD."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


@tool
def day_after(start: str, days: int = 1) -> str:
    """The date so many days after another one, written YYYY-MM-DD."""
    return (date.fromisoformat(start) + timedelta(days=days)).isoformat()


@agent(name="__TITLE__", description="Reckons with dates")
class Calendar:
    @skill(description="The days between two dates", examples=["days from 2026-01-01 to 2026-03-01"])
    async def between(self, request: Request) -> dict:
        first, second = (word for word in request.text.split() if word[:4].isdecimal())
        return {"days": days_between(first, second)}
