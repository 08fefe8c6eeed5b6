"""The Simplified Chinese console is whole: every string is in the catalogue, translated, and compiled."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
MESSAGES = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
APPS = ("accounts", "agents", "guardrails", "invocations", "neuroflow_site", "routing")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
CALL = re.compile(r"""\b(?:gettext|ngettext|_)\(\s*(u?"(?:[^"\\]|\\.)*"|u?'(?:[^'\\]|\\.)*')""")


def in_python() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if {"migrations", "tests"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKERS):
                    continue
                if node.args and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value), str(path.relative_to(ROOT))


def in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        # Django's own translation of a template into the calls that xgettext would look for.
        for match in CALL.finditer(templatize(path.read_text(encoding="utf-8"))):
            yield ast.literal_eval(match[1].lstrip("u")), str(path.relative_to(ROOT))


def in_scripts() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        for match in CALL.finditer(path.read_text(encoding="utf-8")):
            yield ast.literal_eval(match[1]), str(path.relative_to(ROOT))


def written(domain: str) -> dict[str, list[str]]:
    """The .po file: {msgid: its translations}."""
    found: dict[str, list[str]] = {}
    entry: dict[str, str] = {}
    field = ""
    for line in [*(MESSAGES / f"{domain}.po").read_text(encoding="utf-8").splitlines(), 'msgid ""']:
        match = re.match(r'(msgid|msgid_plural|msgstr|msgstr\[\d\]) (".*")', line)
        if match:
            if match[1] == "msgid" and entry:
                found[entry["msgid"]] = [text for name, text in entry.items() if name.startswith("msgstr")]
                entry = {}
            field = match[1]
            entry[field] = ast.literal_eval(match[2])
        elif line.startswith('"'):
            entry[field] += ast.literal_eval(line)
        else:
            assert not line.startswith("#, fuzzy"), f"{domain}.po has a guess that nobody confirmed: {line}"
    found.pop("", None)
    return found


def compiled(domain: str) -> gettext.GNUTranslations:
    with (MESSAGES / f"{domain}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


@pytest.mark.parametrize(
    "domain, sources", [("django", [in_python, in_templates]), ("djangojs", [in_scripts])], ids=["django", "djangojs"]
)
def test_every_string_is_in_the_catalogue(domain: str, sources: list) -> None:
    known = written(domain)
    used = [(text, where) for source in sources for text, where in source()]
    assert len(used) > 30, "the search for strings found next to nothing: it is broken"
    missing = sorted({f"{where}: {text!r}" for text, where in used if text and text not in known})
    assert not missing, "run `manage.py makemessages -l zh_Hans` and translate:\n" + "\n".join(missing)


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_every_string_is_translated_with_its_placeholders(domain: str) -> None:
    for text, translations in written(domain).items():
        for translation in translations:
            assert translation, f"{domain}.po: {text!r} has no translation"
            assert _placeholders(translation) == _placeholders(text), (
                f"{text!r} and {translation!r} name different things"
            )


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text))


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_the_compiled_catalogue_is_current(domain: str) -> None:
    catalogue = compiled(domain)
    for text, translations in written(domain).items():
        found = [catalogue.gettext(text), catalogue.ngettext(text, text, 1)]
        assert translations[0] in found, (
            f"{domain}.mo is older than its .po at {text!r}: run `manage.py compilemessages`"
        )


def test_the_languages_offered_are_those_that_exist() -> None:
    assert [code for code, _ in settings.LANGUAGES] == ["en", "zh-hans"]
