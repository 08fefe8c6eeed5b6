"""What an agent's code imports: decorators, request and response, context, log lines and metrics."""

from neuroflow._context import Context
from neuroflow._define import agent, skill
from neuroflow._log import emit_metric, log
from neuroflow._request import Request, Response
from neuroflow._tools import Tool, Toolbox, ToolError, tool, tools
from neuroflow.errors import CapabilityDenied, CapabilityError, CapabilityTimeout, SandboxDenied

__all__ = [
    "CapabilityDenied",
    "CapabilityError",
    "CapabilityTimeout",
    "Context",
    "Request",
    "Response",
    "SandboxDenied",
    "Tool",
    "ToolError",
    "Toolbox",
    "agent",
    "emit_metric",
    "log",
    "skill",
    "tool",
    "tools",
]
