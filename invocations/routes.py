"""Which agent, version and skill serve a request: named by the caller, or found by meaning."""

from __future__ import annotations

from accounts.actor import Actor
from accounts.scopes import Scope
from agents import selectors as agents
from agents.errors import Archived, NotFound, NotReady
from agents.models import Version
from routing import service as routing

from . import pins
from .draft import Ask, Draft
from .errors import Malformed, NotLive, RouterUnavailable
from .pins import PinnedVersion
from .snapshot import agent_pointer


def resolve(actor: Actor, ask: Ask, draft: Draft) -> None:
    """Fill in version, settings and skill of the draft, and check the payload; or refuse it with `no_route`."""
    with draft.trace.span("route", "route", draft.span_id) as span:
        if ask.agent is not None:
            _pin_named(actor, ask, draft)
        else:
            _route(actor, draft)
            if draft.error is None and draft.route is not None:
                _pin_live(actor, draft.route["chosen"]["agent"], ask, draft)
        if draft.error is None and draft.version is not None:
            _choose_skill(actor, ask, draft, draft.version)
        span.attributes.update(_summary(draft))
    if draft.error is None and draft.version is not None:
        pins.check_payload(draft.version, draft.skill, draft.payload)
        draft.trace.event("routed", _summary(draft), span.span_id)


def _pin_named(actor: Actor, ask: Ask, draft: Draft) -> None:
    assert ask.agent is not None
    if ask.version is None:
        _pin_live(actor, ask.agent, ask, draft)
        return
    actor.require(Scope.TEST)
    agent = agents.agent(actor.workspace, ask.agent)
    version = agents.version(agent, ask.version)
    if version.state != Version.State.READY:
        raise NotReady(f"{version} is {version.get_state_display()}; only a ready version can be run.")
    draft.version = pins.version(version.pk)
    draft.settings = pins.settings(agent.current_settings_id)


def _pin_live(actor: Actor, slug: str, ask: Ask, draft: Draft) -> None:
    pointer = draft.snapshot.agent if slug == ask.agent else agent_pointer(actor.workspace.pk, slug)
    if pointer is None:
        known = list(agents.agents(actor.workspace).values_list("slug", flat=True)[:20])
        existing = f"Existing agents: {', '.join(known)}." if known else "There are none yet."
        raise NotFound(f"There is no agent “{slug}”. {existing}", agent=slug, known=known)
    if pointer.archived:
        raise Archived(f"{slug} is archived and takes no requests.")
    if pointer.deployment_id is None:
        raise NotLive(f"{slug} has no live version yet. Publish one, or name a version to test it.", agent=slug)
    deployment = pins.deployment(pointer.deployment_id)
    draft.deployment_id, draft.settings = deployment.id, deployment.settings
    draft.version, draft.canary = deployment.choose(ask.session, str(draft.id))


def _route(actor: Actor, draft: Draft) -> None:
    """Find the agent by meaning; the whole decision is kept with the invocation."""
    try:
        decision = routing.decide(
            actor.workspace.pk, draft.snapshot.generation, draft.text or "", has_payload=draft.payload is not None
        )
    except routing.Unavailable as error:
        raise RouterUnavailable(f"{error} A request that names its agent and skill is served all the same.") from error
    draft.route = decision.to_dict()
    if decision.chosen is None:
        draft.refuse("no_route", decision.reason)


def _choose_skill(actor: Actor, ask: Ask, draft: Draft, version: PinnedVersion) -> None:
    """Take the named skill, the routed one, the only one, or find it by meaning among the version's skills."""
    names = version.skill_names
    routed = draft.route["chosen"]["skill"] if draft.route and draft.route.get("chosen") else None
    if ask.skill is not None:
        if ask.skill not in names:
            raise NotFound(
                f"{version.agent} v{version.number} has no skill “{ask.skill}”. Its skills: {', '.join(names)}.",
                skill=ask.skill,
                known=names,
            )
        draft.skill = ask.skill
    elif routed in names:
        draft.skill = routed
    elif len(names) == 1:
        draft.skill = names[0]
    elif not draft.text:
        raise Malformed(
            f"{version.agent} has several skills; name one: {', '.join(names)}.", field="skill", known=names
        )
    else:
        try:
            decision = routing.decide_among(
                version.id, version.agent, version.manifest, draft.text, has_payload=draft.payload is not None
            )
        except routing.Unavailable as error:
            raise RouterUnavailable(f"{error} Name a skill: {', '.join(names)}.") from error
        draft.route = decision.to_dict()
        if decision.chosen is None:
            draft.refuse("no_route", decision.reason)
        else:
            draft.skill = decision.chosen["skill"]


def _summary(draft: Draft) -> dict:
    version = draft.version
    route = draft.route or {}
    return {
        "agent": version.agent if version else None,
        "version": version.number if version else None,
        "skill": draft.skill or None,
        "canary": draft.canary,
        "by": route.get("strategy") or "name",
        "reason": route.get("reason") or "The request names the agent.",
    }
