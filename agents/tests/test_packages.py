"""Uploads that name packages: resolved from a real index, locked, kept, and shown."""

from __future__ import annotations

import threading
from dataclasses import asdict

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agents import requirements, source
from agents.actions.agents import create_agent
from agents.actions.deploy import publish, rollback
from agents.actions.settings import update_settings
from agents.actions.upload_version import upload_version
from agents.errors import BadSource, NotReady
from agents.models import Version, Wheel
from sandbox.packages import NATIVE, WASM
from testing.package_index import Index, wheel

AGENT = "import greet\n\n\ndef handle(request):\n    return greet.HELLO\n"


@pytest.fixture
def index(settings, tmp_path):
    with Index() as started:
        started.add(*wheel("greet", "1.0", {"greet.py": "HELLO = 'hello'\n"}, requires=("words>=1",)))
        started.add(*wheel("greet", "2.0", {"greet.py": "HELLO = 'hello, hello'\n"}))
        started.add(*wheel("words", "1.5", {"words.py": ""}))
        settings.NEUROFLOW = {
            **settings.NEUROFLOW,
            "PACKAGE_INDEX": started.url,
            "PACKAGE_CACHE": tmp_path / "packages",
        }
        yield started


@pytest.fixture
def agent(system, sandbox_image):
    return create_agent(system, "Greeter", "greeter")


def files(version: str = "1.0", text: str = AGENT) -> dict[str, str]:
    return {"agent.py": text, "requirements.txt": f"greet=={version}  # says it\n"}


def test_a_version_records_its_packages_and_keeps_their_wheels(system, agent, index):
    version, created = upload_version(system, agent, files())
    assert created and version.state == Version.State.READY
    shown = [(p["name"], p["version"], p["requested"], p["target"]) for p in version.packages]
    assert shown == [("greet", "1.0", True, WASM.name), ("words", "1.5", False, WASM.name)]
    for package in version.packages:
        kept = Wheel.objects.get(pk=package["sha256"])
        assert (kept.filename, len(bytes(kept.content))) == (package["filename"], package["size"])
    assert source.of(version).wheels[0].content == bytes(Wheel.objects.get(filename__startswith="greet").content)


def test_the_index_is_never_asked_again(system, agent, index):
    first, _ = upload_version(system, agent, files())
    index.requests.clear()
    again, created = upload_version(system, agent, files())
    assert (again.pk, created) == (first.pk, False)
    assert source.runtime().health_check(source.of(first)) is None
    assert index.requests == []


def test_equal_wheels_are_stored_once(system, agent, index):
    upload_version(system, agent, files())
    upload_version(system, agent, files(text=AGENT + "# more\n"))
    upload_version(system, create_agent(system, "Other", "other"), files())
    assert Version.objects.count() == 3
    assert sorted(Wheel.objects.values_list("filename", flat=True)) == [
        "greet-1.0-py3-none-any.whl",
        "words-1.5-py3-none-any.whl",
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("\ngreet>=1\n", 2, "is a range"),
        ("greet==7\n", 1, "there is no version 7 of greet; the newest are 2.0, 1.0"),
        ("absent==1\n", 1, "there is no package absent"),
        ("greet==1.0\nwords==9\n", 2, "there is no version 9 of words"),
    ],
)
def test_packages_that_cannot_be_had_refuse_the_upload_and_leave_nothing(system, agent, index, text, line, reason):
    with pytest.raises(BadSource) as caught:
        upload_version(system, agent, {"agent.py": AGENT, "requirements.txt": text})
    assert (caught.value.detail["file"], caught.value.detail["line"]) == ("requirements.txt", line)
    assert reason in caught.value.detail["reason"]
    assert not Version.objects.exists() and not Wheel.objects.exists()


def test_code_that_fails_with_its_packages_leaves_no_wheels(system, agent, index):
    with pytest.raises(BadSource, match=r"agent\.py:1"):
        upload_version(system, agent, files(text="import greet.nothing\n"))
    assert not Wheel.objects.exists()


@pytest.mark.parametrize("off", ["", "none", "None"])
def test_an_operator_can_turn_packages_off(system, agent, settings, off):
    settings.NEUROFLOW = {**settings.NEUROFLOW, "PACKAGE_INDEX": off}
    with pytest.raises(BadSource, match="takes no packages; an operator can name an index"):
        upload_version(system, agent, files())
    version, _ = upload_version(system, agent, {"agent.py": "def handle(r): return 1\n", "requirements.txt": "# no\n"})
    assert version.packages == []


