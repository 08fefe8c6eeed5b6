"""What an agent's code imports: decorators, request and response, context, log lines and metrics."""

from neuroflow._context import Context
from neuroflow._define import agent, skill, tool
from neuroflow._log import emit_metric, log
from neuroflow._request import Request, Response
from neuroflow.errors import CapabilityDenied, CapabilityError, CapabilityTimeout, SandboxDenied

__all__ = [
    "CapabilityDenied",
    "CapabilityError",
    "CapabilityTimeout",
    "Context",
    "Request",
    "Response",
    "SandboxDenied",
    "agent",
    "emit_metric",
    "log",
    "skill",
    "tool",
]
