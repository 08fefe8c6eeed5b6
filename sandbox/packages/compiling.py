"""Compiles a package's modules in sandboxes that see nothing else: no agent can change what another one runs."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping

from sandbox import guestjson
from sandbox.operate import Reply

_BATCH_BYTES = 1_000_000
_BATCH_FILES = 200

#: Why a module does not compile: its line, if that is known, and the reason.
Fault = tuple[int | None, str]
#: Does the operation `compile` with a body, in a sandbox that has done nothing before.
Ask = Callable[[str], Reply]


def compile_modules(modules: Mapping[str, bytes], ask: Ask) -> tuple[dict[str, bytes], dict[str, Fault]]:
    """Code of each module by its path, and the faults of those that have none."""
    code: dict[str, bytes] = {}
    faults: dict[str, Fault] = {}
    for batch in _batches(modules):
        reply = ask(json.dumps({"package": {path: base64.b64encode(batch[path]).decode() for path in batch}}))
        if reply.failure is None:
            answer = guestjson.loads(reply.body)
            code.update({path: base64.b64decode(text) for path, text in answer["code"].items() if path in batch})
            faults.update({path: (line, reason) for path, (line, reason) in answer["faults"].items()})
        elif len(batch) == 1:
            faults.update(dict.fromkeys(batch, (None, reply.failure.message)))
        else:
            # One of them ended the compiler; the others shall not suffer for it.
            for path, content in batch.items():
                alone, fault = compile_modules({path: content}, ask)
                code.update(alone)
                faults.update(fault)
    return code, faults


def _batches(modules: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """Portions that one sandbox can compile."""
    batch: dict[str, bytes] = {}
    size = 0
    for path, content in modules.items():
        if batch and (size + len(content) > _BATCH_BYTES or len(batch) >= _BATCH_FILES):
            yield batch
            batch, size = {}, 0
        batch[path] = content
        size += len(content)
    if batch:
        yield batch
