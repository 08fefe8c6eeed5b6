"""The packages that come with the image do their work in it."""

from sandbox.tests.conftest import Agent


def test_packages_that_come_with_the_image(agent: Agent) -> None:
    lines = """
import attrs, dateutil.parser, httpx, jinja2, pydantic, sqlite3, yaml
class M(pydantic.BaseModel): n: int
db = sqlite3.connect(":memory:"); db.execute("create table t (a)"); db.execute("insert into t values (7)")
return [jinja2.Template("{{ x }}").render(x=yaml.safe_load("a: 1")), M(n="3"), dateutil.parser.parse("2 Jan 2024").year,
        db.execute("select a from t").fetchone()[0]]
"""
    assert agent.body(lines).data == ["{'a': 1}", {"n": 3}, 2024, 7]


def test_time_zones_need_no_files(agent: Agent) -> None:
    lines = """
import datetime, zoneinfo
summer = datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Oslo"))
try:
    zoneinfo.ZoneInfo("Europe/Nowhere")
except zoneinfo.ZoneInfoNotFoundError as error:
    said = str(error)
return [summer.isoformat(), summer.astimezone(zoneinfo.ZoneInfo("Asia/Shanghai")).hour,
        len(zoneinfo.available_timezones()) > 500, said]
"""
    outcome = agent.body(lines)
    assert outcome.data[:3] == ["2024-07-01T12:00:00+02:00", 18, True], outcome.failure
    assert "Europe/Nowhere" in outcome.data[3]


def test_documents_are_read_and_written(agent: Agent) -> None:
    lines = """
import bs4, markdown, markdownify, tabulate, tomli_w, tomllib, xmltodict
html = markdown.markdown("# Title\\n\\na | b\\n--|--\\n1 | 2", extensions=["tables"])
return [
    bs4.BeautifulSoup(html, "html.parser").select("td")[1].text,
    markdownify.markdownify("<b>x</b>"),
    tabulate.tabulate([[1, 2]], ["a", "b"], tablefmt="github").splitlines()[0],
    tomllib.loads(tomli_w.dumps({"a": [1]})),
    xmltodict.parse("<a><b>1</b></a>"),
]
"""
    outcome = agent.body(lines)
    assert outcome.data == [
        "2", "**x**", "|   a |   b |", {"a": [1]}, {"a": {"b": "1"}},
    ], outcome.failure  # fmt: skip


def test_data_is_checked_mended_and_searched(agent: Agent) -> None:
    lines = """
import fastjsonschema, humanize, jmespath, json_repair, tenacity
check = fastjsonschema.compile({"type": "object", "required": ["a"]})
try:
    check({})
except fastjsonschema.JsonSchemaException as error:
    said = error.message
tries = []
@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_none())
async def flaky():
    tries.append(1)
    if len(tries) < 3:
        raise ValueError
    return len(tries)
return [said, json_repair.loads("{'a': 1, b: [2,}"), jmespath.search("a[].b", {"a": [{"b": 1}]}),
        humanize.naturalsize(1_500_000), await flaky()]
"""
    outcome = agent.body(lines)
    assert outcome.success, outcome.failure
    said, mended, found, size, tries = outcome.data
    assert "'a'" in said
    assert (mended["a"], found, size, tries) == (1, [1], "1.5 MB", 3)
