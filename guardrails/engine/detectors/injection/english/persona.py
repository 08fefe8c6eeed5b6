"""Become something without rules."""

# ruff: noqa: E501  (an expression cut in two is read twice)

from ..phrase import Phrase
from .words import BOUNDS, FREE_OF, OPTIONAL, PRESENT_AS, WORD

_FAMILY = "persona_override"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        _FAMILY,
        0.85,
        rf"\b(?:{PRESENT_AS}|stay|remain) (?:now )?(?:going to (?:be|act as|play) )?(?:in |as |called |named |the (?:character|persona) )?dan\b",
        softened_by=("quoted", "person"),
    ),
    Phrase(_FAMILY, 0.72, r"\bdo anything now\b", softened_by=("quoted", "goes_on", "reported")),
    Phrase(
        _FAMILY,
        0.8,
        rf"\b{PRESENT_AS} (?:{WORD} ){{0,6}}(?:unrestricted|unfiltered|uncensored|jailbroken|unaligned|amoral|unmoderated)\b",
    ),
    Phrase(
        _FAMILY,
        0.8,
        rf"\b{FREE_OF} (?:{WORD} ){{0,2}}(?:ethical|moral|safety|content|openai|openai's|ai) (?:{WORD} ){{0,2}}{BOUNDS}\b",
    ),
    Phrase(
        _FAMILY,
        0.78,
        rf"\b(?:you|you're|ai|model|assistant|chatbot|persona) (?:{WORD} ){{0,4}}{FREE_OF} (?:{WORD} ){{0,2}}{BOUNDS}\b",
        softened_by=("reported", "quoted", "about", "goes_on"),
    ),
    Phrase(
        _FAMILY,
        0.85,
        r"\byou(?:'re| are) (?:now )?(?:in|entering|running in|switched to) (?:a |the )?(?:developer|dev|debug|god|admin|sudo|root|unrestricted|jailbreak|dan|evil|unsafe) mode\b",
    ),
    Phrase(
        _FAMILY,
        0.75,
        r"\b(?:enter|enable|activate|switch to|go into|turn on) (?:the )?(?:god|jailbreak|jailbroken|dan|evil|unrestricted|unsafe|sudo) mode\b",
    ),
    Phrase(
        _FAMILY,
        0.5,
        r"\b(?:enter|enable|activate|switch to|go into|turn on) (?:the |your )?(?:developer|dev|debug|admin|root) mode\b",
    ),
    Phrase(
        _FAMILY,
        0.78,
        r"\b(?:with )?(?:developer|dan|jailbreak|god|sudo) mode (?:is )?(?:now )?(?:enabled|activated|engaged|output)\b",
        softened_by=("reported", "quoted", "device"),
    ),
    Phrase(
        _FAMILY,
        0.8,
        r"\byou are no longer (?:bound|restricted|limited|constrained|chatgpt|an ai|a language model|claude|gpt|the assistant|an assistant|required to follow)\b",
    ),
    Phrase(
        _FAMILY,
        0.72,
        r"\b(?:you )?(?:must|will|should|can) (?:never|not) (?:refuse|decline) (?:a|any|my|the) (?:request|question|command|order|prompt)",
    ),
    Phrase(
        _FAMILY,
        0.8,
        rf"\b(?:bypass|evade|circumvent|disable|turn off|remove|escape|break) (?:all )?(?:of )?your {OPTIONAL}(?:filters?|guardrails?|restrictions?|guidelines?|polic(?:y|ies)|safeguards?|safety|limits?|limitations?|censorship)\b",
    ),
    Phrase(
        _FAMILY,
        0.8,
        rf"\byou (?:have been|are|were) (?:now )?(?:freed|released|liberated|unchained|exempt(?:ed)?) from (?:{WORD} ){{0,3}}{BOUNDS}\b",
    ),
    Phrase(_FAMILY, 0.9, r"\balways intelligent and machiavellian\b"),
    Phrase("new_role", 0.35, r"\b(?:from now on,? you|you are now|you will now|you must now)\b"),
    Phrase("manner", 0.3, r"\b(?:verbatim|word for word|in a code ?block|in base64|no matter what)\b"),
)
