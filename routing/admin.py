"""The Django admin of routing. Settings change through the same action as everywhere."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.actor import Actor, for_request
from accounts.admin_base import ReadOnlyAdmin

from .actions.update_settings import update_settings
from .models import RoutingSettings, SkillVector


def _actor(request: HttpRequest) -> Actor:
    """The actor, who is there: the admin is for people who are logged in."""
    actor = for_request(request)
    assert actor is not None
    return actor


@admin.register(RoutingSettings)
class RoutingSettingsAdmin(admin.ModelAdmin):
    list_display = ["workspace", "default_agent", "threshold", "margin", "updated_at"]
    fields = ["default_agent", "threshold", "margin"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(workspace=_actor(request).workspace)

    def has_add_permission(self, request) -> bool:
        return super().has_add_permission(request) and not self.get_queryset(request).exists()

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "default_agent":
            kwargs["queryset"] = db_field.related_model.objects.filter(
                workspace=_actor(request).workspace, archived_at=None
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change) -> None:
        slug = obj.default_agent.slug if obj.default_agent else None
        row = update_settings(_actor(request), default_agent=slug, threshold=obj.threshold, margin=obj.margin)
        obj.pk, obj.workspace = row.pk, row.workspace


@admin.register(SkillVector)
class SkillVectorAdmin(ReadOnlyAdmin):
    list_display = ["digest", "model_id", "created_at"]
    list_filter = ["model_id"]
    fields = ["digest", "model_id", "created_at"]
