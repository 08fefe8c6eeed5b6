"""The JSON Schema of a policy document: what the editor completes, what the parser holds documents to, and, through
its descriptions, the reference of the format."""

from typing import Any

from .detectors.injection import DEFAULT_THRESHOLD
from .detectors.pii import ENTITIES

API_VERSION = "neuroflow/v1"
KIND = "GuardrailPolicy"
NAME = r"^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$"

ACTIONS = {
    "off": "The rule is kept but does nothing.",
    "log": "What it finds is recorded; the text and the outcome are as if the rule were not there.",
    "flag": "The text passes on unchanged and the outcome is marked as flagged.",
    "redact": "What it finds is replaced; the rest passes on.",
    "block": "Nothing passes on; the caller gets the rule's message.",
}


def _text(description: str, longest: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "description": description, **more}


def _texts(description: str, most: int, longest: int, **more: Any) -> dict[str, Any]:
    items = {"type": "string", "minLength": 1, "maxLength": longest}
    return {"type": "array", "items": items, "maxItems": most, "description": description, **more}


def _action(*names: str) -> dict[str, Any]:
    said = " ".join(f"`{name}`: {ACTIONS[name]}" for name in names)
    return {"enum": list(names), "description": f"What happens on a match. {said}"}


_COMMON: dict[str, Any] = {
    "name": _text("Unique in the policy; verdicts and metrics name the rule by it.", 63, pattern=NAME),
    "description": _text("For people who read the policy.", 1_000),
    "direction": {
        "enum": ["input", "output", "both"],
        "default": "both",
        "description": "Which texts the rule looks at: what comes in, what an agent answers, or both.",
    },
    "agents": _texts(
        "Slugs of the agents the rule is for; without it, all. The rule is passed over while the agent is not known.",
        200,
        100,
        minItems=1,
        uniqueItems=True,
    ),
    "message": _text("What the caller is told when this rule blocks, and what the verdict carries.", 500),
    "tests": {
        "type": "object",
        "additionalProperties": False,
        "description": "Texts that must and must not match, with the allow rules in force. All must hold before the "
        "policy can be published.",
        "properties": {
            "should_match": _texts("Texts in which the rule must find something.", 200, 10_000),
            "should_not_match": _texts("Texts in which it must find nothing.", 200, 10_000),
        },
    },
}
_MATCH = {
    "enum": ["word", "substring"],
    "default": "word",
    "description": "`word`: whole words only (scripts written without spaces have none, and match anywhere). "
    "`substring`: anywhere.",
}
_CASE_SENSITIVE = {
    "type": "boolean",
    "default": False,
    "description": "Compare with the text exactly as sent, instead of with case, width, accents, invisible characters "
    "and look-alike letters folded away.",
}
_REPLACEMENT = {
    "type": "string",
    "maxLength": 100,
    "default": "[REDACTED]",
    "description": "What stands in place of a match when the action is `redact`.",
}
_TERMS = _texts("Words and phrases; between the words of a phrase any white space may stand.", 10_000, 200)


def _rule(type: str, description: str, needed: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": ["name", "type", *needed],
        "additionalProperties": False,
        "properties": {"type": {"const": type}, **_COMMON, **properties},
    }


RULES: dict[str, dict[str, Any]] = {
    "allow": _rule(
        "allow",
        "Terms that other rules leave alone: what a `deny`, `pattern`, `pii` or `injection` rule finds is let pass "
        "when it lies wholly within a listed term, at that very place. Allow wins over all of them, wherever it stands "
        "in the document; it does not open the rest of the text, and `length` rules do not heed it.",
        ["terms"],
        {
            "terms": _TERMS,
            "match": _MATCH,
            "case_sensitive": _CASE_SENSITIVE,
            "action": {
                "enum": ["allow", "off"],
                "default": "allow",
                "description": "`off` keeps the list unused.",
            },
        },
    ),
    "deny": _rule(
        "deny",
        "A list of words and phrases.",
        ["terms", "action"],
        {
            "terms": _TERMS,
            "match": _MATCH,
            "case_sensitive": _CASE_SENSITIVE,
            "replacement": _REPLACEMENT,
            "action": _action("off", "log", "flag", "redact", "block"),
        },
    ),
    "pattern": _rule(
        "pattern",
        "Regular expressions (RE2: no look-around, no back-references, time proportional to the text) over the text as "
        "sent. An expression that matches more than 10,000 times takes the rest of the text for one match.",
        ["action"],
        {
            "pattern": _text("One expression.", 2_000),
            "patterns": _texts("Several expressions; any of them matches.", 200, 2_000, minItems=1),
            "ignore_case": {
                "type": "boolean",
                "default": False,
                "description": "Letter case does not matter.",
            },
            "replacement": _REPLACEMENT,
            "action": _action("off", "log", "flag", "redact", "block"),
        },
    ),
    "pii": _rule(
        "pii",
        "Personal data whose form can be checked. Redacted values become `[EMAIL_1]`, `[CARD_1]`, …: the same value "
        "gets the same number within one invocation. Names of people and places are not found.",
        ["action"],
        {
            "entities": {
                "type": "array",
                "items": {"enum": list(ENTITIES)},
                "minItems": 1,
                "uniqueItems": True,
                "default": ["email", "card"],
                "description": "What to look for.",
            },
            "action": _action("off", "log", "flag", "redact", "block"),
        },
    ),
    "injection": _rule(
        "injection",
        "Attempts to take over the instructions of whatever reads the text, by phrases known from attacks.",
        ["action"],
        {
            "threshold": {
                "type": "number",
                "minimum": 0.1,
                "maximum": 1,
                "default": DEFAULT_THRESHOLD,
                "description": "The score from which a phrase counts. Lower finds more and stops more honest texts.",
            },
            "action": _action("off", "log", "flag", "block"),
        },
    ),
    "length": _rule(
        "length",
        "How long a text may be, in characters (Unicode code points).",
        ["action"],
        {
            "max": {"type": "integer", "minimum": 1, "description": "The most characters."},
            "min": {"type": "integer", "minimum": 1, "description": "The fewest characters."},
            "action": _action("off", "log", "flag", "block"),
        },
    ),
}

POLICY_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "NeuroFlow guardrail policy",
    "description": "Every rule looks at the text as it was sent, in the order of the document, and all of them are "
    "heard: the outcome is the strongest action (block, redact, flag, allow), and its message is that of the first "
    "rule that blocks. Redactions that overlap become one: it begins where the first begins, ends where the last ends, "
    "and is named by the one that begins first, then by the longer one, then by the one of the earlier rule.",
    "type": "object",
    "required": ["apiVersion", "kind", "rules"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": API_VERSION, "description": "The version of this format."},
        "kind": {"const": KIND},
        "description": _text("What the policy is for.", 2_000),
        "rules": {
            "type": "array",
            "maxItems": 500,
            "items": {"$ref": "#/$defs/rule"},
            "description": "The rules.",
        },
    },
    "$defs": {
        "rule": {
            "type": "object",
            "required": ["name", "type"],
            "properties": {"type": {"enum": list(RULES), "description": "What kind of rule it is."}},
            "allOf": [
                {
                    "if": {"properties": {"type": {"const": type}}, "required": ["type"]},
                    "then": {"$ref": f"#/$defs/{type}"},
                }
                for type in RULES
            ],
        },
        **RULES,
    },
}
