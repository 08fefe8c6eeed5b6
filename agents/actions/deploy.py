"""Publish, canary, roll back: every change of what serves is one new deployment and one moved pointer.

One transaction locks the agent, compares what the caller thought was live, inserts the deployment, moves the pointer,
raises the workspace's routing generation and writes the audit row. Whoever reads sees all of it or nothing.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.actor import Actor
from accounts.models import Workspace
from accounts.scopes import Scope
from agents import requirements
from agents.errors import AgentsError, Archived, Moved, NotReady
from agents.models import Agent, AgentSettings, Check, Deployment, Version
from agents.signals import deployment_changed

ANY = object()  # `expected=ANY`: whatever is live may be replaced


def publish(
    actor: Actor,
    agent: Agent,
    version: Version,
    *,
    percent: int = 100,
    reason: str = "",
    expected: object = ANY,
    override: bool = False,
) -> Deployment:
    """Make `version` serve all requests, or `percent` of them beside the live version (a canary).

    `expected` is the id of the deployment the caller saw as live (None: nothing was); another one raises `Moved`.
    A version whose checks are not green raises `NotReady`, unless `override` is set and a reason given.
    """
    actor.require(Scope.OPERATE)
    _require_ready(version, override, reason)
    if not 0 <= percent <= 100:
        raise AgentsError("percent must be between 0 and 100.", field="percent")
    with transaction.atomic():
        agent = _lock(agent)
        assert agent.current_settings is not None
        unfit = requirements.unfit(version, agent.current_settings.isolation)
        if unfit:
            raise NotReady(unfit, version=version.number)
        live = _expect(agent, expected)
        if percent == 100:
            kind, stable, canary = Deployment.Kind.PUBLISH, version, None
        elif live is None:
            raise AgentsError(
                "Nothing is live yet, so there is nothing to share requests with. Publish with percent 100."
            )
        else:
            kind, stable, canary = Deployment.Kind.CANARY, live.version, version
        return _deploy(
            actor, agent, kind, stable, canary=canary, percent=percent, reason=reason, override=override, live=live
        )


def rollback(
    actor: Actor, agent: Agent, *, to: int | None = None, reason: str = "", expected: object = ANY
) -> Deployment:
    """Make a version that served before serve again: number `to`, or whatever served before the live one.

    It looks at no check and no routing data, so that it works when the newer version broke them.
    """
    actor.require(Scope.OPERATE)
    with transaction.atomic():
        agent = _lock(agent)
        live = _expect(agent, expected)
        target = _served_before(agent, live) if to is None else _that_served(agent, to)
        settings = _settings_for(agent, target)
        return _deploy(actor, agent, Deployment.Kind.ROLLBACK, target, reason=reason, live=live, settings=settings)


def redeploy_settings(actor: Actor, agent: Agent, settings: AgentSettings, reason: str) -> Deployment | None:
    """Serve what is live with another settings revision (called by `update_settings`, in its transaction).

    A version whose packages do not fit another isolation goes on with the settings it has: the new ones serve with the
    next version.
    """
    live = agent.live_deployment
    if live is None:
        return None
    if any(requirements.unfit(v, settings.isolation) for v in (live.version, live.canary_version) if v):
        return None
    kind = Deployment.Kind.CANARY if live.canary_version_id else Deployment.Kind.PUBLISH
    return _deploy(
        actor, agent, kind, live.version, canary=live.canary_version, percent=live.canary_percent,
        reason=reason, live=live, settings=settings,
    )  # fmt: skip


def _lock(agent: Agent) -> Agent:
    locked = Agent.objects.select_for_update().get(pk=agent.pk)
    if locked.archived_at is not None:
        raise Archived(f"{agent.slug} is archived and serves nothing any more.")
    return locked


def _expect(agent: Agent, expected: object) -> Deployment | None:
    if expected is not ANY and agent.live_deployment_id != expected:
        live = agent.live_deployment
        now = f"v{live.version.number} by {live.actor}" if live else "nothing"
        raise Moved(
            f"Somebody published in between: {now} is live now (deployment {agent.live_deployment_id}). "
            "Look at what changed and try again.",
            live=agent.live_deployment_id,
            expected=expected,
        )
    return agent.live_deployment


def _require_ready(version: Version, override: bool, reason: str) -> None:
    if version.state == Version.State.READY:
        return
    if override and reason.strip():
        return
    failed = list(version.checks.filter(status=Check.Status.FAILED).values_list("name", flat=True))
    what = f"failed: {', '.join(failed)}" if failed else "are not done yet"
    raise NotReady(
        f"{version} cannot go live: its checks {what}. Mend it and upload again"
        + (", or give a reason to override." if failed and not reason.strip() else "."),
        checks=failed,
        state=version.state,
    )


def _served_before(agent: Agent, live: Deployment | None) -> Version:
    """The version of the newest deployment whose version differs from the live one."""
    if live is None:
        raise NotReady(f"{agent.slug} has never served, so there is nothing to roll back to.")
    if live.canary_version_id is not None:
        return live.version  # taking a canary back leaves the version it was tried against
    deployment: Deployment | None = live.replaces
    while deployment is not None and deployment.version_id == live.version_id:
        deployment = deployment.replaces
    if deployment is None:
        raise NotReady(f"{live.version} is the first version that ever served; there is nothing before it.")
    return deployment.version


def _that_served(agent: Agent, number: int) -> Version:
    version = Version.objects.filter(agent=agent, number=number, deployments__isnull=False).first()
    if version is None:
        served = sorted(set(agent.deployments.values_list("version__number", flat=True)))
        raise NotReady(
            f"Version {number} of {agent.slug} never served. Roll back to one of: {', '.join(map(str, served))}.",
            version=number,
            known=served,
        )
    return version


def _settings_for(agent: Agent, version: Version) -> AgentSettings | None:
    """Of a version that served before: the current settings or, where its packages do not fit them, those it had."""
    assert agent.current_settings is not None
    if requirements.unfit(version, agent.current_settings.isolation) is None:
        return agent.current_settings
    last = version.deployments.order_by("-id").first() or version.canary_deployments.order_by("-id").first()
    return last.settings if last else None


def _deploy(
    actor: Actor,
    agent: Agent,
    kind: str,
    version: Version,
    *,
    live: Deployment | None,
    canary: Version | None = None,
    percent: int | None = None,
    reason: str = "",
    override: bool = False,
    settings: AgentSettings | None = None,
) -> Deployment:
    settings = settings or agent.current_settings
    assert settings is not None, "every agent is created with its first settings revision"
    deployment = Deployment.objects.create(
        agent=agent,
        kind=kind,
        version=version,
        canary_version=canary,
        canary_percent=percent if canary else None,
        settings=settings,
        replaces=live,
        override=override,
        reason=reason,
        actor_user=actor.user,
        actor=actor.label,
    )
    agent.live_deployment = deployment
    agent.save(update_fields=["live_deployment"])
    Workspace.objects.filter(pk=agent.workspace_id).update(routing_generation=F("routing_generation") + 1)
    audit.record(
        actor,
        f"deployment.{kind}",
        agent,
        label=str(canary or version),
        before={"version": live.version.number} if live else None,
        after={"version": version.number, "deployment": deployment.pk, "percent": percent if canary else 100},
        reason=reason,
    )
    transaction.on_commit(lambda: deployment_changed.send(sender=Deployment, deployment=deployment))
    return deployment
