"""What an agent writes for people: print, logging, warnings."""

from sandbox.tests.conftest import Agent


def test_lines_are_told_as_they_were_written(agent: Agent) -> None:
    lines = """
import logging, sys
from neuroflow import log, emit_metric
log("plain"); log.warning("careful", size=3, what=object)
print("a", "b"); print("two\\nlines"); print("no end", end="")
sys.stderr.write("err\\n"); sys.stdout.buffer.write(b"bytes\\n")
logging.getLogger("my.app").error("from %s", "logging")
emit_metric("speed", 2.5, unit="m/s", kind="x")
"""
    assert agent.body(lines).success
    log = agent.told("log")
    assert log[0] == {"level": "info", "message": "plain"}
    assert (log[1]["level"], log[1]["fields"]["size"]) == ("warning", 3)
    assert [line["message"] for line in log[2:]] == ["a b", "two", "lines", "err", "no endbytes", "from logging"]
    assert log[2]["stream"] == "stdout"
    assert (log[5]["stream"], log[5]["level"]) == ("stderr", "error")
    assert log[7]["level"] == "error"
    assert agent.told("metric") == [{"name": "speed", "value": 2.5, "unit": "m/s", "attributes": {"kind": "x"}}]


def test_a_line_shows_when_it_is_flushed_as_on_a_terminal(agent: Agent) -> None:
    lines = """
import sys
print("working", end="", flush=True)
context.log("between")
print(" done")
for percent in (10, 20):
    print(f"\\r{percent} %", end="")
print()
print("a\\r\\nb")
sys.stdout.writelines(["x", "y\\n"])
sys.__stdout__.write("underscored\\n")
sys.stdout.reconfigure(line_buffering=True)
return [sys.stdout.isatty(), sys.stdout.encoding]
"""
    outcome = agent.body(lines)
    assert outcome.data == [False, "utf-8"], outcome.failure
    said = [line["message"] for line in agent.told("log")]
    assert said == ["working", "between", " done", "20 %", "a", "b", "xy", "underscored"]


def test_logging_has_levels_fields_and_tracebacks_of_the_author(agent: Agent) -> None:
    lines = """
import json, logging
logger = logging.getLogger("my.app")
logger.debug("not shown")
logger.info("shown", extra={"city": "Oslo"})
try:
    json.loads("{")
except ValueError:
    logger.exception("no %s", "json")
    context.log.exception("again", size=1)
logging.basicConfig(level=logging.DEBUG, format="%(levelname)s: %(message)s")
logger.debug("now")
"""
    assert agent.body(lines).success
    info, failed, again, debug = agent.told("log")
    assert (info["level"], info["fields"]) == ("info", {"logger": "my.app", "city": "Oslo"})
    assert failed["level"] == "error"
    for text in (failed["message"], again["fields"]["traceback"]):
        assert 'File "agent.py", line 7, in handle\n    json.loads("{")\n' in text
        assert "[raised in json/decoder.py, line " in text
        assert "JSONDecodeError" in text
    assert (again["message"], again["fields"]["size"]) == ("again", 1)
    assert (debug["level"], debug["message"]) == ("debug", "DEBUG: now")


def test_a_traceback_that_is_printed_has_the_code_of_the_author(agent: Agent) -> None:
    lines = "import traceback\ntry:\n    {}['x']\nexcept KeyError:\n    traceback.print_exc()"
    assert agent.body(lines).success
    said = [line["message"] for line in agent.told("log")]
    assert said[:3] == ["Traceback (most recent call last):", '  File "agent.py", line 4, in handle', "    {}['x']"]


def test_warnings_are_lines_of_their_level(agent: Agent) -> None:
    lines = """
import warnings
warnings.warn("careful")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("kept")
async def forgotten(): pass
forgotten()
return [str(one.message) for one in caught]
"""
    assert agent.body(lines).data == ["kept"]
    careful, awaited = agent.told("log")
    assert careful == {
        "level": "warning",
        "message": "careful",
        "fields": {"category": "UserWarning", "file": "agent.py", "line": 3},
    }
    assert (awaited["level"], awaited["fields"]["category"]) == ("warning", "RuntimeWarning")
    assert "was never awaited" in awaited["message"]
