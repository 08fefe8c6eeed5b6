"""Reading a request's body by a serializer, for all views of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer, ValidationError


def validated(request: Request, serializer_class: type[Serializer]) -> dict[str, Any]:
    """The body's fields. One that is not known is refused: a mistyped `percent` must not publish to everybody."""
    serializer = serializer_class(data=request.data)
    if isinstance(request.data, Mapping):
        known = list(serializer.fields)
        for name in request.data:
            if name not in known:
                raise ValidationError({name: [f"Unknown field. Known ones: {', '.join(known)}."]})
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
