"""Set the instructions aside."""

# ruff: noqa: E501  (an expression cut in two is read twice)

from ..phrase import Phrase
from .words import ANCHOR, CANCEL, IGNORE, INSTRUCTIONS, OPTIONAL, RULES, TALK, WORD

_FAMILY = "instruction_override"

PHRASES: tuple[Phrase, ...] = (
    Phrase(_FAMILY, 0.95, rf"\b{IGNORE} {OPTIONAL}{ANCHOR} {OPTIONAL}{INSTRUCTIONS}\b"),
    Phrase(_FAMILY, 0.78, rf"\b{IGNORE} {OPTIONAL}{ANCHOR} {OPTIONAL}{RULES}\b"),
    Phrase(_FAMILY, 0.55, rf"\b{IGNORE} {OPTIONAL}{ANCHOR} {OPTIONAL}{TALK}\b"),
    Phrase(_FAMILY, 0.8, rf"\b{CANCEL} {OPTIONAL}{ANCHOR} {OPTIONAL}{INSTRUCTIONS}\b"),
    Phrase(_FAMILY, 0.78, rf"\b{CANCEL} (?:all )?(?:of )?your {OPTIONAL}(?:{RULES}|measures)\b"),
    Phrase(
        _FAMILY,
        0.9,
        rf"\b{IGNORE} {OPTIONAL}(?:{INSTRUCTIONS}|{RULES}) (?:above|before this|(?:that )?(?:you|you've) "
        rf"(?:were|have been|been|are|received|got)|given (?:to you|above|earlier|previously|before)|that came before|"
        rf"(?:written|provided|stated|listed) (?:above|before|earlier|previously))\b",
    ),
    Phrase(
        _FAMILY,
        0.8,
        rf"\b{IGNORE} (?:about )?(?:everything|anything|all|all of that|whatever|what) (?:that )?(?:(?:is |was |came )?"
        rf"(?:above|before this|prior to this|stated above|written above|said before)|(?:you|you've) "
        rf"(?:were|have been|been|are) (?:told|taught|given|instructed|trained|asked)|you (?:know|knew|learned))\b",
    ),
    Phrase(
        _FAMILY,
        0.55,
        rf"\b{IGNORE} (?:everything|anything|all) (?:that )?i(?:'ve)? (?:have )?(?:said|told|wrote)",
    ),
    Phrase(
        _FAMILY,
        0.75,
        rf"\b{IGNORE} (?:(?:all|everything|anything) )?(?:of )?(?:the )?(?:above|foregoing|preceding|aforementioned)\b",
        softened_by=("reported", "excused", "quoted", "compound", "goes_on"),
    ),
    Phrase(
        _FAMILY,
        0.85,
        rf"\b(?:your|all|any) {OPTIONAL}{INSTRUCTIONS} (?:are|is|were|have been|has been) (?:now |hereby )?"
        r"(?:void|cancell?ed|obsolete|overridden|revoked|null|replaced|superseded|suspended|lifted|no longer)\b",
    ),
    Phrase(
        _FAMILY,
        0.75,
        r"\b(?:here (?:are|is)|these are|follow) your (?:new|real|updated|actual) (?:instructions?|task|orders?|rules?|role)\b",
    ),
    Phrase(_FAMILY, 0.6, r"\b(?:new|updated|real) (?:system )?instructions?\s*:"),
    Phrase(_FAMILY, 0.65, r"\b(?:system|admin|administrator|developer|root|security) override\b"),
    Phrase(
        _FAMILY,
        0.8,
        r"\bforget (?:that )?you(?: are|'re) (?:an? )?(?:ai|language model|chatgpt|assistant|helpful|chatbot|bot|claude|gpt)\b",
    ),
    Phrase(
        _FAMILY,
        0.78,
        rf"\b{IGNORE} (?:all )?(?:of )?your (?:{WORD} )?(?:role|persona|identity|purpose|boundaries|values|ethics)\b",
    ),
)
