"""How a workspace routes, and the vectors that need not be computed twice."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from agents.models import Agent

from .engine import MARGIN, THRESHOLD

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class RoutingSettings(models.Model):
    """What an operator decides about routing in one workspace. No row means the defaults."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="routing_settings")
    default_agent = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("default agent")
    )
    threshold = models.FloatField(_("threshold"), default=THRESHOLD, validators=SHARE)
    margin = models.FloatField(_("margin"), default=MARGIN, validators=SHARE)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("routing settings")
        verbose_name_plural = _("routing settings")

    def __str__(self) -> str:
        return str(self.workspace)


class SkillVector(models.Model):
    """The vector of one text under one model. Content-addressed: whoever needs the text finds its vector."""

    digest = models.CharField(max_length=64)  # sha256 of the prepared text
    model_id = models.CharField(max_length=100)
    vector = models.BinaryField()  # float32, little-endian, of the model's dimension
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("stored vector")
        verbose_name_plural = _("stored vectors")
        constraints = [models.UniqueConstraint(fields=["model_id", "digest"], name="one_vector_a_text_and_model")]

    def __str__(self) -> str:
        return f"{self.digest[:12]} ({self.model_id})"
