"""The Django admin of people and keys. Keys are made in the console, where they are shown once."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from .admin_base import ReadOnlyAdmin
from .models import ApiKey, AuditEntry, Membership, User, Workspace


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):
    inlines = [MembershipInline]


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "created_at"]
    readonly_fields = ["routing_generation"]

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["name", "prefix", "workspace", "scopes", "last_used_at", "expires_at", "disabled_at"]
    list_filter = ["workspace", "disabled_at"]
    search_fields = ["name", "prefix"]
    exclude = ["digest"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor_label", "action", "object_label", "reason"]
    list_filter = ["action", "workspace"]
    search_fields = ["actor_label", "object_label", "reason", "request_id"]
    date_hierarchy = "at"
