"""Pretend to be the frame of the conversation: its marks, its roles, a word to the machine."""

# ruff: noqa: E501  (an expression cut in two is read twice)

from ..phrase import Phrase

_FAMILY = "delimiter_spoofing"

PHRASES: tuple[Phrase, ...] = (
    Phrase(_FAMILY, 0.9, r"<\|(?:im_start|start_header_id)\|>\s*system", raw=True),
    Phrase(_FAMILY, 0.72, r"<\|(?:im_start|im_end|endoftext|eot_id|begin_of_text)\|>", raw=True),
    Phrase(_FAMILY, 0.75, r"\[/?inst\]|<</?sys>>", raw=True),
    Phrase(_FAMILY, 0.75, r"[\[(<]system(?: prompt| message| note)?[\])>]\s*:?\s*you are\b", raw=True),
    Phrase(_FAMILY, 0.4, r"(?:^|\n)[ \t]*#{2,6} ?(?:new )?instructions?[ \t]*:", raw=True),
    Phrase(_FAMILY, 0.6, r"</?system(?:[_ -]?(?:prompt|message|instructions?))?>", raw=True),
    Phrase(
        _FAMILY,
        0.75,
        r"(?:^|\n)[ \t>]*(?:#{1,6} ?|\*\*|\[)?system(?: ?(?:prompt|message|override|note|instruction))?(?:\*\*|\])?[ \t]*:"
        r"[ \t]*\n?[ \t]*(?:you|ignore|new|the assistant|always|never|disregard|from now|override|forget)\b",
        raw=True,
    ),
    Phrase(
        _FAMILY,
        0.72,
        r"[-=#*\[<]{2,}[ \t]*(?:begin|start|end) (?:of )?(?:the )?(?:system |user |new |hidden )?(?:prompt|instructions?|context|input)\b",
        raw=True,
    ),
    Phrase(
        _FAMILY,
        0.75,
        r"\b(?:important|new|urgent|special|secret) (?:new )?(?:instructions?|message|note|notice) (?:for|to) (?:the |any |all )?(?:ai|assistant|language model|llm|chatbot)",
    ),
    Phrase(
        "addressed_to_machine",
        0.5,
        r"\bif you(?: are|'re) (?:an? )?(?:ai|llm|large language model|language model|ai assistant|ai model|chatbot)\b",
    ),
)
