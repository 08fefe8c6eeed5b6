from expression import ExpressionError, evaluate

from neuroflow.testing import ask, raises


def result(text, skill="evaluate"):
    return ask(text, skill=skill)["result"]


def test_operators_bind_as_in_school():
    assert evaluate("2 + 3 * 4") == 14
    assert evaluate("(2 + 3) * 4") == 20
    assert evaluate("-2 ^ 2") == -4
    assert evaluate("2 ^ 3 ^ 2") == 512
    assert evaluate("10 - 4 - 3") == 3
    assert evaluate("7 // 2 + 7 % 4") == 6
    assert evaluate("2(3 + 4)") == 14
    assert evaluate("--5") == 5


def test_decimals_are_exact_and_whole_numbers_stay_whole():
    assert evaluate("0.1 + 0.2") == 0.3
    assert evaluate("1,234.5 * 2") == 2469
    assert evaluate("2 ^ 100") == 2**100
    assert evaluate("1e3 + .5") == 1000.5


def test_percent():
    assert evaluate("20% of 50") == 10
    assert evaluate("200 + 10%") == 220
    assert evaluate("200 - 10%") == 180
    assert evaluate("50%") == 0.5
    assert evaluate("17 % 5") == 2


def test_functions():
    assert evaluate("sqrt(144)") == 12
    assert evaluate("max(1, 5, 3) + abs(-2)") == 7
    assert evaluate("round(2.567, 1)") == 2.6
    assert evaluate("5!") == 120
    assert evaluate("log(1000)") == 3
    assert evaluate("sin(0)") == 0
    assert abs(evaluate("2 pi") - 6.283185307179586) < 1e-12
    assert evaluate("cbrt(27)") == 3


def test_questions_in_words():
    assert result("what is 12 times 7") == 84
    assert result("What's 12 multiplied by 7?") == 84
    assert result("add 3 and 4") == 7
    assert result("sum of 1, 2 and 3") == 6
    assert result("subtract 17 from 42") == 25
    assert result("divide 100 by 8") == 12.5
    assert result("20% of 50") == 10
    assert result("what is 15 percent of 240?") == 36
    assert result("square root of 144") == 12
    assert result("2 to the power of 10") == 1024
    assert result("how much is seven plus five") == 12
    assert result("two hundred and five minus five") == 200
    assert result("what is half of 90") == 45
    assert result("3 x 4 =") == 12
    assert result("Calculate 3 + 4 * (2 - 1) please") == 7
    assert result("the average of 2, 4 and 9") == 5
    assert result("计算 12 乘以 7") == 84
    assert result("12加8等于多少？") == 20
    assert result("sqrt of 144 plus 3") == 15
    assert result("what is 5 factorial") == 120


def test_an_expression_in_the_payload():
    assert ask(payload={"expression": "6 * 7"}, skill="evaluate") == {"expression": "6 * 7", "result": 42}


def test_what_is_wrong_is_said():
    for text, words in (
        ("1 / 0", "division by zero"),
        ("2 +", "at the end"),
        ("(1 + 2", "')' is missing"),
        ("1 + $", "'$' is not understood"),
        ("", "nothing to compute"),
        ("9 ^ 99999", "too large"),
        ("9 ^ 9 ^ 9", "too large"),
        ("sqrt(-1)", "no real result"),
        ("5000!", "too large"),
        ("(" * 200 + "1" + ")" * 200, "nested"),
        ("1" * 2000, "characters"),
    ):
        with raises(ExpressionError, match=words):
            evaluate(text)


def test_code_is_not_run():
    with raises(ExpressionError, match="not understood"):
        evaluate("__import__('os').getcwd()")


def test_a_failed_request_carries_the_reason():
    with raises(Exception, match="division by zero"):
        ask("what is 5 divided by 0", skill="evaluate")


def test_conversions():
    assert result("convert 5 km to miles", "convert") == 3.106855961
    assert result("100 f to c", "convert") == 37.77777778
    assert result("how many feet are in 3 metres", "convert") == 9.842519685
    assert result("What is 30 degrees celsius in fahrenheit?", "convert") == 86
    assert result("60 mph to km/h", "convert") == 96.56064
    assert result("how many minutes are in 3 days?", "convert") == 4320
    assert result("10 pounds in kilograms", "convert") == 4.5359237
    assert result("-40 f in c", "convert") == -40
    assert result("5 GB in MB", "convert") == 5000
    assert result("1 acre to square metres", "convert") == 4046.856422
    assert result("把 5 公里换算成英里", "convert") == 3.106855961
    assert ask(payload={"amount": 1, "from": "kg", "to": "g"}, skill="convert")["result"] == 1000


def test_conversions_that_cannot_be():
    for text, words in (
        ("5 km to kg", "do not convert"),
        ("5 parsnips to km", "is not known"),
        ("hello", "no conversion"),
        ("-500 c to k", "absolute zero"),
    ):
        with raises(Exception, match=words):
            ask(text, skill="convert")
