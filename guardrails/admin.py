"""The Django admin of policies. What changes what exists or inspects goes through the same actions as the API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor, for_request
from accounts.admin_base import ReadOnlyAdmin
from accounts.errors import ProductError

from .actions.policies import create_policy
from .actions.save_version import save_version
from .engine import DEFAULT_POLICY
from .errors import BadPolicy
from .models import Policy, PolicyDeployment, PolicyVersion


class PolicyForm(forms.ModelForm):
    actor: Actor
    slug = forms.CharField(label=_("slug"), max_length=63, required=False)

    def clean(self) -> dict[str, Any]:
        """Create it here, so that a slug that is taken or not well formed appears on the form."""
        data = super().clean() or self.cleaned_data
        if "name" in data:
            try:
                self.created = create_policy(self.actor, data["name"], data.get("slug", ""))
            except ProductError as error:
                raise forms.ValidationError(error.message) from error
        return data

    class Meta:
        model = Policy
        fields = ["name"]

    def validate_unique(self) -> None:
        """The action looked."""


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    list_display = ["slug", "name", "live_deployment", "workspace", "created_at"]
    search_fields = ["slug", "name"]

    def has_add_permission(self, request, obj=None) -> bool:
        return True

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        return type("BoundPolicyForm", (PolicyForm,), {"actor": for_request(request)})

    def get_fields(self, request, obj=None):
        return super().get_fields(request, obj) if obj else ["name", "slug"]

    def save_model(self, request, obj, form, change) -> None:
        obj.pk, obj.slug, obj.workspace = form.created.pk, form.created.slug, form.created.workspace

    def log_addition(self, request, obj, message):
        return None  # the action wrote the audit row


class VersionForm(forms.ModelForm):
    """A new version; mistakes in the document appear on the form, with their lines."""

    actor: Actor
    text = forms.CharField(
        label=_("document"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 40, "cols": 110, "spellcheck": "false"}),
    )

    class Meta:
        model = PolicyVersion
        fields = ["policy", "message", "text"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "policy" in data and "text" in data:
            try:
                self.version, self.created = save_version(
                    self.actor, data["policy"], data["text"], data.get("message", "")
                )
            except BadPolicy as error:
                raise forms.ValidationError(
                    [f"{e['line']}:{e['column']} {e['message']}" for e in error.detail["errors"]]
                ) from error
        return data

    def validate_unique(self) -> None:
        """Numbers and checksums are given by the action, which has run."""


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "message", "author", "created_at"]
    list_filter = ["policy"]
    search_fields = ["policy__slug", "checksum", "message"]

    def has_add_permission(self, request, obj=None) -> bool:
        return True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("policy")

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        return type("BoundVersionForm", (VersionForm,), {"actor": for_request(request)})

    def get_fields(self, request, obj=None):
        return super().get_fields(request, obj) if obj else ["policy", "message", "text"]

    def get_changeform_initial_data(self, request):
        return {"text": DEFAULT_POLICY, **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change) -> None:
        version = form.version
        obj.pk, obj.number, obj.policy = version.pk, version.number, version.policy
        if not form.created:
            self.message_user(request, _("The same content exists already; nothing new was stored."), messages.INFO)

    def log_addition(self, request, obj, message):
        return None  # the action wrote the audit row


@admin.register(PolicyDeployment)
class PolicyDeploymentAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "kind", "version", "actor", "reason", "created_at"]
    list_filter = ["kind", "policy"]
    list_select_related = ["policy", "version__policy"]
