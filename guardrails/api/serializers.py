"""What the API says of policies and verdicts, and what it accepts."""

from __future__ import annotations

from rest_framework import serializers

from guardrails.models import Policy, PolicyDeployment, PolicyVersion

MAX_TEXT = 1_000_000
MAX_DOCUMENT = 512 * 1024


class CheckRequestSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=MAX_TEXT, allow_blank=True, trim_whitespace=False)
    direction = serializers.ChoiceField(["input", "output"], default="input")
    agent = serializers.CharField(
        required=False, allow_null=True, help_text="A slug: rules for this agent take part, too."
    )
    policy = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="A policy's slug (its live version, else its newest), or slug@number. Default: the live policy.",
    )


class VerdictSerializer(serializers.Serializer):
    rule = serializers.CharField()
    layer = serializers.CharField()
    action = serializers.ChoiceField(["allow", "flag", "redact", "block"])
    start = serializers.IntegerField(allow_null=True, help_text="Code points of the text sent.")
    end = serializers.IntegerField(allow_null=True, help_text="Exclusive.")
    type = serializers.CharField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True)
    message = serializers.CharField(allow_null=True)


class InspectionSerializer(serializers.Serializer):
    action = serializers.ChoiceField(["allow", "flag", "redact", "block"])
    text = serializers.CharField(help_text="As it would pass on.")
    verdicts = VerdictSerializer(many=True)
    message = serializers.CharField(allow_null=True, help_text="What the caller would be told when it is blocked.")
    rule = serializers.CharField(allow_null=True, help_text="The first rule that blocks.")


class PolicyDeploymentSerializer(serializers.ModelSerializer):
    version = serializers.IntegerField(source="version.number")
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)

    class Meta:
        model = PolicyDeployment
        fields = ["id", "kind", "version", "replaces", "reason", "actor", "created_at"]


class PolicySerializer(serializers.ModelSerializer):
    live = PolicyDeploymentSerializer(source="live_deployment", read_only=True, allow_null=True)

    class Meta:
        model = Policy
        fields = ["slug", "name", "live", "created_at"]


class PolicyCreateSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    slug = serializers.CharField(max_length=63, required=False, allow_blank=True, default="")


class PolicyVersionSerializer(serializers.ModelSerializer):
    policy = serializers.CharField(source="policy.slug")

    class Meta:
        model = PolicyVersion
        fields = ["policy", "number", "checksum", "message", "author", "created_at"]


class ProblemSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    message = serializers.CharField()
    path = serializers.CharField(help_text="JSON Pointer into the document.")


class PolicyVersionDetailSerializer(PolicyVersionSerializer):
    failed_tests = ProblemSerializer(many=True, help_text="Tests inside rules that do not hold; publishing needs none.")

    class Meta(PolicyVersionSerializer.Meta):
        fields = [*PolicyVersionSerializer.Meta.fields, "text", "failed_tests"]


class PolicySaveSerializer(serializers.Serializer):
    text = serializers.CharField(
        max_length=MAX_DOCUMENT, trim_whitespace=False, allow_blank=True, help_text="The YAML document."
    )
    message = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class PolicyPublishSerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)
    expected = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Id of the deployment you saw as live (null: none); 409 when it moved.",
    )


class PolicyRollbackSerializer(serializers.Serializer):
    to = serializers.IntegerField(required=False, min_value=1, help_text="Version; default: what served before.")
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)
    expected = serializers.IntegerField(required=False, allow_null=True)
