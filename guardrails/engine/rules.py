"""Rules as they run: made once from a validated document."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .detectors import Detector
from .detectors.expressions import ExpressionError
from .detectors.injection import DEFAULT_THRESHOLD, InjectionDetector
from .detectors.length import LengthDetector
from .detectors.pattern import PatternDetector
from .detectors.pii import PiiDetector
from .detectors.terms import TermsDetector
from .document import Document, Path, pointer
from .errors import Problem
from .verdict import Direction


@dataclass(frozen=True, slots=True)
class Example:
    """A test inside a rule, and where it stands."""

    text: str
    should_match: bool
    path: Path


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `action` is off, log, flag, redact or block (`allow` for an allow rule); `agents` None means all."""

    name: str
    type: str
    action: str
    direction: str
    agents: frozenset[str] | None
    message: str | None
    replacement: str
    detector: Detector
    examples: tuple[Example, ...]

    def applies(self, direction: Direction, agent: str | None) -> bool:
        if self.action == "off" or self.direction not in ("both", direction):
            return False
        return self.agents is None or agent in self.agents


def make_rules(document: Document, wrong: Collection[str] = ()) -> tuple[list[Rule], list[Problem]]:
    """The rules of a document, and what the schema cannot say about them. Rules at or above the JSON Pointers in
    `wrong`, where the schema found mistakes, are passed over."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for index, data in enumerate(_rules_of(document)):
        path: Path = ("rules", index)
        here = pointer(path)
        if here in wrong or any(place.startswith(here + "/") for place in wrong):
            continue
        name = data["name"]
        if name in seen:
            line = document.values[("rules", seen[name], "name")][0]
            problems.append(document.problem((*path, "name"), f"The name “{name}” is already taken on line {line}."))
        seen.setdefault(name, index)
        detector = _detector(data, path, document, problems)
        if detector:
            rules.append(_rule(data, path, detector))
    return rules, problems


def _rules_of(document: Document) -> list[dict[str, Any]]:
    rules = document.data.get("rules") if isinstance(document.data, dict) else None
    return rules if isinstance(rules, list) else []


def _rule(data: dict[str, Any], path: Path, detector: Detector) -> Rule:
    examples = [
        Example(text, kind == "should_match", (*path, "tests", kind, index))
        for kind in ("should_match", "should_not_match")
        for index, text in enumerate(data.get("tests", {}).get(kind, []))
    ]
    return Rule(
        name=data["name"],
        type=data["type"],
        action=data.get("action", "allow"),
        direction=data.get("direction", "both"),
        agents=frozenset(data["agents"]) if "agents" in data else None,
        message=data.get("message"),
        replacement=data.get("replacement", "[REDACTED]"),
        detector=detector,
        examples=tuple(examples),
    )


def _detector(data: dict[str, Any], path: Path, document: Document, problems: list[Problem]) -> Detector | None:
    match data["type"]:
        case "allow" | "deny":
            try:
                return TermsDetector(
                    data["terms"],
                    match=data.get("match", "word"),
                    case_sensitive=data.get("case_sensitive", False),
                )
            except ExpressionError:
                problems.append(document.problem((*path, "terms"), "These terms are too many or too long together."))
        case "pii":
            return PiiDetector(data.get("entities", ["email", "card"]))
        case "injection":
            return InjectionDetector(threshold=data.get("threshold", DEFAULT_THRESHOLD))
        case "pattern":
            return _pattern_detector(data, path, document, problems)
        case "length":
            return _length_detector(data, path, document, problems)
    return None


def _length_detector(data: dict[str, Any], path: Path, document: Document, problems: list[Problem]) -> Detector | None:
    minimum, maximum = data.get("min"), data.get("max")
    if minimum is None and maximum is None:
        problems.append(document.problem(path, "A length rule needs “max”, “min” or both."))
    elif minimum is not None and maximum is not None and minimum > maximum:
        problems.append(document.problem((*path, "min"), f"“min” is {minimum}, more than “max”, which is {maximum}."))
    else:
        return LengthDetector(minimum=minimum, maximum=maximum)
    return None


def _pattern_detector(data: dict[str, Any], path: Path, document: Document, problems: list[Problem]) -> Detector | None:
    if ("pattern" in data) == ("patterns" in data):
        problems.append(document.problem(path, "A pattern rule needs either “pattern” or “patterns”."))
        return None
    if "pattern" in data:
        sources: list[tuple[Path, str]] = [((*path, "pattern"), data["pattern"])]
    else:
        sources = [((*path, "patterns", index), source) for index, source in enumerate(data["patterns"])]
    before = len(problems)
    ignore_case = data.get("ignore_case", False)
    for place, source in sources:
        try:
            PatternDetector([source], ignore_case=ignore_case)
        except ExpressionError as error:
            problems.append(document.problem(place, str(error)))
    if len(problems) > before:
        return None
    return PatternDetector([source for _, source in sources], ignore_case=ignore_case)