def test_an_index_that_is_not_there_is_named(system, agent, settings, tmp_path):
    settings.NEUROFLOW = {
        **settings.NEUROFLOW,
        "PACKAGE_INDEX": "http://127.0.0.1:9/simple/",
        "PACKAGE_CACHE": tmp_path,
    }
    with pytest.raises(BadSource, match=r"the index cannot be reached: .*refused"):
        upload_version(system, agent, files())


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_make_one_version(system, sandbox_image, index):
    agent = create_agent(system, "Greeter", "greeter")
    results: list[tuple[Version, bool]] = []

    def upload() -> None:
        from django.db import connection

        try:
            results.append(upload_version(system, agent, files()))
        finally:
            connection.close()

    threads = [threading.Thread(target=upload) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({version.pk for version, _ in results}) == 1
    assert sorted(created for _, created in results) == [False, False, True]
    assert Wheel.objects.count() == 2


def test_a_request_is_answered_with_the_package(system, agent, index, invoke):
    version, _ = upload_version(system, agent, files())
    publish(system, agent, version)
    assert invoke("greeter", "x").data == "hello"


def test_a_lock_is_for_one_python(system, agent, index):
    version, _ = upload_version(system, agent, files())
    publish(system, agent, version)
    plain, _ = upload_version(system, agent, {"agent.py": "def handle(request):\n    return 1\n"})
    update_settings(system, agent, isolation="process")
    agent.refresh_from_db()
    # What is live goes on as it was: its packages cannot be had for the other Python.
    assert agent.live_deployment.settings.isolation == "wasm"
    assert requirements.unfit(plain, "process") is None
    with pytest.raises(NotReady, match=f"resolved for {WASM.name}.*runs {NATIVE.name}.*Upload its files again"):
        publish(system, agent, version)
    assert publish(system, agent, plain).settings.isolation == "process"
    back = rollback(system, agent, to=version.number)
    assert (back.version_id, back.settings.isolation) == (version.pk, "wasm")


def test_the_same_files_are_another_version_for_another_python(index):
    told = {isolation: requirements.checksum(files(), isolation) for isolation in ("wasm", "namespace", "process")}
    assert told["wasm"] != told["namespace"] == told["process"]
    assert requirements.checksum({"agent.py": ""}, "process") == requirements.checksum({"agent.py": ""}, "wasm")
    lock, wheels = requirements.resolve(files(), "process")
    assert {package["target"] for package in lock} == {NATIVE.name}
    assert [asdict(wheel)["filename"] for wheel in wheels] == [package["filename"] for package in lock]


def test_the_api_shows_packages_and_what_changed(make_key, agent, index):
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key()[1]}")
    first = api.post("/api/v1/agents/greeter/versions/", {"files": files()}, format="json").json()
    assert [set(package) for package in first["packages"]] == [
        {"name", "version", "filename", "sha256", "size", "requested", "target"}
    ] * 2
    api.post("/api/v1/agents/greeter/versions/", {"files": files("2.0")}, format="json")
    assert api.get("/api/v1/agents/greeter/versions/2/").json()["packages"][0]["version"] == "2.0"
    diff = api.get("/api/v1/agents/greeter/versions/2/diff/?against=1").json()
    assert diff["packages"] == [
        {"name": "greet", "before": "1.0", "after": "2.0"},
        {"name": "words", "before": "1.5", "after": None},
    ]
    refused = api.post("/api/v1/agents/greeter/versions/", {"files": files("9")}, format="json")
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "bad_source"
    assert refused.json()["error"]["detail"]["file"] == "requirements.txt"


def test_the_console_shows_packages_and_what_changed(make_person, system, agent, index):
    upload_version(system, agent, files())
    upload_version(system, agent, files("2.0"))
    client = Client()
    client.force_login(make_person())
    page = client.get("/agents/greeter/versions/1/").content.decode()
    greet = Wheel.objects.get(filename="greet-1.0-py3-none-any.whl")
    assert "words" in page and "1.5" in page and greet.sha256 in page
    changes = client.get("/agents/greeter/diff/?version=2&against=1").content.decode()
    assert "1.0 → 2.0" in changes and "<code>words</code>" in changes
