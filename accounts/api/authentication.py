"""Who calls: a bearer key or, from our own pages, the session (with its CSRF token)."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions

from accounts import keys


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer nf_…`; sets `request.auth` to the key and `request.user` to None."""

    def authenticate(self, request):
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise exceptions.AuthenticationFailed(_("Send the key as “Authorization: Bearer nf_…”."))
        try:
            return None, keys.verify(token.strip())
        except keys.BadKey as error:
            raise exceptions.AuthenticationFailed(str(error)) from error

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="NeuroFlow"'


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's, which enforces the CSRF token."""


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "An API key: nf_…"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A login in the console."}
