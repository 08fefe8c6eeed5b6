"""What can be granted, and what is refused with the reason."""

import pytest
from jsonschema import Draft202012Validator

import sandbox
from sandbox import capabilities


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("http", {"hosts": ["api.example.com", "*.example.org", "127.0.0.1:9000"]}),
        ("config", {}),
        ("config", {"keys": ["a"]}),
        ("http", {"hosts": ["a.example"], "secrets": ["key"], "calls": 3}),
        ("state", {"max_keys": 10, "max_bytes": 100, "max_value_bytes": 50}),
        ("files", {"max_bytes": 1000, "max_files": 3}),
    ],
)
def test_a_good_grant_passes(name, terms):
    sandbox.check_grant(name, terms)


@pytest.mark.parametrize(
    ("name", "terms", "said"),
    [
        ("telepathy", {}, "There are: config, files, http, state"),
        ("http", {}, "hosts"),
        ("http", {"hosts": []}, "hosts"),
        ("http", {"hosts": ["x"], "method": ["GET"]}, "method"),
        ("http", {"hosts": ["x"], "methods": ["FETCH"]}, "FETCH"),
        ("http", {"hosts": ["x"], "timeout_ms": 10**9}, "timeout_ms"),
        ("config", {"keys": "region"}, "keys"),
        ("state", {"max_keys": 10**9}, "max_keys"),
        ("files", {"max_bytes": 0}, "max_bytes"),
    ],
)
def test_a_bad_one_is_refused_by_name(name, terms, said):
    with pytest.raises(ValueError, match=said):
        sandbox.check_grant(name, terms)


@pytest.mark.parametrize("told", capabilities.summaries(), ids=lambda told: told["name"])
def test_a_form_can_be_built_of_the_terms(told):
    assert told["summary"]
    Draft202012Validator.check_schema(told["terms"])
    for name, term in told["terms"]["properties"].items():
        assert term["title"] and term["description"].endswith("."), name
        if term["type"] == "integer":
            assert "maximum" in term and ("default" in term or "examples" in term), name
        if "default" in term:
            Draft202012Validator(term).validate(term["default"])
        for example in term.get("examples", []):
            Draft202012Validator(term).validate(example)
