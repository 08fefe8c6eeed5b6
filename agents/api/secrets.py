"""The HTTP contract of secrets: names, hosts and use; a value goes in and never comes out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.actor import acting
from accounts.api.parsing import validated
from accounts.scopes import Scope
from agents import selectors
from agents.actions.secrets import remove_secret, set_secret
from agents.models import Secret

from .views import ERROR


class SecretSerializer(serializers.ModelSerializer):
    agents = serializers.SerializerMethodField(help_text="Agents whose grants name it.")

    class Meta:
        model = Secret
        fields = ["name", "host", "header", "prefix", "actor", "created_at", "set_at", "used_at", "agents"]

    def get_agents(self, secret: Secret) -> list[str]:
        users: dict[str, list[str]] = self.context["users"]
        return users.get(secret.name, [])


class SecretSetSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=64)
    host = serializers.CharField(max_length=255, help_text="The one host it goes to: host or host:port.")
    header = serializers.CharField(max_length=100, default="Authorization")
    prefix = serializers.CharField(
        max_length=50, default="Bearer ", allow_blank=True, trim_whitespace=False, help_text="Before the value."
    )
    value = serializers.CharField(max_length=4200, write_only=True, trim_whitespace=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2_000)


class SecretView(GenericAPIView):
    queryset = Secret.objects.none()  # for the schema
    serializer_class = SecretSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        if getattr(self, "swagger_fake_view", False):
            return {**super().get_serializer_context()}
        users = selectors.secret_users(acting(self.request).workspace)
        return {**super().get_serializer_context(), "users": users}


class SecretList(SecretView):
    scopes = {"GET": Scope.OPERATE, "POST": Scope.OPERATE}

    @extend_schema(responses=SecretSerializer(many=True))
    def get(self, request):
        """Secrets of the workspace, without their values."""
        page = self.paginate_queryset(selectors.secrets(acting(request).workspace))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=SecretSetSerializer, responses={201: SecretSerializer, 200: SecretSerializer, 422: ERROR})
    def post(self, request):
        """Set a secret: 201 when it is new, 200 when one of that name was replaced. The value is never shown again."""
        secret, created = set_secret(acting(request), **validated(request, SecretSetSerializer))
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(self.get_serializer(secret).data, status=code)


class SecretDetail(SecretView):
    scopes = {"DELETE": Scope.OPERATE}

    @extend_schema(responses={204: None, 404: ERROR})
    def delete(self, request, name):
        """Remove a secret: the next call under a grant that names it is refused, in running invocations too."""
        remove_secret(acting(request), name)
        return Response(status=status.HTTP_204_NO_CONTENT)
