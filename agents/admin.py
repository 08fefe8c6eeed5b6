"""The Django admin of agents. What changes anything goes through the same actions as the API."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor, acting
from accounts.admin_base import ReadOnlyAdmin
from accounts.errors import ProductError

from .actions.agents import archive_agent, create_agent, update_agent
from .actions.upload_version import upload_version
from .models import Agent, AgentSettings, Check, Deployment, Grant, Secret, Version, Wheel


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin):
    list_display = ["slug", "name", "live_deployment", "archived_at", "workspace"]
    search_fields = ["slug", "name"]
    fields = ["slug", "name", "description"]
    actions = ["archive"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj else []

    def has_delete_permission(self, request, obj=None) -> bool:
        return False  # archiving keeps the history; see the action

    def save_model(self, request, obj, form, change) -> None:
        actor = acting(request)
        if change:
            update_agent(actor, obj, name=obj.name, description=obj.description)
        else:
            obj.pk = create_agent(actor, obj.name, obj.slug, obj.description).pk

    @admin.action(description=_("Archive the chosen agents"))
    def archive(self, request, queryset) -> None:
        for agent in queryset:
            try:
                archive_agent(acting(request), agent)
            except ProductError as error:
                self.message_user(request, error.message, messages.WARNING)


class UploadForm(forms.ModelForm):
    """A new version: one file, pasted or chosen. `actor` is set by the admin on a subclass made for the request."""

    actor: Actor

    source = forms.CharField(
        label=_("agent.py"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 24, "cols": 110})
    )
    upload = forms.FileField(label=_("or a file"), required=False)

    class Meta:
        model = Version
        fields = ["agent", "message"]

    def clean(self):
        """Run the upload here, so that what is wrong with the source appears on the form."""
        data = super().clean() or {}
        upload = data.get("upload")
        try:
            source = upload.read().decode() if upload else data.get("source", "")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not UTF-8 text.")) from None
        if not source.strip():
            raise forms.ValidationError(_("Paste the source or choose a file."))
        if "agent" in data:
            try:
                self.version, self.created = upload_version(
                    self.actor, data["agent"], {"agent.py": source}, data.get("message", "")
                )
            except ProductError as error:
                raise forms.ValidationError(error.message) from error
        return data

    def validate_unique(self) -> None:
        """Numbers and checksums are given by the action, which has run."""


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "state", "message", "author", "created_at"]
    list_filter = ["state", "agent"]
    search_fields = ["agent__slug", "checksum", "message"]

    def has_add_permission(self, request, obj=None) -> bool:
        return True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("agent")

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        return type("BoundUploadForm", (UploadForm,), {"actor": acting(request)})

    def get_fields(self, request, obj=None):
        return super().get_fields(request, obj) if obj else ["agent", "message", "source", "upload"]

    def save_model(self, request, obj, form, change) -> None:
        version = form.version
        obj.pk, obj.number, obj.agent = version.pk, version.number, version.agent
        if not form.created:
            self.message_user(request, _("The same content exists already; nothing new was stored."), messages.INFO)

    def log_addition(self, request, obj, message):
        return None  # the action wrote the audit row


@admin.register(AgentSettings, Check, Deployment, Grant)
class HistoryAdmin(ReadOnlyAdmin):
    list_filter = ["created_at"]


@admin.register(Wheel)
class WheelAdmin(ReadOnlyAdmin):
    list_display = ["filename", "sha256", "created_at"]
    fields = ["filename", "sha256", "created_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")


@admin.register(Secret)
class SecretAdmin(ReadOnlyAdmin):
    """What is kept of a secret, without its value."""

    list_display = ["name", "host", "header", "actor", "set_at", "used_at"]
    exclude = ["ciphertext"]
