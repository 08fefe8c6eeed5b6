"""The forms of the Routing page; what they mean is decided by the service and the actions."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from agents.models import Agent

MAX_TEXT = 1_000_000


class TryForm(forms.Form):
    text = forms.CharField(max_length=MAX_TEXT, strip=False, label=_("Text"))
    agent = forms.ChoiceField(required=False, label=_("Among"))

    def __init__(self, *args, agents: Iterable[Agent], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        slugs = [(agent.slug, agent.slug) for agent in agents if agent.live_deployment_id]
        _choices(self, "agent", [("", _("all agents")), *slugs])


class SettingsForm(forms.Form):
    default_agent = forms.ChoiceField(required=False, label=_("Default agent"))
    threshold = forms.FloatField(min_value=0, max_value=1, label=_("Threshold"))
    margin = forms.FloatField(min_value=0, max_value=1, label=_("Margin"))

    def __init__(self, *args, agents: Iterable[Agent], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        slugs = [(agent.slug, agent.slug) for agent in agents]
        _choices(self, "default_agent", [("", _("none: answer no_route")), *slugs])


def _choices(form: forms.Form, name: str, choices: list) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
