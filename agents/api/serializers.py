"""What the API says of agents, versions and deployments, and what it accepts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agents.models import Agent, AgentSettings, Check, Deployment, Grant, Version


class CanarySerializer(serializers.Serializer):
    version = serializers.IntegerField()
    percent = serializers.IntegerField()


class DeploymentSerializer(serializers.ModelSerializer):
    version = serializers.IntegerField(source="version.number")
    canary = serializers.SerializerMethodField()
    settings = serializers.IntegerField(source="settings.number")
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)

    class Meta:
        model = Deployment
        fields = [
            "id",
            "kind",
            "version",
            "canary",
            "settings",
            "replaces",
            "override",
            "reason",
            "actor",
            "created_at",
        ]

    @extend_schema_field(CanarySerializer(allow_null=True))
    def get_canary(self, deployment: Deployment) -> dict[str, Any] | None:
        if deployment.canary_version is None:
            return None
        return {"version": deployment.canary_version.number, "percent": deployment.canary_percent}


class AgentSerializer(serializers.ModelSerializer):
    live = DeploymentSerializer(source="live_deployment", read_only=True, allow_null=True)
    archived = serializers.SerializerMethodField()

    class Meta:
        model = Agent
        fields = ["slug", "name", "description", "live", "archived", "created_at"]

    def get_archived(self, agent: Agent) -> bool:
        return agent.archived_at is not None


class AgentCreateSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    slug = serializers.CharField(max_length=63, required=False, allow_blank=True, default="")
    description = serializers.CharField(required=False, allow_blank=True, default="", max_length=5_000)


class AgentUpdateSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=5_000)


class CheckSerializer(serializers.ModelSerializer):
    class Meta:
        model = Check
        fields = ["name", "status", "message", "detail", "duration_ms"]


class ChoiceField(serializers.ChoiceField):
    """One that says what there is to choose from."""

    def __init__(self, choices: list[str], **kwargs: Any) -> None:
        there = ", ".join(choices)
        super().__init__(
            choices, error_messages={"invalid_choice": f"There is no “{{input}}”; there are: {there}."}, **kwargs
        )


class PackageSerializer(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.CharField()
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes of the wheel.")
    requested = serializers.BooleanField(help_text="Named in requirements.txt; else needed by one that is.")
    target = serializers.CharField(help_text="The Python it was resolved for.")


class VersionSerializer(serializers.ModelSerializer):
    agent = serializers.CharField(source="agent.slug")
    checks = CheckSerializer(many=True)
    packages = PackageSerializer(many=True)

    class Meta:
        model = Version
        fields = [
            "agent",
            "number",
            "checksum",
            "state",
            "message",
            "author",
            "manifest",
            "packages",
            "checks",
            "created_at",
        ]


class VersionDetailSerializer(VersionSerializer):
    files = serializers.DictField(child=serializers.CharField())

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "files"]


class SourceField(serializers.CharField):
    """Any text: what is no source is refused with file and line, by the same check as everywhere."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)
        self.validators = []


class VersionUploadSerializer(serializers.Serializer):
    files = serializers.DictField(
        child=SourceField(),
        allow_empty=False,
        help_text='Paths and their text: {"agent.py": "…"}; 1 MB in all. requirements.txt names packages.',
    )
    message = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class FileDiffSerializer(serializers.Serializer):
    path = serializers.CharField()
    status = serializers.ChoiceField(["added", "removed", "changed"])
    unified = serializers.CharField()


class PackageDiffSerializer(serializers.Serializer):
    name = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text="The version it had; null when it was not there.")
    after = serializers.CharField(allow_null=True)


class VersionDiffSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    against = serializers.IntegerField()
    files = FileDiffSerializer(many=True)
    packages = PackageDiffSerializer(many=True)
    manifest = serializers.CharField(help_text="Unified diff of the two manifests as JSON; empty when equal.")


class DeploySerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=1)
    percent = serializers.IntegerField(min_value=0, max_value=100, default=100)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)
    expected = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Id of the deployment you saw as live (null: none); 409 when it moved.",
    )
    override = serializers.BooleanField(default=False)


class RollbackSerializer(serializers.Serializer):
    to = serializers.IntegerField(required=False, min_value=1, help_text="Version; default: what served before.")
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)
    expected = serializers.IntegerField(required=False, allow_null=True)


class SettingsSerializer(serializers.ModelSerializer):
    """A whole revision: what is left out has its default, not its former value."""

    isolation = ChoiceField(AgentSettings.Isolation.values, default=AgentSettings.Isolation.WASM)
    lifetime = ChoiceField(AgentSettings.Lifetime.values, default=AgentSettings.Lifetime.FRESH)
    expected = serializers.IntegerField(
        required=False, write_only=True, help_text="Number of the revision you saw as current; 409 when it moved."
    )

    class Meta:
        model = AgentSettings
        fields = [
            "number",
            "limits",
            "config",
            "isolation",
            "lifetime",
            "max_concurrent",
            "rate_per_second",
            "burst",
            "created_at",
            "expected",
        ]
        read_only_fields = ["number", "created_at"]


class GrantSerializer(serializers.ModelSerializer):
    params = serializers.DictField(required=False, default=dict)

    class Meta:
        model = Grant
        fields = ["capability", "params", "actor", "created_at"]
        read_only_fields = ["actor", "created_at"]
