"""What the API says of a routing decision, and what it accepts."""

from rest_framework import serializers

MAX_TEXT = 1_000_000


class RouteRequestSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=MAX_TEXT, allow_blank=True, trim_whitespace=False)
    agent = serializers.CharField(required=False, allow_null=True, help_text="Route among this agent's skills only.")


class ChosenSerializer(serializers.Serializer):
    agent = serializers.CharField()
    skill = serializers.CharField()


class NearestSerializer(serializers.Serializer):
    text = serializers.CharField()
    score = serializers.FloatField()


class CandidateSerializer(serializers.Serializer):
    agent = serializers.CharField()
    skill = serializers.CharField()
    score = serializers.FloatField()
    confidence = serializers.FloatField()
    nearest = NearestSerializer(many=True, help_text="Its examples nearest to the text.")


class DecisionSerializer(serializers.Serializer):
    chosen = ChosenSerializer(allow_null=True)
    fallback = serializers.ChoiceField(["default_agent", "no_route"], allow_null=True)
    reason = serializers.CharField()
    strategy = serializers.CharField()
    threshold = serializers.FloatField()
    margin = serializers.FloatField(help_text="Lead of the first candidate over the second.")
    candidates = CandidateSerializer(many=True)


class RoutingSettingsSerializer(serializers.Serializer):
    default_agent = serializers.CharField(
        source="default_agent.slug", allow_null=True, help_text="Takes what is below the threshold."
    )
    threshold = serializers.FloatField()
    margin = serializers.FloatField(help_text="A smaller lead is called ambiguous.")


class RoutingSettingsUpdateSerializer(serializers.Serializer):
    default_agent = serializers.CharField(required=False, allow_null=True, help_text="A slug, or null for none.")
    threshold = serializers.FloatField(required=False, min_value=0, max_value=1)
    margin = serializers.FloatField(required=False, min_value=0, max_value=1)
