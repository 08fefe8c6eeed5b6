"""What this app announces, after commit."""

from django.dispatch import Signal

# deployment: guardrails.models.PolicyDeployment, already live
policy_deployed = Signal()
