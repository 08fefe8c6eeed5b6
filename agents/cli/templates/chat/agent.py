"""__TITLE__: talks with a model that speaks the OpenAI chat protocol, one of your own or a provider's."""

import httpx

from neuroflow import Context, Request, Response, agent, emit_metric, skill

INSTRUCTIONS = "You are a friendly assistant. Answer briefly."


@agent(name="__TITLE__", description="A conversation with a language model", capabilities=["http"])
class Chat:
    @skill(description="Answer a question or a remark", examples=["hello", "tell me a joke", "what is a quine"])
    async def talk(self, request: Request, context: Context) -> Response | dict:
        url, model = context.config.get("url"), context.config.get("model", "")
        if not url:
            return Response(
                success=False,
                error_message="No model is configured. Set config, such as "
                '{"url": "http://127.0.0.1:11434/v1/chat/completions", "model": "llama3.2"}.',
            )
        with context.span("model", model=model):
            async with httpx.AsyncClient(timeout=context.remaining()) as client:
                response = await client.post(url, json={"model": model, "messages": messages(request)})
        response.raise_for_status()
        return read(response.json())


def messages(request: Request) -> list[dict]:
    """What the model is sent: instructions, the earlier turns that the payload may carry, the new words."""
    earlier = (request.payload or {}).get("history", [])
    return [
        {"role": "system", "content": INSTRUCTIONS},
        *({"role": turn["role"], "content": turn["content"]} for turn in earlier),
        {"role": "user", "content": request.text},
    ]


def read(answer: dict) -> dict:
    """The model's words; the tokens they cost become a metric."""
    if "usage" in answer:
        emit_metric("tokens", answer["usage"].get("total_tokens", 0))
    return {"text": answer["choices"][0]["message"]["content"]}
