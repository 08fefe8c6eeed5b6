"""Packages that an agent names in `requirements.txt`: found and checked at upload, compiled once, imported from memory.

Approaches that were tried, and why these:

- pip is the resolver. It knows the operator's index, certificates and proxy already, and answers in about a second. An
  own resolver over the simple API would be a little faster and would have to learn all of that again.
- pip runs in a process that may start no other one: nothing is ever built, and no package's code runs on the host.
- What the image carries is fixed: its modules are in the snapshot and hold each other. A second copy beside the first
  would give two kinds of the same class, so a requirement for another version of it is refused.
- A wheel is compiled as a whole, in a clean sandbox of its own, and kept beside the image by the image's key and the
  wheel's hash. Guests are given modules one at a time when they import them: a big package costs what is used of it.
"""

from sandbox.packages.requirements import REQUIREMENTS, Requirement, parse
from sandbox.packages.resolve import NATIVE, WASM, Resolved, Target, resolve, target, told
from sandbox.packages.serve import Packages
from sandbox.packages.store import Store
from sandbox.packages.wheel import BadWheel, Budget, Limit, read_wheel

__all__ = [
    "NATIVE",
    "REQUIREMENTS",
    "WASM",
    "BadWheel",
    "Budget",
    "Limit",
    "Packages",
    "Requirement",
    "Resolved",
    "Store",
    "Target",
    "parse",
    "read_wheel",
    "resolve",
    "target",
    "told",
]
