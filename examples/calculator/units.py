"""Units, what they measure, and how many of the base unit one of them is."""

import re
from decimal import Decimal

_TABLE = {
    "length": """
        m=1 metre metres meter meters 米
        km=1000 kilometre kilometres kilometer kilometers 公里 千米
        cm=0.01 centimetre centimetres centimeter centimeters 厘米
        mm=0.001 millimetre millimetres millimeter millimeters 毫米
        um=0.000001 micrometre micrometres micrometer micrometers µm
        mi=1609.344 mile miles 英里
        yd=0.9144 yard yards 码
        ft=0.3048 foot feet 英尺
        in=0.0254 inch inches 英寸
        nmi=1852 nautical_mile nautical_miles 海里""",
    "mass": """
        kg=1 kilogram kilograms kilo kilos 公斤 千克
        g=0.001 gram grams gramme grammes 克
        mg=0.000001 milligram milligrams 毫克
        t=1000 tonne tonnes ton tons 吨
        lb=0.45359237 lbs pound pounds 磅
        oz=0.028349523125 ounce ounces 盎司
        st=6.35029318 stone stones
        斤=0.5""",
    "volume": """
        l=1 litre litres liter liters 升
        ml=0.001 millilitre millilitres milliliter milliliters 毫升
        m3=1000 cubic_metre cubic_metres cubic_meter cubic_meters 立方米
        gal=3.785411784 gallon gallons 加仑
        qt=0.946352946 quart quarts
        pt=0.473176473 pint pints
        cup=0.2365882365 cups 杯
        fl_oz=0.0295735295625 fluid_ounce fluid_ounces
        tbsp=0.01478676478125 tablespoon tablespoons
        tsp=0.00492892159375 teaspoon teaspoons""",
    "area": """
        m2=1 square_metre square_metres square_meter square_meters sqm 平方米
        km2=1000000 square_kilometre square_kilometres square_kilometer square_kilometers 平方公里
        ha=10000 hectare hectares 公顷
        acre=4046.8564224 acres 英亩
        ft2=0.09290304 square_foot square_feet sqft 平方英尺
        mi2=2589988.110336 square_mile square_miles
        亩=666.6666666666666666666666667""",
    "speed": """
        m/s=1 mps metres_per_second meters_per_second
        km/h=0.2777777777777777777777777778 kmh kph kilometres_per_hour kilometers_per_hour
        mph=0.44704 mi/h miles_per_hour
        kn=0.5144444444444444444444444444 knot knots
        ft/s=0.3048 fps feet_per_second""",
    "time": """
        s=1 sec secs second seconds 秒
        ms=0.001 millisecond milliseconds 毫秒
        min=60 mins minute minutes 分钟
        h=3600 hr hrs hour hours 小时
        d=86400 day days 天
        week=604800 weeks wk 周 星期
        year=31557600 years yr yrs 年""",
    "data": """
        byte=1 bytes
        bit=0.125 bits
        kb=1000 kilobyte kilobytes
        mb=1000000 megabyte megabytes
        gb=1000000000 gigabyte gigabytes
        tb=1000000000000 terabyte terabytes
        kib=1024 kibibyte kibibytes
        mib=1048576 mebibyte mebibytes
        gib=1073741824 gibibyte gibibytes
        tib=1099511627776 tebibyte tebibytes""",
    "energy": """
        j=1 joule joules 焦耳
        kj=1000 kilojoule kilojoules
        cal=4.184 calorie calories 卡路里
        kcal=4184 kilocalorie kilocalories 千卡 大卡
        wh=3600 watt_hour watt_hours
        kwh=3600000 kilowatt_hour kilowatt_hours 度电""",
    "pressure": """
        pa=1 pascal pascals
        kpa=1000 kilopascal kilopascals
        bar=100000 bars
        atm=101325 atmosphere atmospheres
        psi=6894.757293168361""",
}
_TEMPERATURES = {
    "c": "c °c celsius centigrade degc degree_celsius degrees_celsius degrees_c 摄氏度 摄氏 ℃",
    "f": "f °f fahrenheit degf degree_fahrenheit degrees_fahrenheit degrees_f 华氏度 华氏 ℉",
    "k": "k kelvin kelvins 开尔文",
}

