"""What can be told of a text by counting, in any language: size, reading time, sentences, keywords, diversity."""

import re

from measures import keywords, statistics

from neuroflow import Request, Response, agent, skill

_MOST = 400_000
_REQUEST = re.compile(
    r"""^\s*(?:(?:please|can\ you|could\ you)\s+)?
    (?:analy[sz]e|statistics\ (?:of|for)|count\ the\ words\ (?:in|of)|keywords?|how\ (?:long|many)[^:\n]{0,60}
    |(?:extract|find|list|give\ me|what\ are)(?:\ the)?(?:\ main|\ important)?
     \ (?:key\s?words|key\s?phrases|topics)(?:\ (?:of|in|from|for))?
    |(?:分析|统计|提取)[^:：\n]{0,12})
    (?:\s*(?:this|the|following|my|text|paragraph|article|passage))*\s*[:：]\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "limit": {"type": "integer", "minimum": 1, "maximum": 50}},
}


@agent(
    name="Text insights", description="Statistics, reading time and keywords of a text in any language", version="1.0"
)
class TextInsights:
    @skill(
        description="Analyse a pasted paragraph or long text: count words and sentences, reading time, vocabulary",
        examples=[
            "how long does it take to read this text",
            "analyse this paragraph",
            "count the words and sentences in this article",
            "statistics of the following passage",
            "how many words are in this essay",
            "reading time and word count please",
            "The river rises in the mountains and winds through three valleys before it reaches the sea. In spring the "
            "meltwater turns it brown, and the villages along its banks watch the level with care.",
            "Our company grew by twelve percent last year, driven mostly by demand from small businesses. The board "
            "expects the trend to continue, although rising costs of energy remain a concern for the coming quarters.",
            "When she opened the door the house was silent. Dust lay on the table, and the letters she had written "
            "were still there, tied with the same blue ribbon. She sat down and began to read.",
            "Photosynthesis is the process by which green plants use sunlight to make food from carbon dioxide and "
            "water. It releases oxygen, on which nearly all animals depend.",
            "The committee met on Tuesday to discuss the new proposal. Several members raised concerns about the "
            "budget, while others argued that waiting any longer would only make the project more expensive.",
            "分析这段文字：春天来了，河边的柳树发芽了，孩子们在草地上放风筝。",
            "分析这段文字",
            "这段文字有多少字",
            "统计字数和阅读时间",
        ],
        input_schema=_SCHEMA,
        idempotent=True,
    )
    async def analyze(self, request: Request) -> Response | dict:
        text = _text_of(request)
        if isinstance(text, Response):
            return text
        return {**statistics(text), "keywords": [k["keyword"] for k in keywords(text, 8)]}

    @skill(
        description="Extract the keywords and key phrases of a text",
        examples=[
            "extract the keywords of this text",
            "what are the main topics of this article",
            "find the key phrases in the following passage",
            "which words matter most in this document",
            "give me the keywords of this paragraph",
            "list the important terms in this report",
            "keywords: the harvest was late this year because the rains came early",
            "tag this article",
            "suggest tags for this post",
            "提取这篇文章的关键词",
            "这篇文章的主题是什么",
        ],
        input_schema=_SCHEMA,
        idempotent=True,
    )
    async def keywords(self, request: Request) -> Response | dict:
        text = _text_of(request)
        if isinstance(text, Response):
            return text
        limit = (request.payload or {}).get("limit", 10)
        return {"keywords": keywords(text, max(1, min(int(limit), 50)))}

    async def on_health_check(self) -> bool:
        return statistics("One two. Three four five!")["words"] == 5


def _text_of(request: Request) -> str | Response:
    """The text to look at, without the request for it that may stand before it."""
    text = str((request.payload or {}).get("text") or _REQUEST.sub("", request.text, count=1)).strip()
    if not text:
        return Response(success=False, error_message="There is no text to look at: paste it into the request.")
    if len(text) > _MOST:
        return Response(
            success=False, error_message=f"The text has {len(text):,} characters; at most {_MOST:,} are read."
        )
    return text
