"""The forms of keys and people; what they mean is decided by the actions."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .scopes import Role, Scope

LIFETIMES = {"": gettext_lazy("never"), "7": gettext_lazy("in 7 days"), "30": gettext_lazy("in 30 days"),
             "90": gettext_lazy("in 90 days"), "365": gettext_lazy("in a year")}  # fmt: skip


class KeyForm(forms.Form):
    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))
    scopes = forms.MultipleChoiceField(choices=Scope.choices, label=gettext_lazy("Allowed to"))
    lifetime = forms.ChoiceField(choices=list(LIFETIMES.items()), required=False, label=gettext_lazy("Expires"))
    rate_per_second = forms.FloatField(min_value=0.001, required=False, label=gettext_lazy("Requests a second"))
    burst = forms.IntegerField(min_value=1, required=False, label=gettext_lazy("At once"))

    @property
    def expires_at(self):
        days = self.cleaned_data["lifetime"]
        return timezone.now() + timedelta(days=int(days)) if days else None


class PersonForm(forms.Form):
    username = forms.CharField(max_length=150, label=gettext_lazy("User name"))
    email = forms.EmailField(required=False, label=gettext_lazy("E-mail"))
    role = forms.ChoiceField(choices=Role.choices, label=gettext_lazy("Role"))

    def clean_username(self) -> str:
        from .models import User

        username = self.cleaned_data["username"]
        User.username_validator(username)
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError(_("This user name is taken."))
        return username
