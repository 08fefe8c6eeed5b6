"""Arithmetic without eval: tokens, a recursive-descent parser that computes, and bounds on all of it."""

import decimal
import math
import re
from decimal import Decimal

MAX_LENGTH = 1000
MAX_DEPTH = 60
_MAX_EXPONENT = 10_000
_MAX_FACTORIAL = 3000

_CONTEXT = decimal.Context(prec=50, Emax=9999, Emin=-9999)
_TOKEN = re.compile(
    r"\s*(?:(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z]\w*)|(\*\*|//|.))"
)
_SIGNS = str.maketrans(
    {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "^", "（": "(", "）": ")", "，": ",", "％": "%"}
)
_CONSTANTS = {
    "pi": Decimal("3.14159265358979323846264338327950288419716939937511"),
    "π": Decimal("3.14159265358979323846264338327950288419716939937511"),
    "e": Decimal("2.71828182845904523536028747135266249775724709369996"),
    "tau": Decimal("6.28318530717958647692528676655900576839433879875021"),
}


class ExpressionError(ValueError):
    """What is wrong with an expression, in words for the person who wrote it."""


def evaluate(text: str) -> int | float:
    """The value of an expression. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text)} characters; at most {MAX_LENGTH} are computed")
    with decimal.localcontext(_CONTEXT):
        try:
            return _plain(_Parser(text).parse())
        except (decimal.DivisionByZero, decimal.DivisionUndefined):
            raise ExpressionError("division by zero has no result") from None
        except (decimal.Overflow, OverflowError):
            raise ExpressionError("the result is too large to compute") from None
        except decimal.InvalidOperation:
            raise ExpressionError("the result is not a real number") from None


def _plain(value: Decimal) -> int | float:
    """A whole number exactly, anything else as the nearest float."""
    if value == value.to_integral_value() and value.adjusted() < 50:
        return int(value)
    number = float(value)
    if math.isinf(number):
        raise ExpressionError("the result is too large to compute")
    return number


class _Percent(Decimal):
    """A number written with a percent sign, which `200 + 10%` adds as a share of what stands before it."""


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text.translate(_SIGNS)
        self._tokens = [
            (m[1] and m[1].replace(",", ""), m[2] or m[3], m.end(m.lastindex or 0) - len(m[m.lastindex or 0]))
            for m in _TOKEN.finditer(self._text.lower().rstrip())
        ]
        self._at = 0
        self._depth = 0

    def parse(self) -> Decimal:
        if not self._tokens:
            raise ExpressionError("there is nothing to compute; write for example: 12 * 7")
        value = self._sum()
        if self._at < len(self._tokens):
            raise self._unexpected()
        return value

    # sum := product (("+" | "-") product)*
    def _sum(self) -> Decimal:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} levels deep")
        value = self._product()
        while (sign := self._take("+", "-")) is not None:
            right = self._product()
            share = value * right if isinstance(right, _Percent) else Decimal(right)
            value = value + share if sign == "+" else value - share
        self._depth -= 1
        return value

    # product := signed (("*" | "/" | "//" | "%" | "mod" | "of" | nothing before a bracket or a name) signed)*
    def _product(self) -> Decimal:
        value = self._signed()
        while True:
            sign = self._take("*", "/", "//", "%", "mod", "of")
            if sign is None and not self._starts_factor():
                return value
            right = self._signed()
            if sign in ("/", "//", "%", "mod") and right == 0:
                raise ExpressionError("division by zero has no result")
            if sign == "/":
                value = value / right
            elif sign == "//":
                value = (value / right).to_integral_value(decimal.ROUND_FLOOR)
            elif sign in ("%", "mod"):
                value = value - right * (value / right).to_integral_value(decimal.ROUND_FLOOR)
            else:
                value = Decimal(value) * Decimal(right)

    def _starts_factor(self) -> bool:
        number, other, _ = self._peek()
        before_number = self._at > 0 and self._tokens[self._at - 1][0] is not None
        if number is not None:
            return False
        return other == "(" or (other is not None and (other in _CONSTANTS or other in _FUNCTIONS) and before_number)

    # signed := ("-" | "+") signed | power
    def _signed(self) -> Decimal:
        negative = False
        while (sign := self._take("-", "+")) is not None:
            negative ^= sign == "-"
        value = self._power()
        return -value if negative else value

    # power := postfix (("^" | "**") signed)?
    def _power(self) -> Decimal:
        base = self._postfix()
        if self._take("^", "**") is None:
            return base
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} levels deep")
        exponent = self._signed()
        self._depth -= 1
        if abs(exponent) > _MAX_EXPONENT:
            raise ExpressionError(f"the exponent {exponent} is too large; at most {_MAX_EXPONENT} is computed")
        if base == 0 and exponent < 0:
            raise ExpressionError("division by zero has no result")
        if base == 0 and exponent == 0:
            return Decimal(1)
        return Decimal(base) ** Decimal(exponent)

    # postfix := atom ("!" | "%" not before an operand)*
    def _postfix(self) -> Decimal:
        value = self._atom()
        while True:
            if self._take("!") is not None:
                value = _factorial(value)
            elif self._peek()[1] == "%" and not self._operand_follows():
                self._at += 1
                value = _Percent(value / 100)
            else:
                return value

    def _operand_follows(self) -> bool:
        if self._at + 1 >= len(self._tokens):
            return False
        number, other, _ = self._tokens[self._at + 1]
        return number is not None or other == "(" or (other in _CONSTANTS or other in _FUNCTIONS)

    # atom := number | constant | function "(" sum ("," sum)* ")" | "(" sum ")"
    def _atom(self) -> Decimal:
        number, other, _ = self._peek()
        if number is not None:
            self._at += 1
            return +Decimal(number)
        if other == "(":
            self._at += 1
            value = self._sum()
            self._expect(")")
            return Decimal(value)
        if other in _FUNCTIONS:
            self._at += 1
            return self._call(str(other))
        if other in _CONSTANTS:
            self._at += 1
            return +_CONSTANTS[str(other)]
        raise self._unexpected()

    def _call(self, name: str) -> Decimal:
        arguments = []
        if self._take("(") is None:
            arguments.append(self._postfix())
        else:
            arguments.append(self._sum())
            while self._take(",") is not None:
                arguments.append(self._sum())
            self._expect(")")
        function, least, most = _FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise ExpressionError(
                f"{name} takes {least if least == most else f'{least} or more'} numbers, not {len(arguments)}"
            )
        try:
            return function(*map(Decimal, arguments))
        except ValueError:
            raise ExpressionError(f"{name} has no real result for {', '.join(f'{a:g}' for a in arguments)}") from None

    def _peek(self) -> tuple[str | None, str | None, int]:
        return self._tokens[self._at] if self._at < len(self._tokens) else (None, None, len(self._text))

    def _take(self, *signs: str) -> str | None:
        number, other, _ = self._peek()
        if number is None and other in signs:
            self._at += 1
            return other
        return None

    def _expect(self, sign: str) -> None:
        if self._take(sign) is None:
            raise self._unexpected(f"a {sign!r} is missing")

    def _unexpected(self, missing: str = "") -> ExpressionError:
        number, other, position = self._peek()
        if number is None and other is None:
            return ExpressionError(f"{missing or 'something is missing'} at the end of {self._text.strip()!r}")
        found = number if number is not None else other
        why = f"{missing} before {found!r}" if missing else f"{found!r} is not understood"
        return ExpressionError(f"{why} at character {position + 1} of {self._text.strip()!r}")


def _factorial(value: Decimal) -> Decimal:
    if value != value.to_integral_value() or value < 0:
        raise ExpressionError("a factorial needs a whole number that is not negative")
    if value > _MAX_FACTORIAL:
        raise ExpressionError(f"the factorial of {value} is too large; at most {_MAX_FACTORIAL}! is computed")
    return +Decimal(math.factorial(int(value)))


def _root(value: Decimal, degree: Decimal = Decimal(2)) -> Decimal:
    if value < 0:
        raise ValueError
    found = value.sqrt() if degree == 2 else value ** (1 / degree)
    whole = found.to_integral_value()
    return whole if degree == degree.to_integral_value() and whole**degree == value else found


def _by_float(function):
    def computed(value: Decimal) -> Decimal:
        return Decimal(repr(round(function(float(value)), 15)))

    return computed


_FUNCTIONS = {
    "sqrt": (_root, 1, 1),
    "cbrt": (lambda v: -_root(-v, Decimal(3)) if v < 0 else _root(v, Decimal(3)), 1, 1),
    "root": (_root, 2, 2),
    "abs": (abs, 1, 1),
    "round": (lambda v, digits=Decimal(0): round(v, int(digits)), 1, 2),
    "floor": (lambda v: v.to_integral_value(decimal.ROUND_FLOOR), 1, 1),
    "ceil": (lambda v: v.to_integral_value(decimal.ROUND_CEILING), 1, 1),
    "min": (min, 1, 50),
    "max": (max, 1, 50),
    "sum": (lambda *v: sum(v, Decimal(0)), 1, 50),
    "mean": (lambda *v: sum(v, Decimal(0)) / len(v), 1, 50),
    "exp": (Decimal.exp, 1, 1),
    "ln": (Decimal.ln, 1, 1),
    "log": (lambda v, base=Decimal(10): v.log10() if base == 10 else v.ln() / base.ln(), 1, 2),
    "factorial": (_factorial, 1, 1),
    "sin": (_by_float(math.sin), 1, 1),
    "cos": (_by_float(math.cos), 1, 1),
    "tan": (_by_float(math.tan), 1, 1),
    "asin": (_by_float(math.asin), 1, 1),
    "acos": (_by_float(math.acos), 1, 1),
    "atan": (_by_float(math.atan), 1, 1),
    "radians": (lambda v: v * _CONSTANTS["pi"] / 180, 1, 1),
    "degrees": (lambda v: v * 180 / _CONSTANTS["pi"], 1, 1),
}
