"""Runs one version's code in isolation. Plain Python: no Django here, and no word of the platform above.

Approaches that were tried, and why this one:

- A Python subprocess for each request starts in 12 ms and is fenced in only by what the operating system offers the
  user who happens to run it; everything one forgets to forbid is allowed.
- `RestrictedPython` and other filters inside CPython are broken by the next clever attribute chain. Code of others
  cannot be made safe in the interpreter that holds the keys.
- CPython compiled to WebAssembly (componentize-py, run by wasmtime) has nothing unless the host hands it over. A
  snapshot taken after all imports starts in half a millisecond; its pages are shared by all sandboxes of a machine.
- wasmtime's pooling allocator was measured against plain memory maps and was not faster; keeping its pages resident
  moves more time into the reset than it takes from the load.
- Most of what a fresh sandbox costs is first touches of some 700 pages. Populating them in one sweep, filling the holes
  of the snapshot's heap, making its objects immortal and specialising its code beforehand were each measured: at most a
  fifth is gained, none was worth its code. Preparing sandboxes before they are asked for hides nearly all of it.
- Loading an agent takes twice as long as running it. What loading leaves in memory is therefore kept, for code that
  loads the same way each time, and mapped into fresh sandboxes: a third less for a small agent, nearly all for a large
  one. Washing a used sandbox instead would save making it as well, but paint over what another request left there.
- Two threads that compute at once in one process hinder each other (page tables), so one guest computes at a time,
  gives way while it waits for a capability and after each time slice, and more cores are used by more processes.
- Epochs interrupt computing but no wait inside WASI, so WASI's timers and sockets are taken out, and every wait is
  one of ours, which knows the deadline and the signal to cancel.

So: each request gets a fresh interpreter, prepared beforehand while nobody waits, handed out once and thrown away.
"""

from sandbox.calls import Call, Cancel, Failure, Outcome, Usage
from sandbox.capabilities import Secret, check_grant
from sandbox.errors import ImageFault, ImageMissing, IsolationUnavailable, SourceError
from sandbox.image import build_image
from sandbox.limits import Limits
from sandbox.runtime import ISOLATIONS, LIFETIMES, Runtime
from sandbox.source import Source, Wheel, check_source, checksum, source_id

__all__ = [
    "ISOLATIONS",
    "LIFETIMES",
    "Call",
    "Cancel",
    "Failure",
    "ImageFault",
    "ImageMissing",
    "IsolationUnavailable",
    "Limits",
    "Outcome",
    "Runtime",
    "Secret",
    "Source",
    "SourceError",
    "Usage",
    "Wheel",
    "build_image",
    "check_grant",
    "check_source",
    "checksum",
    "source_id",
]
