"""Create a policy; see to it that the default one exists."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts import actor as actors
from accounts import audit
from accounts.actor import Actor
from accounts.models import Workspace
from accounts.scopes import Scope
from agents.models import SLUG
from guardrails.engine import DEFAULT_POLICY
from guardrails.errors import Invalid, SlugTaken
from guardrails.models import Policy
from guardrails.selectors import DEFAULT_SLUG

from .deploy import publish
from .save_version import save_version


def create_policy(actor: Actor, name: str, slug: str = "") -> Policy:
    """Create a policy without a document. Without `slug` one is made from the name.

    Raises `SlugTaken`, and `Invalid` for a slug that is not well formed.
    """
    actor.require(Scope.OPERATE)
    slug = slug or slugify(name)
    try:
        SLUG(slug)
    except ValidationError as error:
        raise Invalid(f"“{slug}” cannot be a slug. {error.messages[0]}", field="slug") from error
    try:
        with transaction.atomic():
            policy = Policy.objects.create(workspace=actor.workspace, slug=slug, name=name)
            audit.record(actor, "policy.create", policy)
    except IntegrityError as error:
        raise SlugTaken(f"The slug “{slug}” is taken. Choose another.", slug=slug) from error
    return policy


def ensure_default_policy(workspace: Workspace) -> Policy:
    """The workspace's default policy, made and published from the starting document where there is none.

    Safe to call at every start: what exists is left as it is.
    """
    policy = Policy.objects.filter(workspace=workspace, slug=DEFAULT_SLUG).first()
    if policy is not None and policy.live_deployment_id is not None:
        return policy
    actor = actors.system(workspace, label="set-up")
    try:
        policy = policy or create_policy(actor, "Default", DEFAULT_SLUG)
    except SlugTaken:  # another process was quicker
        policy = Policy.objects.get(workspace=workspace, slug=DEFAULT_SLUG)
    version, _ = save_version(actor, policy, DEFAULT_POLICY, "The starting policy")
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=policy.pk)
        if policy.live_deployment_id is None:
            publish(actor, policy, version, reason="The starting policy")
    return Policy.objects.get(pk=policy.pk)
