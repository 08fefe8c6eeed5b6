"""Uploading: versions are immutable, content-addressed, and read by the sandbox."""

from __future__ import annotations

import pytest

from accounts.actor import Actor, NotAllowed
from accounts.models import AuditEntry
from agents.actions.agents import create_agent
from agents.actions.upload_version import upload_version
from agents.errors import BadSource, SlugTaken
from agents.models import Check, Version

GOOD = {"agent.py": "def handle(request):\n    return request.text\n"}


@pytest.fixture
def agent(system, sandbox_image):
    return create_agent(system, "Echo", "echo")


def test_an_upload_becomes_version_1_with_its_checks(system, agent):
    version, created = upload_version(system, agent, GOOD, "first")
    assert created
    assert (version.number, version.state, version.author) == (1, Version.State.READY, system.label)
    assert [skill["name"] for skill in version.manifest["skills"]] == ["handle"]
    assert set(version.checks.values_list("name", flat=True)) >= {"manifest", "health"}


def test_the_same_content_again_is_the_same_version(system, agent):
    first, _ = upload_version(system, agent, GOOD)
    again, created = upload_version(system, agent, dict(GOOD), "another message")
    assert (again.pk, created) == (first.pk, False)
    assert AuditEntry.objects.filter(action="version.upload").count() == 1


@pytest.mark.parametrize(
    ("files", "where", "reason"),
    [
        ({"agent.py": "def handle(:\n"}, ("agent.py", 1), "syntax"),
        ({"agent.py": "import nowhere\n\ndef handle(request): ...\n"}, ("agent.py", 1), "nowhere"),
        ({"agent.py": "x = 1\n"}, ("agent.py", None), "agent"),
        ({"agent.py": "#" * 1_100_000}, (None, None), ""),
        ({"../agent.py": "x"}, ("../agent.py", None), ""),
        ({"other.py": "x = 1"}, (None, None), "agent.py"),
    ],
)
def test_bad_source_is_refused_with_file_line_and_reason_and_stores_nothing(system, agent, files, where, reason):
    with pytest.raises(BadSource) as caught:
        upload_version(system, agent, files)
    detail = caught.value.detail
    assert set(detail) == {"file", "line", "reason"}
    if where[0]:
        assert detail["file"] == where[0]
    if where[1]:
        assert detail["line"] == where[1]
    assert reason.lower() in str(caught.value).lower()
    assert not Version.objects.exists()


def test_a_version_that_fails_its_health_check_is_kept_as_rejected(system, agent):
    source = {
        "agent.py": "from neuroflow import agent, skill\n\n@agent(name='a', description='b')\nclass A:\n"
        "    @skill(description='c')\n    def go(self, request): return 1\n"
        "    async def on_health_check(self): return False\n"
    }
    version, created = upload_version(system, agent, source)
    assert created and version.state == Version.State.REJECTED
    assert version.checks.get(name="health").status == Check.Status.FAILED


def test_checks_that_were_broken_off_are_done_at_the_next_upload(system, agent):
    files = {"agent.py": "def handle(request):\n    return 1\n"}
    version, _created = upload_version(system, agent, files)
    Check.objects.filter(version=version).delete()
    Version.objects.filter(pk=version.pk).update(state=Version.State.CHECKING)
    again, created = upload_version(system, agent, files)
    assert (again.pk, again.state, created) == (version.pk, Version.State.READY, False)
    assert again.checks.exists()


def test_a_stored_version_cannot_be_saved_again(system, agent):
    version, _ = upload_version(system, agent, GOOD)
    version.message = "rewritten"
    with pytest.raises(TypeError, match="immutable"):
        version.save()


def test_a_viewer_may_not_upload(workspace, agent):
    viewer = Actor(workspace=workspace, scopes=frozenset({"read"}), label="vera")
    with pytest.raises(NotAllowed, match="author"):
        upload_version(viewer, agent, GOOD)


def test_a_taken_slug_is_refused_also_when_archived(system, agent):
    from agents.actions.agents import archive_agent

    archive_agent(system, agent)
    with pytest.raises(SlugTaken):
        create_agent(system, "Echo again", "echo")
