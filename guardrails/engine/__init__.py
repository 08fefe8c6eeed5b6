"""Guardrails as a library: compile a policy from YAML, inspect texts and JSON values with it.

    policy = compile_policy(DEFAULT_POLICY)
    policy.inspect("Write to jane@example.org", "input").text  # "Write to [EMAIL_1]"

Plain Python: no web framework and no database is imported here.
"""

from importlib.resources import files

from .errors import PolicyError, Problem
from .placeholders import Placeholders
from .policy import Policy, compile_policy
from .schema import POLICY_SCHEMA
from .verdict import STRENGTH, Action, Direction, Inspection, Verdict, blocked_by, strongest

DEFAULT_POLICY: str = files(__package__).joinpath("default_policy.yaml").read_text(encoding="utf-8")

__all__ = [
    "DEFAULT_POLICY",
    "POLICY_SCHEMA",
    "STRENGTH",
    "Action",
    "Direction",
    "Inspection",
    "Placeholders",
    "Policy",
    "PolicyError",
    "Problem",
    "Verdict",
    "blocked_by",
    "compile_policy",
    "strongest",
]
