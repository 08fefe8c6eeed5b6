"""Publish and roll back: every change of what inspects is one new deployment and one moved pointer.

One transaction locks the policy, compares what the caller thought was live, inserts the deployment, moves the pointer
and writes the audit row. Whoever reads sees all of it or nothing.
"""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.actor import Actor
from accounts.scopes import Scope
from agents.actions.deploy import ANY
from guardrails.engine import PolicyError, compile_policy
from guardrails.errors import BadPolicy, Moved, NeverServed, TestsFail
from guardrails.models import Policy, PolicyDeployment, PolicyVersion
from guardrails.signals import policy_deployed


def publish(
    actor: Actor, policy: Policy, version: PolicyVersion, *, reason: str = "", expected: object = ANY
) -> PolicyDeployment:
    """Inspect by `version` from the next request on.

    `expected` is the id of the deployment the caller saw as live (None: nothing was); another one raises `Moved`.
    A test inside a rule that does not hold raises `TestsFail`, with its line.
    """
    actor.require(Scope.OPERATE)
    try:
        failed = compile_policy(version.text).failed_tests()
    except PolicyError as error:  # stored under an older format of the document
        raise BadPolicy(error.errors) from error
    if failed:
        raise TestsFail(failed)
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=policy.pk)
        live = _expect(policy, expected)
        return _deploy(actor, policy, PolicyDeployment.Kind.PUBLISH, version, live, reason)


def rollback(
    actor: Actor, policy: Policy, *, to: int | None = None, reason: str = "", expected: object = ANY
) -> PolicyDeployment:
    """Inspect by a version that served before: number `to`, or whatever served before the live one.

    It runs no tests, so that it works whatever has changed since.
    """
    actor.require(Scope.OPERATE)
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=policy.pk)
        live = _expect(policy, expected)
        target = _served_before(policy, live) if to is None else _that_served(policy, to)
        return _deploy(actor, policy, PolicyDeployment.Kind.ROLLBACK, target, live, reason)


def _expect(policy: Policy, expected: object) -> PolicyDeployment | None:
    live = policy.live_deployment
    if expected is not ANY and policy.live_deployment_id != expected:
        now = f"v{live.version.number} by {live.actor}" if live else "nothing"
        raise Moved(
            f"Somebody published in between: {now} is live now (deployment {policy.live_deployment_id}). "
            "Look at what changed and try again.",
            live=policy.live_deployment_id,
            expected=expected,
        )
    return live


def _served_before(policy: Policy, live: PolicyDeployment | None) -> PolicyVersion:
    """The version of the newest deployment whose version differs from the live one."""
    if live is None:
        raise NeverServed(f"{policy.slug} has never served, so there is nothing to roll back to.")
    before = policy.deployments.filter(pk__lt=live.pk).exclude(version=live.version).order_by("-pk").first()
    if before is None:
        raise NeverServed(f"{live.version} is the first version that ever served; there is nothing before it.")
    return before.version


def _that_served(policy: Policy, number: int) -> PolicyVersion:
    version = policy.versions.filter(number=number, deployments__isnull=False).first()
    if version is None:
        served = sorted(set(policy.deployments.values_list("version__number", flat=True)))
        choice = f"Roll back to one of: {', '.join(map(str, served))}." if served else "Nothing of it has."
        raise NeverServed(f"Version {number} of {policy.slug} never served. {choice}", version=number, known=served)
    return version


def _deploy(
    actor: Actor, policy: Policy, kind: str, version: PolicyVersion, live: PolicyDeployment | None, reason: str
) -> PolicyDeployment:
    deployment = PolicyDeployment.objects.create(
        policy=policy,
        kind=kind,
        version=version,
        replaces=live,
        reason=reason,
        actor_user=actor.user,
        actor=actor.label,
    )
    policy.live_deployment = deployment
    policy.save(update_fields=["live_deployment"])
    audit.record(
        actor,
        f"policy.{kind}",
        policy,
        label=str(version),
        before={"version": live.version.number} if live else None,
        after={"version": version.number, "deployment": deployment.pk},
        reason=reason,
    )
    transaction.on_commit(lambda: policy_deployed.send(sender=PolicyDeployment, deployment=deployment))
    return deployment
