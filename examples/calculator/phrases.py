"""From the words of a question to an expression: "what is 12 times 7" becomes "12 * 7"."""

import re

_NUMBER = r"(?:\(?-?[\d.,]+(?:e[+-]?\d+)?\s*%?\)?)"

_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
_ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES = {word: number for number, word in enumerate(_SMALL.split())}
_TENS = {word: 10 * number for number, word in enumerate(_ROUND.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_NUMBER_WORD = "|".join([*_ONES, *_TENS, *_SCALES])
_NUMBER_WORDS = re.compile(rf"\b(?:(?:{_NUMBER_WORD})\b(?:[\s-]+(?:and\s+)?(?=(?:{_NUMBER_WORD})\b))?)+", re.I)

_OPENINGS = re.compile(
    r"^\W*(?:(?:please|hey|hi|hello|could you|can you|would you|kindly|quickly|tell me|i need|i want to know|help me|"
    r"do you know|and|so|now|then|let's|let us|"
    r"what\s+do(?:es)?\s+you\s+get\s+(?:if|when)\s+you|"
    r"what\s+(?:do|would)\s+(?:i|we|you)\s+get\s+(?:if|when)\s+(?:i|we|you)|"
    r"what(?:'s|\s+is|\s+are|s)?|whats|how\s+much\s+(?:is|are|does)|how\s+many\s+(?:is|are)|"
    r"calculate|compute|evaluate|solve|work\s+out|figure\s+out|find|give\s+me|do|the\s+(?:result|value|answer)\s+(?:of|to)|"
    r"请问|请|帮我|计算一下|计算|算一下|算出|算|求)\b[\s,:：]*|(?:请问|请|帮我|计算一下|计算|算一下|算出|算|求)\s*)+",
    re.I,
)
_ENDINGS = re.compile(
    r"(?:\s*(?:=\s*\??|[?？.!！。]|\bplease\b|\bfor me\b|\bequals?(?:\s+to)?(?:\s+what)?\b|\bmakes?\b|"
    r"等于(?:多少|几)?|是(?:多少|几)|得(?:多少|几)))+\s*$",
    re.I,
)

# Whole phrases, the most particular first. {a} and {b} stand for numbers or expressions.
_FORMS = [
    (r"(?:the\s+)?(?:sum|total)\s+of\s+(?P<list>.+)", "+"),
    (r"(?:add|sum|total)\s+(?:up\s+)?(?P<list>.+)", "+"),
    (r"multiply\s+(?P<list>.+)", "*"),
    (r"(?:the\s+)?product\s+of\s+(?P<list>.+)", "*"),
    (r"subtract\s+(?P<b>.+?)\s+from\s+(?P<a>.+)", "-"),
    (r"take\s+(?P<b>.+?)\s+(?:away\s+)?from\s+(?P<a>.+)", "-"),
    (r"(?P<b>.+?)\s+(?:less\s+than|subtracted\s+from)\s+(?P<a>.+)", "-"),
    (r"(?:the\s+)?difference\s+(?:between|of)\s+(?P<a>.+?)\s+and\s+(?P<b>.+)", "-"),
    (r"divide\s+(?P<a>.+?)\s+(?:by|into)\s+(?P<b>.+)", "/"),
    (r"(?:the\s+)?quotient\s+of\s+(?P<a>.+?)\s+and\s+(?P<b>.+)", "/"),
    (r"raise\s+(?P<a>.+?)\s+to\s+(?:the\s+)?(?:power\s+(?:of\s+)?)?(?P<b>.+)", "^"),
    (r"(?:the\s+)?(?:average|mean)\s+of\s+(?P<list>.+)", "mean"),
]

_WORDS = [
    (r"\b(?:the\s+)?square\s+root\s+of\s+", " sqrt "),
    (r"\b(?:the\s+)?cube\s+root\s+of\s+", " cbrt "),
    (r"\b(?:the\s+)?square\s+of\s+(" + _NUMBER + ")", r" (\1)^2 "),
    (r"\b(?:the\s+)?cube\s+of\s+(" + _NUMBER + ")", r" (\1)^3 "),
    (r"\b(?:the\s+)?factorial\s+of\s+", " factorial "),
    (r"(\d)\s+factorial\b", r"\1! "),
    (r"\b(sin|cos|tan|log|ln|sqrt|cbrt|abs|exp|round|floor|ceil)\s+of\s+", r" \1 "),
    (r"\b(?:a\s+)?half\s+(?:of\s+)?", " 0.5 * "),
    (r"\b(?:a\s+)?(?:third)\s+of\s+", " (1/3) * "),
    (r"\b(?:a\s+)?quarter\s+of\s+", " 0.25 * "),
    (r"\b(?:double|twice)\s+", " 2 * "),
    (r"\btriple\s+", " 3 * "),
    (r"\b(?:multiplied\s+by|times)\b", " * "),
    (r"(?<=[\d)])\s*[x✕✖]\s*(?=[\d(])", " * "),
    (r"\b(?:divided\s+by|over)\b", " / "),
    (r"\bplus\b|\badded\s+to\b", " + "),
    (r"\b(?:minus|less|take\s+away)\b", " - "),
    (r"\b(?:raised\s+)?to\s+the\s+(?:power\s+of\s+)?(\d+)(?:st|nd|rd|th)?(?:\s+power)?\b", r" ^ \1 "),
    (r"\bto\s+the\s+power(?:\s+of)?\b", " ^ "),
    (r"\bsquared\b", " ^2 "),
    (r"\bcubed\b", " ^3 "),
    (r"\bmodulo\b|\bmodulus\b", " mod "),
    (r"\bper\s?cent\b", "%"),
    (r"\bnegative\s+", " -"),
    (r"百分之\s*([\d.]+)", r" \1% "),
    (r"的平方根", " ^0.5 "),
    (r"的平方", " ^2 "),
    (r"的立方", " ^3 "),
    (r"乘以|乘", " * "),
    (r"除以", " / "),
    (r"加上?", " + "),
    (r"减去?", " - "),
    (r"的", " of "),
]


def to_expression(text: str) -> str:
    """The arithmetic in a question; what is an expression already stays as it is."""
    words = _OPENINGS.sub("", text.strip())
    words = _ENDINGS.sub("", words).strip()
    words = _NUMBER_WORDS.sub(lambda m: f"{_spoken(m[0])} ", words)
    for pattern, sign in _FORMS:
        found = re.fullmatch(pattern, words, re.I)
        if found:
            words = _filled(found, sign)
            break
    for pattern, replacement in _WORDS:
        words = re.sub(pattern, replacement, words, flags=re.I)
    return " ".join(words.split())


def _filled(found: re.Match[str], sign: str) -> str:
    groups = found.groupdict()
    if "list" in groups:
        parts = re.split(r"\s*(?:,\s+(?:and\s+)?|,(?!\d{3}\b)|\s+(?:and|to|by|with)\s+|\s*&\s*)\s*", groups["list"])
        joined = ", " if sign == "mean" else f" {sign} "
        inner = joined.join(part if re.fullmatch(_NUMBER, part) else f"({part})" for part in parts if part)
        return f"mean({inner})" if sign == "mean" else inner
    a, b = (part if re.fullmatch(_NUMBER, part.strip()) else f"({part})" for part in (groups["a"], groups["b"]))
    return f"{a} {sign} {b}"


def _spoken(words: str) -> int:
    """Two hundred and five: 205."""
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower().strip()):
        if word in _ONES:
            current += _ONES[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total += max(current, 1) * _SCALES[word]
            current = 0
    return total + current
