"""What can be granted, and what is refused with the reason."""

import pytest

import sandbox


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("http", {"hosts": ["api.example.com", "*.example.org", "127.0.0.1:9000"]}),
        ("config", {}),
        ("config", {"keys": ["a"]}),
    ],
)
def test_a_good_grant_passes(name, terms):
    sandbox.check_grant(name, terms)


@pytest.mark.parametrize(
    ("name", "terms", "said"),
    [
        ("telepathy", {}, "There are: config, http"),
        ("http", {}, "hosts"),
        ("http", {"hosts": []}, "hosts"),
        ("http", {"hosts": ["x"], "method": ["GET"]}, "method"),
        ("http", {"hosts": ["x"], "methods": ["FETCH"]}, "FETCH"),
        ("http", {"hosts": ["x"], "timeout_ms": 10**9}, "timeout_ms"),
        ("config", {"keys": "region"}, "keys"),
    ],
)
def test_a_bad_one_is_refused_by_name(name, terms, said):
    with pytest.raises(ValueError, match=said):
        sandbox.check_grant(name, terms)
