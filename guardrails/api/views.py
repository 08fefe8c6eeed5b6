"""The HTTP contract of guardrails. Views parse and answer; the engine and the actions decide."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.actor import for_request
from accounts.api.parsing import validated
from accounts.scopes import Scope
from agents import selectors as agents
from agents.actions.deploy import ANY
from guardrails import selectors, service
from guardrails.actions.deploy import publish, rollback
from guardrails.actions.policies import create_policy
from guardrails.actions.save_version import save_version
from guardrails.engine import POLICY_SCHEMA
from guardrails.models import Policy, PolicyDeployment, PolicyVersion

from . import serializers as s

ERROR = OpenApiResponse(description="The one error body; `error.code` says which.")


class GuardrailsView(GenericAPIView):
    """Base: the actor, the policy of the URL within the actor's workspace, parsing, pages."""

    @property
    def actor(self):
        return for_request(self.request)

    def get_policy(self):
        return selectors.policy(self.actor.workspace, self.kwargs["slug"])

    def validated(self, serializer_class):
        return validated(self.request, serializer_class)

    def paginated(self, queryset, serializer_class):
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(serializer_class(page, many=True).data)


class Check(GuardrailsView):
    scopes = {"POST": Scope.READ}
    serializer_class = s.CheckRequestSerializer

    @extend_schema(responses={200: s.InspectionSerializer, 400: ERROR, 404: ERROR})
    def post(self, request):
        """What the live policy, or a named one, says of a text. Nothing is stored and nothing is sent on."""
        asked = self.validated(s.CheckRequestSerializer)
        version_id = selectors.version_to_try(self.actor.workspace, asked.get("policy") or "")
        agent = agents.agent(self.actor.workspace, asked["agent"]).slug if asked.get("agent") else None
        found = service.inspect(version_id, asked["direction"], text=asked["text"], agent=agent)
        return Response(
            {
                "action": found.action,
                "text": found.text,
                "verdicts": found.verdicts,
                "message": found.message or None,
                "rule": found.rule,
            }
        )


class PolicySchema(GuardrailsView):
    serializer_class = s.PolicySerializer

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request):
        """The JSON Schema of a policy document, for editors; its descriptions are the format's reference."""
        return Response(POLICY_SCHEMA)


class PolicyList(GuardrailsView):
    scopes = {"POST": Scope.OPERATE}
    queryset = Policy.objects.none()  # for the schema; what is listed depends on the actor
    serializer_class = s.PolicySerializer

    @extend_schema(responses=s.PolicySerializer(many=True))
    def get(self, request):
        """All policies. Invocations are inspected by the one called `default`; others can be tried by name."""
        return self.paginated(selectors.policies(self.actor.workspace), s.PolicySerializer)

    @extend_schema(request=s.PolicyCreateSerializer, responses={201: s.PolicySerializer, 409: ERROR, 422: ERROR})
    def post(self, request):
        policy = create_policy(self.actor, **self.validated(s.PolicyCreateSerializer))
        return Response(s.PolicySerializer(policy).data, status=status.HTTP_201_CREATED)


class PolicyDetail(GuardrailsView):
    serializer_class = s.PolicySerializer

    def get(self, request, slug):
        return Response(s.PolicySerializer(self.get_policy()).data)


class PolicyVersionList(GuardrailsView):
    scopes = {"POST": Scope.OPERATE}
    queryset = PolicyVersion.objects.none()  # for the schema; what is listed depends on the actor
    serializer_class = s.PolicyVersionSerializer

    @extend_schema(responses=s.PolicyVersionSerializer(many=True))
    def get(self, request, slug):
        """Newest first, without their documents."""
        return self.paginated(selectors.versions(self.get_policy()), s.PolicyVersionSerializer)

    @extend_schema(
        request=s.PolicySaveSerializer,
        responses={201: s.PolicyVersionDetailSerializer, 200: s.PolicyVersionDetailSerializer, 422: ERROR},
    )
    def post(self, request, slug):
        """Save a document. The same one again is 200 and the same version; a mistake is 422 with line and column."""
        version, created = save_version(self.actor, self.get_policy(), **self.validated(s.PolicySaveSerializer))
        return Response(_detail(version), status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)


class PolicyVersionDetail(GuardrailsView):
    serializer_class = s.PolicyVersionDetailSerializer

    def get(self, request, slug, number):
        """One version with its document, and its tests that do not hold."""
        return Response(_detail(selectors.version(self.get_policy(), number)))


class PolicyDeploymentList(GuardrailsView):
    scopes = {"POST": Scope.OPERATE}
    queryset = PolicyDeployment.objects.none()  # for the schema; what is listed depends on the actor
    serializer_class = s.PolicyDeploymentSerializer

    @extend_schema(responses=s.PolicyDeploymentSerializer(many=True))
    def get(self, request, slug):
        return self.paginated(selectors.deployments(self.get_policy()), s.PolicyDeploymentSerializer)

    @extend_schema(
        request=s.PolicyPublishSerializer, responses={201: s.PolicyDeploymentSerializer, 409: ERROR, 422: ERROR}
    )
    def post(self, request, slug):
        """Publish a version; 422 with their lines when tests inside its rules do not hold."""
        policy, data = self.get_policy(), self.validated(s.PolicyPublishSerializer)
        deployment = publish(
            self.actor,
            policy,
            selectors.version(policy, data["version"]),
            reason=data["reason"],
            expected=data.get("expected", ANY),
        )
        return Response(s.PolicyDeploymentSerializer(deployment).data, status=status.HTTP_201_CREATED)


class PolicyRollback(GuardrailsView):
    scopes = {"POST": Scope.OPERATE}
    serializer_class = s.PolicyDeploymentSerializer

    @extend_schema(
        request=s.PolicyRollbackSerializer, responses={201: s.PolicyDeploymentSerializer, 409: ERROR, 422: ERROR}
    )
    def post(self, request, slug):
        data = self.validated(s.PolicyRollbackSerializer)
        deployment = rollback(
            self.actor,
            self.get_policy(),
            to=data.get("to"),
            reason=data["reason"],
            expected=data.get("expected", ANY),
        )
        return Response(s.PolicyDeploymentSerializer(deployment).data, status=status.HTTP_201_CREATED)


def _detail(version: PolicyVersion) -> dict[str, Any]:
    failed = service.compiled(version.pk).failed_tests()
    return {
        **s.PolicyVersionSerializer(version).data,
        "text": version.text,
        "failed_tests": [problem.to_dict() for problem in failed],
    }
