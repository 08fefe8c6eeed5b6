"""The Django admin of invocations: to look at and search."""

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin

from .models import Event, IdempotencyRecord, Invocation, Span


@admin.register(Invocation)
class InvocationAdmin(ReadOnlyAdmin):
    list_display = ["id", "agent", "version", "skill", "status", "error_code", "total_ms", "created_at"]
    list_filter = ["status", "error_code", "agent"]
    search_fields = ["id", "trace_id", "session"]
    list_select_related = ["agent", "version"]
    date_hierarchy = "created_at"
    show_full_result_count = False


@admin.register(Span)
class SpanAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "status", "start_us", "end_us", "invocation"]
    list_filter = ["kind", "status"]
    raw_id_fields = ["invocation"]
    show_full_result_count = False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["invocation", "seq", "kind", "at_us"]
    list_filter = ["kind"]
    raw_id_fields = ["invocation"]
    show_full_result_count = False


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    list_display = ["key", "owner", "invocation", "created_at"]
