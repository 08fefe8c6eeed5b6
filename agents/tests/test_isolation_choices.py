"""Which isolations the page offers: as this machine is, and with the reason where it is not so."""

from __future__ import annotations

import pytest

import sandbox
from agents import isolation
from sandbox.native.layers import REQUIRED, WISHED, probe


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(isolation, "_found", None)


def test_what_is_offered_is_what_this_machine_gives(sandbox_image):
    found = probe(sandbox_image)
    offered = {each["value"]: each for each in isolation.choices("wasm")}
    assert set(offered) == set(sandbox.ISOLATIONS)
    assert offered["wasm"]["reason"] == "" and offered["wasm"]["chosen"]
    for name in REQUIRED:
        assert bool(offered[name]["reason"]) == any(found[name][layer] is not None for layer in REQUIRED[name])
        assert len(offered[name]["lacks"]) == sum(found[name][layer] is not None for layer in WISHED[name])


def test_a_missing_layer_is_named_with_what_to_do(monkeypatch):
    layers: isolation.Layers = {name: dict.fromkeys([*REQUIRED[name], *WISHED[name]]) for name in REQUIRED}
    layers["namespace"]["user_namespace"] = "the kernel says: not permitted"
    monkeypatch.setattr(isolation, "probe", lambda _image: layers)
    offered = {each["value"]: each["reason"] for each in isolation.choices("wasm")}
    assert "not permitted" in offered["namespace"] and "user.max_user_namespaces" in offered["namespace"]
    assert offered["process"] == ""


def test_an_installation_without_an_image_says_so(monkeypatch, settings, tmp_path):
    settings.NEUROFLOW = {**settings.NEUROFLOW, "IMAGE_DIR": tmp_path}
    offered = {each["value"]: each["reason"] for each in isolation.choices("wasm")}
    assert offered["wasm"] == "" and "python -m sandbox build" in offered["namespace"]
