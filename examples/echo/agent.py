"""Says what it was told: the smallest useful agent, to try a connection with."""

import re

from neuroflow import Request, agent, skill

_ASKED = re.compile(
    r"""^\s*(?:please\s+|can\s+you\s+|could\s+you\s+)*
    (?:(?:repeat|say|echo|parrot|read)(?:\s+(?:after\s+me|this|that|back|aloud|out\s+loud|the\s+following(?:\s+\w+)?))*
    (?:\s+(?:back|to\s+me))?(?:\s+(?:exactly\s+)?what\s+i\s+say(?=\s*[:,]))?|请?(?:重复|跟我说|复述)(?:一遍|一下|这句话)?)\s*[:：,，]?\s*(?P<words>.*)$""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "「": "」"}


@agent(name="Echo", description="Repeats the words it is given, unchanged", version="1.0")
class Echo:
    @skill(
        description="Repeat, echo or say back exactly what the user said",
        examples=[
            "repeat after me: hello",
            "repeat after me: the early bird catches the worm",
            "say hello world",
            "say the words open sesame",
            "say long live the king",
            "say this back to me: testing, one, two",
            "echo red apples",
            "echo this message",
            "repeat the following sentence: we meet at noon",
            "please repeat what I say",
            "repeat the phrase knock on wood",
            "return my words unchanged",
            "can you say that back to me",
            "parrot this: pieces of eight",
            "ping",
            "请重复：你好",
            "跟我说：早上好",
        ],
        idempotent=True,
    )
    async def echo(self, request: Request) -> dict:
        """The words after a request such as "repeat after me:", or all of them; a payload comes back as it is."""
        if request.payload is not None and not request.text:
            return {"echo": request.payload}
        asked = _ASKED.match(request.text)
        words = (asked["words"] if asked and asked["words"].strip() else request.text).strip()
        if len(words) > 1 and _QUOTES.get(words[0]) == words[-1]:
            words = words[1:-1]
        return {"echo": words}

    async def on_health_check(self) -> bool:
        return (await self.echo(Request(text="say hello")))["echo"] == "hello"
