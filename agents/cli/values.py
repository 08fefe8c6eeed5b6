"""What options carry: JSON values, from the command line, a file or standard input."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import sandbox

from .problem import Problem


def read_text(given: str | None) -> str | None:
    """The words of a request; "-" stands for standard input."""
    if given != "-":
        return given
    try:
        return sys.stdin.buffer.read().decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise Problem("Standard input is not text in UTF-8.") from None


def read_json(option: str, given: str) -> Any:
    """A JSON value written out, in a file (`@name`) or on standard input (`-`)."""
    text = given
    if given == "-":
        text = sys.stdin.buffer.read().decode(errors="replace")
    elif given.startswith("@"):
        try:
            text = Path(given[1:]).read_text()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise Problem(f"{option}: {given[1:]} cannot be read: {reason}.") from None
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise Problem(f"{option} is nested too deeply.") from None
    except ValueError as error:
        raise Problem(f"{option} is not JSON: {error}. Given: {_short(text)}") from None


def read_object(option: str, given: str) -> dict[str, Any]:
    """The same, where only an object will do."""
    value = read_json(option, given)
    if not isinstance(value, dict):
        raise Problem(f'{option} must be a JSON object, such as {{"name": 1}}; given: {_short(json.dumps(value))}')
    return value


def read_grants(given: list[str]) -> dict[str, dict[str, Any]]:
    """Grants by capability, from `name` or `name={terms}`."""
    grants: dict[str, dict[str, Any]] = {}
    for one in given:
        name, equals, terms = one.partition("=")
        try:
            grants[name] = read_object(f"--grant {name}", terms) if equals else {}
            sandbox.check_grant(name, grants[name])
        except ValueError as error:
            raise Problem(f"--grant {one}: {error}") from None
    return grants


def read_secrets(given: list[str]) -> dict[str, sandbox.Secret]:
    """Secrets by name, from `name={"host": …, "env": …}`. The value comes from the environment: a command line is seen
    by everybody on the machine, and kept in a history."""
    secrets: dict[str, sandbox.Secret] = {}
    for one in given:
        name, equals, terms = one.partition("=")
        option = f"--secret {name}"
        said = read_object(option, terms) if equals else {}
        unknown = sorted(set(said) - {"host", "env", "header", "prefix"})
        if unknown or not all(isinstance(value, str) for value in said.values()) or not {"host", "env"} <= set(said):
            raise Problem(
                f'{option} takes {{"host": "api.example.org", "env": "VARIABLE"}}, and "header" and "prefix" where '
                'they are not "Authorization" and "Bearer ".'
            )
        value = os.environ.get(said["env"])
        if not value:
            raise Problem(f"{option}: the environment has no variable {said['env']}.")
        header, prefix = said.get("header", "Authorization"), said.get("prefix", "Bearer ")
        secrets[name] = sandbox.Secret(name, said["host"], header, prefix, value)
    return secrets


def read_limits(given: list[str]) -> sandbox.Limits:
    """The default limits with those replaced that `name=number` or a JSON object name."""
    values: dict[str, Any] = {}
    for one in given:
        if one.lstrip().startswith(("{", "@")):
            values.update(read_object("--limits", one))
            continue
        name, equals, number = one.partition("=")
        digits = number.replace("_", "").strip()
        if not equals or not digits.isdecimal():
            raise Problem(f"--limits takes NAME=NUMBER, such as wall_ms=5000; given: {_short(one)}")
        values[name.strip()] = int(digits)
    try:
        return sandbox.Limits.from_dict(values)
    except ValueError as error:
        raise Problem(f"--limits: {error}.") from None


def _short(text: str) -> str:
    text = text.strip().replace("\n", " ")
    return text if len(text) <= 60 else text[:59] + "…"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