_UNITS: dict[str, tuple[str, str, Decimal]] = {}
for _kind, _rows in _TABLE.items():
    for _row in _rows.splitlines():
        if _row.strip():
            _first, *_names = _row.split()
            _symbol, _, _factor = _first.partition("=")
            for _name in (_symbol, *_names):
                _UNITS[_name.replace("_", " ")] = (_kind, _symbol.replace("_", " "), Decimal(_factor))
_DEGREES = {name.replace("_", " "): key for key, names in _TEMPERATURES.items() for name in names.split()}

_NUMBER = r"(?P<number>[-+−]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?|[-+−]?\.\d+|an?|one)"
_FORMS = [
    re.compile(
        rf"{_NUMBER}\s*(?P<from>\S.*?)\s*(?:\s(?:to|into|in|as)\s|=|->|→|换算成|转换成|换成|转成|转为|等于多少|是多少|等于)\s*(?P<to>\S.*)",
        re.I,
    ),
    re.compile(
        rf"(?:how\s+many|how\s+much)\s+(?P<to>\S.*?)\s+(?:is|are|in|make|there\s+are\s+in|are\s+there\s+in|are\s+in)\s+{_NUMBER}\s*(?P<from>\S.*)",
        re.I,
    ),
]
_NOISE = re.compile(
    r"^\W*(?:please|can you|could you|convert|change|turn|express|what(?:'s| is| are)?|how\s+much\s+is)\b\s*|"
    r"^(?:把|将|请|换算)\s*",
    re.I,
)


class UnitError(ValueError):
    """What could not be converted, in words for the person who asked."""


def read_question(text: str) -> tuple[Decimal, str, str]:
    """Amount, unit and wanted unit of a question such as "convert 5 km to miles". Raises UnitError."""
    words = re.sub(r"[?？!！。]+\s*$|\.\s*$|\s+please\s*$", "", text.strip())
    for form in (_FORMS[1], _FORMS[0]):
        stripped = words
        while (shorter := _NOISE.sub("", stripped, count=1)) != stripped:
            stripped = shorter
        found = form.search(words if form is _FORMS[1] else stripped)
        if found:
            number = found["number"].lower().replace(",", "").replace("−", "-")
            amount = Decimal(1) if number in ("a", "an", "one") else Decimal(number)
            return amount, found["from"], found["to"]
    raise UnitError("there is no conversion to see here; ask for example: convert 5 km to miles")


def convert(amount: Decimal, unit: str, wanted: str) -> tuple[Decimal, str, str]:
    """The amount in the wanted unit, and both units' symbols. Raises UnitError."""
    source, target = _spelled(unit), _spelled(wanted)
    if source in _DEGREES and target in _DEGREES:
        a, b = _DEGREES[source], _DEGREES[target]
        if _kelvin(amount, a) < 0:
            raise UnitError(f"{amount} {a.upper()} is below absolute zero")
        return (
            _from_kelvin(_kelvin(amount, a), b),
            f"°{a.upper()}".replace("°K", "K"),
            f"°{b.upper()}".replace("°K", "K"),
        )
    first, second = _known(source, unit), _known(target, wanted)
    if first[0] != second[0]:
        raise UnitError(
            f"{unit.strip()} measures {first[0]} and {wanted.strip()} measures {second[0]}: they do not convert"
        )
    return amount * first[2] / second[2], first[1], second[1]


def _known(name: str, written: str) -> tuple[str, str, Decimal]:
    if name in _DEGREES:
        return "temperature", name, Decimal(1)
    if name not in _UNITS:
        raise UnitError(
            f"the unit {written.strip()[:40]!r} is not known; there are units of temperature, {', '.join(_TABLE)}"
        )
    return _UNITS[name]


def _spelled(name: str) -> str:
    name = re.sub(r"^(?:of|the|degrees?\s+(?=[a-z]))\s*", "", " ".join(name.lower().split()).strip(" .?!,"))
    name = name.replace("²", "2").replace("³", "3").replace("square ft", "square foot")
    if name in _UNITS or name in _DEGREES:
        return name
    return name.rstrip("s") if name.rstrip("s") in _UNITS else name


def _kelvin(amount: Decimal, unit: str) -> Decimal:
    if unit == "k":
        return amount
    return amount + Decimal("273.15") if unit == "c" else (amount - 32) * 5 / 9 + Decimal("273.15")


def _from_kelvin(kelvin: Decimal, unit: str) -> Decimal:
    if unit == "k":
        return kelvin
    celsius = kelvin - Decimal("273.15")
    return celsius if unit == "c" else celsius * 9 / 5 + 32
