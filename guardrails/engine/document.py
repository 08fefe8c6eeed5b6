"""Read a YAML document into plain data, remembering where everything stood.

Only what a policy needs of YAML is read: mappings, lists and scalars. Tags, anchors and aliases are refused, so a
document can neither build objects nor expand. Plain scalars follow YAML 1.2: `off`, `on`, `yes` and `no` are
words, because `action: off` must mean what it says.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from .errors import PolicyError, Problem

MAX_CHARACTERS = 512 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]{1,3})?\Z")
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

Path = tuple[str | int, ...]
Mark = tuple[int, int]


def pointer(path: Path) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


@dataclass
class Document:
    """Plain data and the mark (line, column, from 1) of every value and of every mapping key."""

    data: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)

    def problem(self, path: Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem at the value (or key) of that path, or at the nearest thing around it that has a mark."""
        marks = self.keys if at_key else self.values
        near = path
        while near not in marks and near:
            near, marks = near[:-1], self.values
        line, column = marks.get(near, (1, 1))
        return Problem(line, column, message, pointer(path))


def read(text: str) -> Document:
    """Read one YAML document.

    Raises PolicyError when it is too large, too deep, not YAML, empty, more than one document, repeats a key, or
    uses tags, anchors or aliases.
    """
    if len(text) > MAX_CHARACTERS:
        raise PolicyError([Problem(1, 1, f"A policy may have {MAX_CHARACTERS:,} characters; this has {len(text):,}.")])
    try:
        _refuse_what_expands(text)
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise PolicyError([Problem(line, column, f"This is not YAML: {error.problem or error.context}.")]) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise PolicyError([_unreadable(text, error)]) from error
    if not nodes or nodes[0] is None:
        raise PolicyError([Problem(1, 1, "The policy is empty. It needs at least apiVersion, kind and rules.")])
    if len(nodes) > 1:
        mark = nodes[1].start_mark
        message = "A policy is one YAML document: remove the second one, which begins here."
        raise PolicyError([Problem(mark.line + 1, mark.column + 1, message)])
    document = Document()
    problems: list[Problem] = []
    document.data = _build(nodes[0], (), document, problems)
    if problems:
        raise PolicyError(problems)
    return document


def _unreadable(text: str, error: Exception) -> Problem:
    position = getattr(error, "position", None)
    if position is None:  # libyaml says "position n" only in words; find the character ourselves
        bad = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        position = bad.start() if bad else 0
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return Problem(line, column, "There is a character here that YAML does not allow (a control character?).")


def _refuse_what_expands(text: str) -> None:
    """Look at the events first: they are produced without recursion and before anything is built."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        mark: Any = event.start_mark
        anchored = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)
        message = None
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if getattr(event, "tag", None) not in (None, "!"):
            message = "Tags (!) are not allowed in a policy: write plain values."
        elif anchored:
            message = "Anchors (&) and aliases (*) are not allowed in a policy: write the value out, or quote it."
        elif depth > MAX_DEPTH:
            message = f"A policy may be nested {MAX_DEPTH} levels deep; this goes deeper."
        elif count > MAX_NODES:
            message = f"A policy may have {MAX_NODES:,} values; this has more."
        if message:
            raise PolicyError([Problem(mark.line + 1, mark.column + 1, message)])


def _build(node: Any, path: Path, document: Document, problems: list[Problem]) -> Any:
    document.values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, path, document, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, index), document, problems) for index, item in enumerate(node.value)]
    return _scalar(node)


def _build_mapping(node: Any, path: Path, document: Document, problems: list[Problem]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        mark = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(*mark, "A key must be a word.", pointer(path)))
            continue
        key = key_node.value
        if key in result:
            first = document.keys[(*path, key)][0]
            problems.append(Problem(*mark, f"The key “{key}” is already set on line {first}.", pointer((*path, key))))
            continue
        document.keys[(*path, key)] = mark
        result[key] = _build(value_node, (*path, key), document, problems)
    return result


def _scalar(node: Any) -> str | int | float | bool | None:
    text: str = node.value
    if node.style:  # quoted or a block: always text
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
