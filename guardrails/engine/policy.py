"""A compiled policy: what it says of a text, and of a JSON value."""

from dataclasses import replace
from typing import Any

from .document import Document, read
from .errors import PolicyError, Problem
from .placeholders import Placeholders
from .redaction import Redaction, apply_redactions
from .rules import Rule, make_rules
from .subject import Finding, Subject
from .validate import problems_of
from .verdict import Action, Direction, Inspection, Verdict, blocked_by, strongest
from .walk import Walk

# Verdicts listed for one rule on one text. More matches act all the same; a last verdict says how many they were.
MAX_VERDICTS = 200


def compile_policy(yaml_text: str) -> "Policy":
    """Compile a policy document.

    Raises PolicyError with every mistake found, each with line and column. The tests inside rules are not run here:
    see Policy.failed_tests.
    """
    document = read(yaml_text)
    problems = problems_of(document)
    # What the schema cannot say is said of the rules that fit it, so that one look shows every mistake.
    rules, more = make_rules(document, {problem.path for problem in problems})
    if problems or more:
        raise PolicyError(problems + more)
    return Policy(rules, document)


class Policy:
    """Immutable once made; any number of threads may inspect with it at once."""

    def __init__(self, rules: list[Rule], document: Document) -> None:
        self.rules = tuple(rules)
        self._allow = tuple(rule for rule in rules if rule.type == "allow")
        self._others = tuple(rule for rule in rules if rule.type != "allow")
        self._document = document

    def names_agent(self, agent: str) -> bool:
        """Whether some rule is for this agent in particular. A text inspected before its agent was known must then
        be inspected again, as it passed on, with the agent."""
        return any(rule.agents is not None and agent in rule.agents for rule in self.rules if rule.action != "off")

    def inspect(
        self,
        text: str,
        direction: Direction,
        agent: str | None = None,
        placeholders: Placeholders | None = None,
    ) -> Inspection:
        """What the policy says of one text.

        `placeholders` numbers redacted values; share one between the texts of an invocation so that the same value
        is called the same in all of them. Time is proportional to the length of the text.
        """
        subject = Subject(text)
        verdicts: list[Verdict] = []
        redactions: list[Redaction] = []
        allowed: list[tuple[int, int, Rule]] | None = None
        for order, rule in enumerate(self._others):
            if not rule.applies(direction, agent):
                continue
            findings = list(rule.detector.find(subject))
            if not findings:
                continue
            if allowed is None:  # allow rules matter only once something was found
                allowed = self._allowed(subject, direction, agent)
            if allowed and rule.type != "length":
                findings, excused = _excuse(findings, allowed)
                verdicts += excused[:MAX_VERDICTS]
            if not findings:
                continue
            verdicts += _verdicts(rule, findings)
            if rule.action == "redact":
                redactions += [Redaction.of(rule, order, finding) for finding in findings]
        if redactions:
            placeholders = placeholders or Placeholders()
            placeholders.reserve(text)
            text = apply_redactions(text, redactions, placeholders)
        rule_name, message = blocked_by(verdicts)
        return Inspection(strongest(verdicts), text, tuple(verdicts), message, rule_name)

    def inspect_value(
        self,
        value: Any,
        direction: Direction,
        agent: str | None = None,
        placeholders: Placeholders | None = None,
    ) -> tuple[Action, Any, tuple[Verdict, ...]]:
        """What the policy says of every string inside a JSON value: the strongest action, the value as it passes
        on, and the verdicts, whose offsets are within the string at their `path` (a JSON Pointer).

        Keys and numbers are left alone: changing them would change what the value means to a program.
        """
        placeholders = placeholders or Placeholders()
        verdicts: list[Verdict] = []
        walk = Walk(value)
        for text in walk:
            inspection = self.inspect(text, direction, agent, placeholders)
            if inspection.verdicts:
                path = walk.path()
                verdicts += [replace(verdict, path=path) for verdict in inspection.verdicts]
                if inspection.text != text:
                    walk.put(inspection.text)
        return strongest(verdicts), walk.value, tuple(verdicts)

    def failed_tests(self) -> tuple[Problem, ...]:
        """Tests inside rules that do not hold, each where it stands in the document. Publishing asks for none."""
        problems = []
        for rule in self.rules:
            for example in rule.examples:
                if self._matches(rule, example.text) != example.should_match:
                    wanted = "should match, but does not" if example.should_match else "should not match, but does"
                    message = f"Test of rule “{rule.name}”: this text {wanted}."
                    problems.append(self._document.problem(example.path, message))
        return tuple(sorted(problems))

    def _matches(self, rule: Rule, text: str) -> bool:
        """Whether a rule finds something, whatever its action, direction and agents, with the allow rules in force."""
        subject = Subject(text)
        findings = list(rule.detector.find(subject))
        if rule.type in ("allow", "length") or not findings:
            return bool(findings)
        direction: Direction = "output" if rule.direction == "output" else "input"
        agent = min(rule.agents) if rule.agents else None
        return bool(_excuse(findings, self._allowed(subject, direction, agent))[0])

    def _allowed(self, subject: Subject, direction: Direction, agent: str | None) -> list[tuple[int, int, Rule]]:
        return [
            (finding.start, finding.end, rule)
            for rule in self._allow
            if rule.applies(direction, agent)
            for finding in rule.detector.find(subject)
            if finding.start is not None and finding.end is not None
        ]


def _excuse(findings: list[Finding], allowed: list[tuple[int, int, Rule]]) -> tuple[list[Finding], list[Verdict]]:
    """Findings that stay, and verdicts for those that lie wholly within an allowed term."""
    # Of the allowed terms that begin at or before a place, the one that reaches furthest decides: one sweep.
    stay: list[Finding] = []
    excused: list[Verdict] = []
    terms = sorted(allowed, key=lambda term: term[0])
    place, reach, by = 0, -1, None
    for finding in sorted(findings, key=lambda finding: (finding.start or 0, finding.end or 0)):
        if finding.start is None or finding.end is None:
            stay.append(finding)
            continue
        while place < len(terms) and terms[place][0] <= finding.start:
            if terms[place][1] > reach:
                reach, by = terms[place][1], terms[place][2]
            place += 1
        if by is not None and finding.end <= reach:
            excused.append(
                Verdict(by.name, "allow", "allow", finding.start, finding.end, finding.type, message=by.message)
            )
        else:
            stay.append(finding)
    return stay, excused


def _verdicts(rule: Rule, findings: list[Finding]) -> list[Verdict]:
    action: Action = "allow" if rule.action == "log" else rule.action  # type: ignore[assignment]
    verdicts = [
        Verdict(
            rule.name,
            rule.type,
            action,
            f.start,
            f.end,
            f.type,
            f.score,
            f.threshold,
            rule.message or f.message,
        )
        for f in findings[:MAX_VERDICTS]
    ]
    more = len(findings) - len(verdicts)
    if more > 0:
        verdicts.append(Verdict(rule.name, rule.type, action, message=f"{more:,} more matches are not listed."))
    return verdicts
