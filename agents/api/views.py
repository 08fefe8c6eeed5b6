"""The HTTP contract of agents, versions and deployments. Views parse and answer; actions decide."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.actor import acting
from accounts.api.parsing import validated
from accounts.scopes import Scope
from agents import diff, selectors
from agents.actions.agents import archive_agent, create_agent, update_agent
from agents.actions.deploy import ANY, publish, rollback
from agents.actions.grants import give_grant, revoke_grant
from agents.actions.settings import update_settings
from agents.actions.upload_version import upload_version
from agents.models import Agent, Deployment, Grant, Version

from . import serializers as s

ERROR = OpenApiResponse(description="The one error body; `error.code` says which.")


class AgentView(GenericAPIView):
    """Base: resolves the agent of the URL within the actor's workspace."""

    @property
    def actor(self):
        return acting(self.request)

    def get_agent(self):
        return selectors.agent(self.actor.workspace, self.kwargs["slug"])

    def validated(self, serializer_class):
        return validated(self.request, serializer_class)

    def paginated(self, queryset, serializer_class):
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(serializer_class(page, many=True).data)


class AgentList(AgentView):
    scopes = {"POST": Scope.AUTHOR}
    queryset = Agent.objects.none()  # for the schema
    serializer_class = s.AgentSerializer

    def get_queryset(self):
        return selectors.agents(self.actor.workspace)

    @extend_schema(responses=s.AgentSerializer(many=True))
    def get(self, request):
        """Agents that are not archived."""
        return self.paginated(self.get_queryset(), s.AgentSerializer)

    @extend_schema(request=s.AgentCreateSerializer, responses={201: s.AgentSerializer, 409: ERROR, 422: ERROR})
    def post(self, request):
        agent = create_agent(self.actor, **self.validated(s.AgentCreateSerializer))
        return Response(s.AgentSerializer(agent).data, status=status.HTTP_201_CREATED)


class AgentDetail(AgentView):
    scopes = {"PATCH": Scope.AUTHOR, "DELETE": Scope.OPERATE}
    serializer_class = s.AgentSerializer

    def get(self, request, slug):
        return Response(s.AgentSerializer(self.get_agent()).data)

    @extend_schema(request=s.AgentUpdateSerializer)
    def patch(self, request, slug):
        agent = update_agent(self.actor, self.get_agent(), **self.validated(s.AgentUpdateSerializer))
        return Response(s.AgentSerializer(agent).data)

    @extend_schema(responses={204: None})
    def delete(self, request, slug):
        """Archive the agent: it serves no more, its history and its slug stay."""
        archive_agent(self.actor, self.get_agent())
        return Response(status=status.HTTP_204_NO_CONTENT)


class VersionList(AgentView):
    scopes = {"POST": Scope.AUTHOR}
    queryset = Version.objects.none()  # for the schema
    serializer_class = s.VersionSerializer

    @extend_schema(responses=s.VersionSerializer(many=True))
    def get(self, request, slug):
        return self.paginated(selectors.versions(self.get_agent()), s.VersionSerializer)

    @extend_schema(
        request=s.VersionUploadSerializer,
        responses={201: s.VersionSerializer, 200: s.VersionSerializer, 422: ERROR},
    )
    def post(self, request, slug):
        """Upload source. 201 with the checks done; the same content again is 200 and the same version."""
        version, created = upload_version(self.actor, self.get_agent(), **self.validated(s.VersionUploadSerializer))
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(s.VersionSerializer(version).data, status=code)


class VersionDetail(AgentView):
    serializer_class = s.VersionDetailSerializer

    def get(self, request, slug, number):
        """One version with its source."""
        return Response(s.VersionDetailSerializer(selectors.version(self.get_agent(), number)).data)


class VersionDiff(AgentView):
    serializer_class = s.VersionDiffSerializer

    @extend_schema(parameters=[OpenApiParameter("against", int, description="Default: the live version.")])
    def get(self, request, slug, number):
        agent = self.get_agent()
        new = selectors.version(agent, number)
        against = request.query_params.get("against", "")
        old: Version | None
        if against.isdecimal():
            old = selectors.version(agent, int(against))
        else:
            live = agent.live_deployment
            old = selectors.version(agent, live.version.number) if live else None
        return Response(diff.between(old, new))


class DeploymentList(AgentView):
    scopes = {"POST": Scope.OPERATE}
    queryset = Deployment.objects.none()  # for the schema
    serializer_class = s.DeploymentSerializer

    @extend_schema(responses=s.DeploymentSerializer(many=True))
    def get(self, request, slug):
        return self.paginated(selectors.deployments(self.get_agent()), s.DeploymentSerializer)

    @extend_schema(request=s.DeploySerializer, responses={201: s.DeploymentSerializer, 409: ERROR, 422: ERROR})
    def post(self, request, slug):
        """Publish a version, wholly or for a share of the requests."""
        agent, data = self.get_agent(), self.validated(s.DeploySerializer)
        deployment = publish(
            self.actor,
            agent,
            selectors.version(agent, data["version"]),
            percent=data["percent"],
            reason=data["reason"],
            expected=data.get("expected", ANY),
            override=data["override"],
        )
        return Response(s.DeploymentSerializer(deployment).data, status=status.HTTP_201_CREATED)


class Rollback(AgentView):
    scopes = {"POST": Scope.OPERATE}
    serializer_class = s.DeploymentSerializer

    @extend_schema(request=s.RollbackSerializer, responses={201: s.DeploymentSerializer, 409: ERROR, 422: ERROR})
    def post(self, request, slug):
        data = self.validated(s.RollbackSerializer)
        deployment = rollback(
            self.actor,
            self.get_agent(),
            to=data.get("to"),
            reason=data["reason"],
            expected=data.get("expected", ANY),
        )
        return Response(s.DeploymentSerializer(deployment).data, status=status.HTTP_201_CREATED)


class SettingsDetail(AgentView):
    scopes = {"PUT": Scope.OPERATE}
    serializer_class = s.SettingsSerializer

    def get(self, request, slug):
        """The settings revision that serves, or will with the first publish."""
        return Response(s.SettingsSerializer(self.get_agent().current_settings).data)

    def put(self, request, slug):
        """Store a new revision of limits, config and rate; a live agent serves with it at once."""
        revision = update_settings(self.actor, self.get_agent(), **self.validated(s.SettingsSerializer))
        return Response(s.SettingsSerializer(revision).data)


class GrantList(AgentView):
    scopes = {"POST": Scope.OPERATE}
    queryset = Grant.objects.none()  # for the schema
    serializer_class = s.GrantSerializer

    @extend_schema(responses=s.GrantSerializer(many=True))
    def get(self, request, slug):
        return self.paginated(self.get_agent().grants.filter(revoked_at=None), s.GrantSerializer)

    @extend_schema(responses={201: s.GrantSerializer})
    def post(self, request, slug):
        data = self.validated(s.GrantSerializer)
        grant = give_grant(self.actor, self.get_agent(), data["capability"], data["params"])
        return Response(s.GrantSerializer(grant).data, status=status.HTTP_201_CREATED)


class GrantDetail(AgentView):
    scopes = {"DELETE": Scope.OPERATE}
    serializer_class = s.GrantSerializer

    @extend_schema(responses={204: None})
    def delete(self, request, slug, capability):
        """Revoke the capability: the next call of it is refused, in running invocations too."""
        revoke_grant(self.actor, self.get_agent(), capability)
        return Response(status=status.HTTP_204_NO_CONTENT)
