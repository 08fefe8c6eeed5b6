"""One permission class: views say which scope each method needs."""

from rest_framework import permissions
from rest_framework.exceptions import NotAuthenticated, PermissionDenied

from accounts.actor import NotAllowed, for_request
from accounts.scopes import Scope


class HasScope(permissions.BasePermission):
    """`scopes = {"POST": Scope.AUTHOR}` on the view; reading needs `read`, anything unlisted needs `admin`.

    A method that the view has not needs nothing more: it is answered with 405.
    """

    def has_permission(self, request, view) -> bool:
        actor = for_request(request)
        if actor is None:
            raise NotAuthenticated()
        if not hasattr(view, request.method.lower()):
            return True
        safe = request.method in permissions.SAFE_METHODS
        scope = getattr(view, "scopes", {}).get(request.method, Scope.READ if safe else Scope.ADMIN)
        try:
            actor.require(scope)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        return True
