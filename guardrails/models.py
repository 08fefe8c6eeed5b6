"""Policies, their immutable versions, and the deployments that made one live: the same shape as agents."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from agents.models import SLUG, Immutable


class Policy(models.Model):
    """A named document of guardrail rules with at most one live deployment. `default` exists from the start."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="policies")
    slug = models.CharField(_("slug"), max_length=63, validators=[SLUG])
    name = models.CharField(_("name"), max_length=100)
    live_deployment = models.ForeignKey(
        "PolicyDeployment", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="one_policy_slug")]

    def __str__(self) -> str:
        return self.slug


class PolicyVersion(Immutable):
    """One immutable YAML document, numbered from 1 within its policy."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("document"))
    checksum = models.CharField(_("checksum"), max_length=64)
    message = models.CharField(_("message"), max_length=500, blank=True)
    author = models.CharField(_("author"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_policy_version_number"),
            models.UniqueConstraint(fields=["policy", "checksum"], name="one_policy_version_a_content"),
        ]

    def __str__(self) -> str:
        return f"{self.policy.slug} v{self.number}"


class PolicyDeployment(Immutable):
    """Which document inspects from now on, who said so and what it replaced. Append-only."""

    class Kind(models.TextChoices):
        PUBLISH = "publish", _("publish")
        ROLLBACK = "rollback", _("rollback")

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="deployments")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="deployments")
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    reason = models.TextField(_("reason"), blank=True)
    actor_user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    actor = models.CharField(_("actor"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("policy deployment")
        verbose_name_plural = _("policy deployments")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.policy.slug} #{self.pk}"
