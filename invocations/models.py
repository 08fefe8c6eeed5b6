"""The record of every request. The row is the truth: a queue may lose a message and a browser a socket, not this."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, User, Workspace
from agents.models import Agent, Deployment, Version
from guardrails.models import PolicyVersion

from .ids import uuid7


class Status(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    BLOCKED = "blocked", _("blocked")
    CANCELLED = "cancelled", _("cancelled")


OPEN = (Status.QUEUED, Status.RUNNING)


class Invocation(models.Model):
    """One request's whole life. After admission it is changed only by `claim`, `settle` and the lease renewal, each of
    which names the attempt it speaks for and does nothing when that is no longer the current one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("received"))

    # The pin: one snapshot decides everything about how the request is served.
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="invocations")
    version = models.ForeignKey(Version, null=True, on_delete=models.PROTECT, related_name="invocations")
    deployment = models.ForeignKey(Deployment, null=True, on_delete=models.PROTECT, related_name="invocations")
    settings = models.ForeignKey("agents.AgentSettings", null=True, on_delete=models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")
    skill = models.CharField(_("skill"), max_length=200, blank=True)
    canary = models.BooleanField(default=False)

    # What came in, as it passed the input guardrails.
    text = models.TextField(null=True)
    payload = models.JSONField(null=True)
    session = models.CharField(_("session"), max_length=200, blank=True)
    owner = models.CharField(max_length=64)  # Actor.owner
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    replay_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="replays")

    # What became of it.
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    data = models.JSONField(null=True)
    error = models.JSONField(null=True)  # {"code", "message", "detail"}
    error_code = models.CharField(_("error"), max_length=32, blank=True)
    route = models.JSONField(null=True)
    verdicts = models.JSONField(default=list)
    placeholders = models.JSONField(default=dict)  # keyed digests: what [EMAIL_1] stood for keeps its number
    usage = models.JSONField(null=True)
    trace_id = models.CharField(_("trace"), max_length=32)
    root_span_id = models.CharField(max_length=16)
    parent_span_id = models.CharField(max_length=16, blank=True)  # the caller's span, as the caller says
    admission = models.JSONField(default=dict)  # spans and events of admission, in case the live stream is lost

    # Execution.
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    effects = models.BooleanField(default=False)  # the current or an earlier attempt changed something outside
    enqueued_at = models.DateTimeField(null=True)
    reply_to = models.CharField(max_length=40, blank=True)  # the web process that waits
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    queued_ms = models.FloatField(null=True)
    sandbox_ms = models.FloatField(null=True)
    total_ms = models.FloatField(_("duration (ms)"), null=True)

    #: Set by `claim`, no column: the agent has a cap, and what waits for it must be woken when this attempt ends.
    capped = False

    class Meta:
        verbose_name = _("invocation")
        verbose_name_plural = _("invocations")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "-created_at"]),
            models.Index(fields=["agent", "-created_at"]),
            models.Index(fields=["trace_id"]),
            # The sweeper's: only what is under way, however many millions are done.
            models.Index(
                fields=["status", "lease_expires_at"], name="invocation_open", condition=models.Q(status__in=OPEN)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def success(self) -> bool:
        return self.status == Status.SUCCEEDED


class Span(models.Model):
    """A timed step. Written in bulk with the outcome, never changed."""

    invocation = models.ForeignKey(Invocation, on_delete=models.CASCADE, related_name="spans")
    span_id = models.CharField(max_length=16)
    parent_id = models.CharField(max_length=16, blank=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=16)  # request, admit, guardrail, route, queue, sandbox, …
    start_us = models.BigIntegerField(_("start (µs since 1970)"))
    end_us = models.BigIntegerField(_("end (µs since 1970)"))
    status = models.CharField(_("status"), max_length=8, default="ok")
    attempt = models.PositiveSmallIntegerField(default=0)
    attributes = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("span")
        verbose_name_plural = _("spans")
        ordering = ["start_us", "id"]
        indexes = [models.Index(fields=["invocation", "start_us"])]

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """A numbered thing that happened: `seq` runs from 1 without gaps within its invocation."""

    invocation = models.ForeignKey(Invocation, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    at_us = models.BigIntegerField(_("time (µs since 1970)"))
    attempt = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=16)
    span_id = models.CharField(max_length=16, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["invocation", "seq"]
        constraints = [models.UniqueConstraint(fields=["invocation", "seq"], name="one_event_a_seq")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class IdempotencyRecord(models.Model):
    """What an `Idempotency-Key` stood for: unique within workspace and owner, for 24 hours."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    invocation = models.ForeignKey(Invocation, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")
        constraints = [models.UniqueConstraint(fields=["workspace", "owner", "key"], name="one_use_of_a_key")]

    def __str__(self) -> str:
        return self.key
