"""One FilterSet for the page and the API: what can be asked of the list of invocations."""

from __future__ import annotations

from datetime import UTC, datetime

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from .models import Invocation, Status


class Moment(filters.IsoDateTimeFilter):
    """A moment that no calendar of UTC reaches (year 10000, say) is beyond everything stored."""

    def filter(self, qs: QuerySet, value: datetime | None) -> QuerySet:
        try:
            return super().filter(qs, value and value.astimezone(UTC))
        except OverflowError:
            return qs.none()


class InvocationFilter(filters.FilterSet):
    """`agent` and `version` as the API names them; `since` and `until` in ISO 8601; `q` is text of an id or a trace."""

    status = filters.MultipleChoiceFilter(label=_("Status"), choices=Status.choices)
    agent = filters.CharFilter(label=_("Agent"), field_name="agent__slug")
    version = filters.NumberFilter(label=_("Version"), field_name="version__number")
    skill = filters.CharFilter(label=_("Skill"))
    error = filters.CharFilter(label=_("Error code"), field_name="error_code")
    session = filters.CharFilter(label=_("Session"))
    since = Moment(label=_("From"), field_name="created_at", lookup_expr="gte")
    until = Moment(label=_("Until"), field_name="created_at", lookup_expr="lt")
    min_ms = filters.NumberFilter(label=_("At least (ms)"), field_name="total_ms", lookup_expr="gte")
    max_ms = filters.NumberFilter(label=_("At most (ms)"), field_name="total_ms", lookup_expr="lte")
    q = filters.CharFilter(label=_("Id or trace"), method="by_id")

    class Meta:
        model = Invocation
        fields: list[str] = []

    def by_id(self, queryset: QuerySet[Invocation], _name: str, value: str) -> QuerySet[Invocation]:
        value = value.strip().lower()
        compact = value.replace("-", "")
        if any(c not in "0123456789abcdef" for c in compact):
            return queryset.none()
        if len(compact) == 8:  # the end of an id, which is what lists show of it
            return queryset.filter(pk__endswith=compact)
        if len(compact) != 32:
            return queryset.none()
        return queryset.filter(pk=compact) | queryset.filter(trace_id=compact)
