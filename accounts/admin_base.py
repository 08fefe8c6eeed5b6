from django.contrib import admin


class ReadOnlyAdmin(admin.ModelAdmin):
    """For what is never edited: it can be looked at and searched, and nothing else."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
