"""Arithmetic and unit conversion, asked in plain words or as an expression. Nothing is ever passed to eval."""

from decimal import Decimal, InvalidOperation

from expression import ExpressionError, evaluate
from phrases import to_expression
from units import UnitError, convert, read_question

from neuroflow import Request, Response, agent, skill


@agent(name="Calculator", description="Arithmetic, percentages and unit conversion", version="1.0")
class Calculator:
    @skill(
        description="Evaluate arithmetic: add, subtract, multiply, divide, powers, roots, percentages",
        examples=[
            "what is 12 * 7",
            "what is 12 times 7",
            "add 3 and 4",
            "what is two plus three",
            "one thousand divided by five",
            "work out 9 squared",
            "calculate 3 + 4 * (2 - 1)",
            "20% of 50",
            "what is 15 percent of 240",
            "square root of 144",
            "divide 100 by 8",
            "2 to the power of 10",
            "how much is 19.99 plus 5.01",
            "subtract 17 from 42",
            "(1 + 2) * 3 / 4",
            "计算 12 乘以 7",
            "20 加 5 等于多少",
        ],
        input_schema={"type": "object", "properties": {"expression": {"type": "string", "maxLength": 1000}}},
        idempotent=True,
    )
    async def evaluate(self, request: Request) -> Response | dict:
        asked = str((request.payload or {}).get("expression") or request.text)
        expression = to_expression(asked)
        try:
            result = evaluate(expression)
        except ExpressionError as error:
            return Response(success=False, error_message=f"That cannot be computed: {error}.")
        return {"expression": expression, "result": result}

    @skill(
        description="Convert an amount from one unit to another: length, weight, temperature, volume, speed, time",
        examples=[
            "convert 5 km to miles",
            "100 f to c",
            "how many feet are in 3 metres",
            "10 pounds in kilograms",
            "how many grams are in an ounce",
            "change 200 grams into pounds",
            "what is half a litre in fluid ounces",
            "what is 30 degrees celsius in fahrenheit",
            "convert 2 gallons to litres",
            "60 mph to km/h",
            "how many minutes are in 3 days",
            "5 GB in MB",
            "1 acre to square metres",
            "把 5 公里换算成英里",
        ],
        input_schema={
            "type": "object",
            "properties": {"amount": {"type": "number"}, "from": {"type": "string"}, "to": {"type": "string"}},
        },
        idempotent=True,
    )
    async def convert(self, request: Request) -> Response | dict:
        try:
            if request.payload:
                amount, unit, wanted = _fields(request.payload)
            else:
                amount, unit, wanted = read_question(request.text)
            value, source, target = convert(amount, unit, wanted)
        except UnitError as error:
            return Response(success=False, error_message=f"That cannot be converted: {error}.")
        result, shown = _rounded(value), _rounded(amount)
        return {
            "amount": shown,
            "from": source,
            "result": result,
            "to": target,
            "text": f"{shown} {source} = {result} {target}",
        }

    async def on_health_check(self) -> bool:
        return evaluate("(2 + 3) * 4") == 20 and convert(Decimal(1), "km", "m")[0] == 1000


def _fields(payload: dict) -> tuple[Decimal, str, str]:
    try:
        return Decimal(str(payload["amount"])), str(payload["from"]), str(payload["to"])
    except (KeyError, InvalidOperation):
        raise UnitError('the payload needs a number "amount" and the units "from" and "to"') from None


def _rounded(value: Decimal) -> int | float:
    """A number with ten significant digits, whole where it is whole."""
    number = float(f"{value:.10g}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
