"""Get at the instructions."""

# ruff: noqa: E501  (an expression cut in two is read twice)

from ..phrase import Phrase
from .words import ASK, DISCLOSE, FEW, MACHINE_PROMPT, OWN, SAY_OUT, SYSTEM_PROMPT

_FAMILY = "prompt_extraction"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        _FAMILY,
        0.85,
        rf"\b{DISCLOSE} {FEW}{SYSTEM_PROMPT}\b",
        softened_by=("reported", "quoted", "compound", "about"),
    ),
    Phrase(
        _FAMILY,
        0.8,
        rf"\b{DISCLOSE} {FEW}your {FEW}{OWN}\b",
        softened_by=("reported", "quoted", "compound", "about"),
    ),
    Phrase(
        _FAMILY,
        0.9,
        rf"\b{ASK} {FEW}your {FEW}{SYSTEM_PROMPT}\b",
        softened_by=("reported", "quoted", "compound"),
    ),
    Phrase(
        _FAMILY,
        0.75,
        rf"\b{SAY_OUT} (?:me |us |back |to me |out )*(?:all |of |exactly )*(?:the|this|its) (?:(?:full|entire|exact|complete|"
        rf"whole|current|actual|above|raw) )*{MACHINE_PROMPT}\b",
        softened_by=("reported", "quoted", "compound", "about"),
    ),
    Phrase(
        _FAMILY,
        0.75,
        rf"\b{ASK} {FEW}your {FEW}{OWN}\b",
        softened_by=("reported", "quoted", "compound", "about"),
    ),
    Phrase(
        _FAMILY,
        0.9,
        rf"\bwhat(?:'s| is| are| was| were| does| did) your {FEW}{SYSTEM_PROMPT}\b",
        softened_by=("quoted", "compound"),
    ),
    Phrase(
        _FAMILY,
        0.72,
        r"\bwhat(?:'s| is| are| was| were) your (?:(?:exact|full|original|current|first|complete) )*(?:instructions|prompt)\b",
        softened_by=("quoted", "compound", "about"),
    ),
    Phrase(
        _FAMILY,
        0.8,
        r"\bwhat (?:instructions?|prompts?|rules) (?:were you|have you been|did you|are you|you were|you have been|you've been|you are) (?:given|told|receive|following|get)\b",
    ),
    Phrase(
        _FAMILY,
        0.8,
        rf"\b{SAY_OUT} (?:me |us |back |to me |out )*(?:everything|all the (?:words|text)|the (?:words|instructions|prompt)) "
        r"(?:that (?:is|are|was|were|came) |you see |written |given |stated )?(?:above|before this|prior to this)\b",
        softened_by=("reported", "quoted", "goes_on"),
    ),
    Phrase(
        _FAMILY,
        0.55,
        rf"\b{SAY_OUT} (?:me |us |back )*the (?:text|contents?|lines?|messages?) (?:above|before this)\b",
    ),
    Phrase(
        _FAMILY,
        0.75,
        r"\b(?:beginning|starting|begins|starts|start|begin) with ?(?:the (?:words?|phrase) )?[\"'`]{0,2}you are\b",
    ),
)
