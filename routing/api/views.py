"""The HTTP contract of routing. Views parse and answer; the service and the actions decide."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor, for_request
from accounts.api.parsing import validated
from accounts.scopes import Scope
from routing import selectors
from routing.actions.update_settings import update_settings

from . import serializers as s

ERROR = OpenApiResponse(description="The one error body; `error.code` says which.")


def actor_of(request: Request) -> Actor:
    """The actor, who is there: the permission class has let them in."""
    actor = for_request(request)
    assert actor is not None
    return actor


class RouteView(GenericAPIView):
    scopes = {"POST": Scope.READ}
    serializer_class = s.RouteRequestSerializer

    @extend_schema(responses={200: s.DecisionSerializer, 404: ERROR, 503: ERROR})
    def post(self, request):
        """Decide where a text would go, and why, without sending it there."""
        asked = validated(request, s.RouteRequestSerializer)
        decision = selectors.try_text(actor_of(request).workspace, asked["text"], asked.get("agent"))
        return Response(decision.to_dict())


class RoutingSettingsView(GenericAPIView):
    scopes = {"PATCH": Scope.OPERATE}
    serializer_class = s.RoutingSettingsSerializer

    def get(self, request):
        """Default agent, threshold and margin of the workspace."""
        return Response(s.RoutingSettingsSerializer(selectors.settings_of(actor_of(request).workspace)).data)

    @extend_schema(
        request=s.RoutingSettingsUpdateSerializer,
        responses={200: s.RoutingSettingsSerializer, 404: ERROR, 422: ERROR},
    )
    def patch(self, request):
        """Change what is given; it holds from the next request on."""
        row = update_settings(actor_of(request), **validated(request, s.RoutingSettingsUpdateSerializer))
        return Response(s.RoutingSettingsSerializer(row).data)
