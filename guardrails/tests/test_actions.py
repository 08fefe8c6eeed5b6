import pytest

from accounts.actor import Actor, NotAllowed
from accounts.models import AuditEntry, Workspace
from accounts.scopes import ROLE_SCOPES, Role
from guardrails import selectors
from guardrails.actions.deploy import publish, rollback
from guardrails.actions.policies import create_policy, ensure_default_policy
from guardrails.actions.save_version import save_version
from guardrails.engine import DEFAULT_POLICY
from guardrails.errors import BadPolicy, Invalid, Moved, NeverServed, NotFound, SlugTaken, TestsFail
from guardrails.models import Policy, PolicyDeployment, PolicyVersion

from .conftest import DENY_ALPHA, DENY_BETA, FAILING

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_the_default_policy_is_made_and_published_once(workspace):
    first = ensure_default_policy(workspace)
    again = ensure_default_policy(workspace)
    assert first.pk == again.pk
    assert first.live_deployment.version.text == DEFAULT_POLICY
    assert PolicyVersion.objects.count() == PolicyDeployment.objects.count() == 1
    assert actions() == ["policy.create", "policy.version", "policy.publish"]


def test_set_up_leaves_a_policy_that_somebody_changed_as_it_is(policy, save, system, workspace):
    publish(system, policy, save(DENY_ALPHA))
    assert ensure_default_policy(workspace).live_deployment.version.text == DENY_ALPHA


def test_set_up_finishes_what_was_begun(system, workspace):
    create_policy(system, "Default", "default")
    assert ensure_default_policy(workspace).live_deployment is not None


def test_a_document_becomes_a_numbered_version_and_the_same_one_stays_the_same(policy, system):
    version, created = save_version(system, policy, DENY_ALPHA, "no alpha")
    assert (version.number, version.message, created) == (2, "no alpha", True)
    again, created = save_version(system, policy, DENY_ALPHA.replace("\n", "\r\n"), "other words")
    assert (again.pk, created) == (version.pk, False)


def test_a_document_with_mistakes_is_refused_with_their_places_and_nothing_is_stored(policy, system):
    with pytest.raises(BadPolicy) as caught:
        save_version(system, policy, DENY_ALPHA.replace("action: block", "action: blok"))
    [error] = caught.value.detail["errors"]
    assert error["line"] == 4
    assert "“block”" in error["message"]
    assert policy.versions.count() == 1


def test_versions_and_deployments_are_never_edited(policy, save):
    version = save(DENY_ALPHA)
    version.text = DENY_BETA
    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        policy.live_deployment.save()


def test_publishing_moves_the_pointer_and_says_what_it_replaced(policy, save, system, workspace):
    before = policy.live_deployment
    deployment = publish(system, policy, save(DENY_ALPHA), reason="because", expected=before.pk)
    assert (deployment.kind, deployment.replaces, deployment.reason) == ("publish", before, "because")
    version_id, compiled = selectors.live_policy(workspace.pk)
    assert version_id == deployment.version_id
    assert compiled.inspect("alpha", "input").message == "Not alpha."
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.before, entry.after["version"]) == ("policy.publish", {"version": 1}, 2)


def test_publishing_what_moved_meanwhile_is_refused(policy, save, system):
    first, second = save(DENY_ALPHA), save(DENY_BETA)
    seen = policy.live_deployment_id
    publish(system, policy, first, expected=seen)
    with pytest.raises(Moved) as caught:
        publish(system, policy, second, expected=seen)
    assert "v2" in caught.value.message
    assert Policy.objects.get(pk=policy.pk).live_deployment.version == first


def test_a_version_whose_tests_fail_is_saved_but_not_published(policy, save, system):
    version = save(FAILING)
    with pytest.raises(TestsFail) as caught:
        publish(system, policy, version)
    [error] = caught.value.detail["errors"]
    assert (error["line"], error["path"]) == (4, "/rules/0/tests/should_match/0")
    assert Policy.objects.get(pk=policy.pk).live_deployment == policy.live_deployment


def test_rolling_back_goes_to_what_served_before(policy, save, system):
    publish(system, policy, save(DENY_ALPHA))
    publish(system, policy, save(DENY_BETA))
    deployment = rollback(system, policy, reason="too strict")
    assert (deployment.kind, deployment.version.number) == ("rollback", 2)
    assert rollback(system, policy, to=1).version.number == 1


def test_rolling_back_needs_something_that_served(policy, save, system):
    with pytest.raises(NeverServed, match="first version"):
        rollback(system, policy)
    save(DENY_ALPHA)
    with pytest.raises(NeverServed, match="Roll back to one of: 1"):
        rollback(system, policy, to=2)
    with pytest.raises(NeverServed, match="never served"):
        rollback(system, create_policy(system, "Other"))


def test_whoever_may_not_operate_changes_nothing(policy, save, workspace):
    version = save(DENY_ALPHA)
    author = Actor(workspace, ROLE_SCOPES[Role.AUTHOR], "author")
    for attempt in (
        lambda: save_version(author, policy, DENY_BETA),
        lambda: publish(author, policy, version),
        lambda: rollback(author, policy),
        lambda: create_policy(author, "Other"),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_slugs_are_made_checked_and_taken_once(system):
    assert create_policy(system, "My Policy").slug == "my-policy"
    with pytest.raises(SlugTaken):
        create_policy(system, "My policy")
    with pytest.raises(Invalid):
        create_policy(system, "x", "Not a slug")


def test_what_belongs_to_another_workspace_is_not_found(policy, workspace):
    other = Workspace.objects.create(slug="other", name="Other")
    with pytest.raises(NotFound):
        selectors.policy(other, "default")
    assert selectors.live_version_id(other.pk) is None
    assert selectors.live_policy(other.pk) is None
    assert selectors.version_to_try(workspace, "default@1") == policy.live_deployment.version_id


def test_the_pointer_costs_one_query_and_the_policy_none_once_compiled(policy, workspace, django_assert_num_queries):
    selectors.live_policy(workspace.pk)
    with django_assert_num_queries(1):
        selectors.live_policy(workspace.pk)
