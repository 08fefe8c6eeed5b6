"""Agents and what belongs to them. Versions, settings revisions and deployments are immutable: rows are only added."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace

SLUG = RegexValidator(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", _("Lower-case letters, digits and hyphens, at most 63."))


class Immutable(models.Model):
    """A row that is written once. Saving it again raises, so that no code path can edit history by mistake.

    What records progress rather than content (a version's state) is moved by `update()` in the one action that owns it.
    """

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} rows are immutable; add a new one instead")
        super().save(*args, **kwargs)


class Agent(models.Model):
    """A named unit of work with at most one live deployment. `slug` stays taken after archiving."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="agents")
    slug = models.CharField(_("slug"), max_length=63, validators=[SLUG])
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True)
    live_deployment = models.ForeignKey(
        "Deployment", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    current_settings = models.ForeignKey(
        "AgentSettings", null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="one_slug_a_workspace")]

    def __str__(self) -> str:
        return self.slug


class AgentSettings(Immutable):
    """One revision of an agent's limits, isolation, rate and config; deployments name the one they serve with."""

    class Isolation(models.TextChoices):
        WASM = "wasm", _("WebAssembly")
        NAMESPACE = "namespace", _("process in namespaces of its own")
        PROCESS = "process", _("plain process")

    class Lifetime(models.TextChoices):
        FRESH = "fresh", _("a fresh sandbox for each request")
        REUSE = "reuse", _("sandboxes are used again")

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="settings_revisions")
    number = models.PositiveIntegerField()
    limits = models.JSONField(_("limits"), default=dict)  # overrides of sandbox.Limits, by its field names
    config = models.JSONField(_("config"), default=dict)  # what the guest reads as context.config
    isolation = models.CharField(_("isolation"), max_length=10, choices=Isolation.choices, default=Isolation.WASM)
    lifetime = models.CharField(_("lifetime"), max_length=5, choices=Lifetime.choices, default=Lifetime.FRESH)
    max_concurrent = models.PositiveIntegerField(_("runs at once"), null=True, blank=True)  # None: no cap
    rate_per_second = models.FloatField(_("requests per second"), null=True, blank=True)
    burst = models.PositiveIntegerField(_("burst"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("settings revision")
        verbose_name_plural = _("settings revisions")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["agent", "number"], name="one_settings_number")]

    def __str__(self) -> str:
        return f"r{self.number}"


class Version(Immutable):
    """An immutable, content-hashed set of source files, numbered from 1 within its agent."""

    class State(models.TextChoices):
        CHECKING = "checking", _("checking")
        READY = "ready", _("ready")
        REJECTED = "rejected", _("rejected")

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    checksum = models.CharField(_("checksum"), max_length=64)
    files = models.JSONField(_("files"))  # {path: text}
    manifest = models.JSONField(_("manifest"))
    # What requirements.txt came to: [{"name", "version", "filename", "sha256", "requested"}]; contents are in Wheel.
    packages = models.JSONField(_("packages"), default=list)
    message = models.CharField(_("message"), max_length=500, blank=True)
    author = models.CharField(_("author"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CHECKING)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["agent", "number"], name="one_version_number"),
            models.UniqueConstraint(fields=["agent", "checksum"], name="one_version_a_content"),
        ]

    def __str__(self) -> str:
        return f"{self.agent.slug} v{self.number}"


class Wheel(Immutable):
    """A package as it was downloaded, kept so that a version stays the same for ever. Versions name it by hash."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    filename = models.CharField(max_length=255)
    content = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("wheel")
        verbose_name_plural = _("wheels")
        ordering = ["filename"]

    def __str__(self) -> str:
        return self.filename


class Check(models.Model):
    """The result of one gate of one version. Written by `agents.actions.check_version` alone."""

    class Status(models.TextChoices):
        PASSED = "passed", _("passed")
        WARNING = "warning", _("warning")
        FAILED = "failed", _("failed")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="checks")
    name = models.CharField(_("check"), max_length=40)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    message = models.TextField(_("message"), blank=True)
    detail = models.JSONField(default=dict)
    duration_ms = models.FloatField(_("duration (ms)"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="one_result_a_check")]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"


class Deployment(Immutable):
    """Which version serves from now on, with which settings, who said so and what it replaced. Append-only."""

    class Kind(models.TextChoices):
        PUBLISH = "publish", _("publish")
        CANARY = "canary", _("canary")
        ROLLBACK = "rollback", _("rollback")

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="deployments")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="deployments")
    canary_version = models.ForeignKey(
        Version, null=True, blank=True, on_delete=models.PROTECT, related_name="canary_deployments"
    )
    canary_percent = models.PositiveSmallIntegerField(_("canary share (%)"), null=True, blank=True)
    settings = models.ForeignKey(AgentSettings, on_delete=models.PROTECT, related_name="deployments")
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    override = models.BooleanField(_("published against a check"), default=False)
    reason = models.TextField(_("reason"), blank=True)
    actor_user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    actor = models.CharField(_("actor"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.agent.slug} #{self.pk}"


class Secret(models.Model):
    """A value that the host puts into requests to one host, encrypted at rest. Agents use it where a grant names it.

    The host is part of the secret: whoever edits grants cannot send it anywhere else.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(_("name"), max_length=64)
    host = models.CharField(_("host"), max_length=255)  # host or host:port, as in a grant
    header = models.CharField(_("header"), max_length=100, default="Authorization")
    prefix = models.CharField(_("before the value"), max_length=50, blank=True, default="Bearer ")
    ciphertext = models.TextField()
    actor = models.CharField(_("set by"), max_length=200)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    set_at = models.DateTimeField(_("value set"))
    used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_secret_a_name")]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """An operator's permission for an agent to use a capability. It ends by `revoked_at`, at once."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="grants")
    capability = models.CharField(_("capability"), max_length=32)
    params = models.JSONField(_("terms"), default=dict)
    actor = models.CharField(_("granted by"), max_length=200)
    created_at = models.DateTimeField(_("granted"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "capability"], condition=models.Q(revoked_at=None), name="one_live_grant"
            )
        ]

    def __str__(self) -> str:
        return f"{self.capability} for {self.agent.slug}"
