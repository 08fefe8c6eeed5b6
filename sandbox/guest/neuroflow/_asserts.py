"""Test files are compiled so that an assert that fails shows the values on both sides."""

import ast
import difflib
import pprint
from types import CodeType
from typing import Any

_SHOW = "__neuroflow_assert__"
_SIGNS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_LONGEST = 400
_MOST_LINES = 30


def compile_test(source: str, path: str) -> CodeType:
    """The code of a test file. Raises SyntaxError."""
    tree = ast.parse(source, path)
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, field, [_rewritten(item) if isinstance(item, ast.Assert) else item for item in value])
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def namespace() -> dict[str, Any]:
    """What the compiled code needs to find among its globals."""
    return {_SHOW: explain}


def _rewritten(node: ast.Assert) -> ast.stmt:
    """`assert a == b` raises with what a and b were; both are evaluated once, as before.

    It becomes `assert (l := a) == (r := b), explain("a == b", "==", l, r, message)`.
    """
    test, values, sign = node.test, [], ""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = _kept(test.left, "left"), _kept(test.comparators[0], "right")
        sign = _SIGNS[type(test.ops[0])]
        shown: ast.expr = ast.Compare(left, test.ops, [right])
        values = [_name("left"), _name("right")]
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        sign = "not"
        shown = ast.UnaryOp(test.op, _kept(test.operand, "left"))
        values = [_name("left")]
    else:
        shown = _kept(test, "left")
        values = [_name("left")]
    said = node.msg or ast.Constant(None)
    words = ast.Constant(ast.unparse(test))
    message = ast.Call(ast.Name(_SHOW, ast.Load()), [words, ast.Constant(sign), said, *values], [])
    new = ast.Assert(ast.copy_location(shown, test), message)
    return ast.copy_location(new, node)


def _kept(value: ast.expr, name: str) -> ast.expr:
    return ast.copy_location(ast.NamedExpr(ast.Name(f"_assert_{name}", ast.Store()), value), value)


def _name(name: str) -> ast.expr:
    return ast.Name(f"_assert_{name}", ast.Load())


def explain(words: str, sign: str, said: Any, left: Any, *right: Any) -> str:
    """What to say of an assert that failed: the expression, and the values that were compared."""
    lines = [] if said is None else [str(said)]
    lines.append(f"assert {words}")
    if not right:
        if sign != "not" or not words.endswith(f"not {left!r}"):
            lines.append(f"  it is: {_shown(left)}")
    else:
        lines += [f"  left:  {_shown(left)}", f"  right: {_shown(right[0])}"]
        if sign == "==":
            lines += _difference(left, right[0])
    return "\n".join(lines)


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _difference(left: Any, right: Any) -> list[str]:
    """Where two values differ, when they are long enough for that to help."""
    if type(left) is not type(right) or not isinstance(left, (str, list, tuple, dict, set)):
        return []
    if isinstance(left, str):
        one, two = left.splitlines(), right.splitlines()
    else:
        one, two = (pprint.pformat(value, width=80).splitlines() for value in (left, right))
    if max(len(one), len(two)) < 3:
        return []
    lines = [line for line in difflib.ndiff(two, one) if line[:2] in ("- ", "+ ")]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"… {len(lines) - _MOST_LINES} more lines"]
    return ["  difference (- right, + left):", *(f"    {line}" for line in lines)]
