"""What this floor announces, after commit; the floors above listen (routing re-reads skills, workers warm up)."""

from django.dispatch import Signal

# deployment: agents.models.Deployment, already live
deployment_changed = Signal()
# agent: agents.models.Agent, already archived
agent_archived = Signal()
# version: agents.models.Version, created but not yet checked; in the uploader's transaction's wake
version_uploaded = Signal()
