"""The contract's shapes of an invocation, for the schema and the list views."""

from __future__ import annotations

from rest_framework import serializers

from invocations.models import Invocation, Status
from invocations.representation import represent


class ErrorDetailSerializer(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    detail = serializers.DictField()


class UsageSerializer(serializers.Serializer):
    fuel = serializers.IntegerField(help_text="Instructions; without WebAssembly, processor time in the same measure.")
    cpu_ms = serializers.FloatField(help_text="Processor time.")
    memory_bytes = serializers.IntegerField(help_text="The most memory it had, the interpreter's own included.")
    tokens = serializers.IntegerField(help_text="Of models, as the agent told them.")
    host_call_ms = serializers.FloatField(
        allow_null=True, help_text="Time spent waiting for capabilities; null where it was not measured yet."
    )
    bytes_in = serializers.IntegerField(allow_null=True, help_text="What capabilities answered, as JSON.")
    bytes_out = serializers.IntegerField(allow_null=True, help_text="What capabilities were sent, as JSON.")


class TimingSerializer(serializers.Serializer):
    queued_ms = serializers.FloatField(allow_null=True)
    sandbox_ms = serializers.FloatField(allow_null=True)
    total_ms = serializers.FloatField(allow_null=True)


class InvocationSerializer(serializers.Serializer):
    """The declared fields are for the schema; what is sent is `represent`, the same as in replies and streams."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(Status.choices)
    success = serializers.BooleanField()
    data = serializers.JSONField(allow_null=True)  # type: ignore[assignment]  # the contract's name
    error = ErrorDetailSerializer(allow_null=True)
    trace_id = serializers.CharField()
    agent = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    skill = serializers.CharField(allow_null=True)
    route = serializers.DictField(allow_null=True)
    verdicts = serializers.ListField(child=serializers.DictField())
    usage = UsageSerializer(allow_null=True)
    timing = TimingSerializer()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Invocation) -> dict:
        return represent(instance)


class InvocationErrorSerializer(serializers.Serializer):
    error = ErrorDetailSerializer()
    invocation = InvocationSerializer(required=False)
    request_id = serializers.CharField(required=False)


class InvokeSerializer(serializers.Serializer):
    agent = serializers.CharField(required=False, help_text="Slug; without it the text is routed by meaning.")
    skill = serializers.CharField(required=False)
    version = serializers.IntegerField(required=False, help_text="A ready version; needs the scope “test”.")
    text = serializers.CharField(required=False)
    payload = serializers.DictField(required=False, help_text="Checked against the skill's input schema.")
    session = serializers.CharField(required=False, max_length=200)
    wait = serializers.FloatField(required=False, default=30, help_text="Seconds; then 202 and the id.")


class CancelSerializer(serializers.Serializer):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)


class ReplaySerializer(serializers.Serializer):
    version = serializers.IntegerField(required=False, min_value=1, help_text="Default: what is live now.")
    wait = serializers.FloatField(required=False, default=30, min_value=0, max_value=300)
