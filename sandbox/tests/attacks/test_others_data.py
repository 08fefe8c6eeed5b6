"""What one run left behind is nowhere in the memory of the next, not even for code that reads all of it."""

import pytest

from sandbox.tests.conftest import Agent

#: An agent that reads every byte of its interpreter's memory. A code object with an index outside of its constants
#: loads a forged object: a bytearray that begins at address 0 and is as long as the memory.
READ_ALL = '''
import opcode, struct, types

HEADER = 16  # of bytes and tuples alike: reference count, type, size, hash
HOLD = []

def word(n):
    return struct.pack("<I", n & 0xFFFFFFFF)

def object_at(address):
    """The object whose address is given."""
    pointer = word(address)
    HOLD.append(pointer)
    consts = (None,)
    HOLD.append(consts)
    index = (id(pointer) + HEADER - (id(consts) + HEADER)) // 4
    if index < 0 or (id(pointer) + HEADER - (id(consts) + HEADER)) % 4:
        raise ValueError("not reachable from here")
    ops = [("RESUME", 0)]
    ops += [("EXTENDED_ARG", index >> shift & 255) for shift in (24, 16, 8)]
    ops += [("LOAD_CONST", index & 255), ("RETURN_VALUE", 0)]
    code = bytes(byte for name, arg in ops for byte in (opcode.opmap[name], arg))
    def template(): return None
    replaced = template.__code__.replace(co_code=code, co_consts=consts, co_stacksize=4)
    return types.FunctionType(replaced, {})()

def whole_memory(size):
    forged = word(1 << 20) + word(id(bytearray)) + word(size) + word(size + 1) + word(0) + word(0) + word(0) + word(0)
    HOLD.append(forged)
    for _ in range(200):
        try:
            return object_at(id(forged) + HEADER)
        except ValueError:
            HOLD.append(bytearray(1000))
    raise ValueError("not reachable")

'''

LOOK = """
def handle(request):
    kept = [bytes(f"left behind by {request.text} {n}", "ascii") for n in range(3000)]
    everything = whole_memory(53_000_000)
    assert type(everything) is bytearray and len(everything) == 53_000_000
    # Compared in reverse, so that what is looked for is not in the memory because it is looked for.
    parts = everything.split(b"left behind by ")
    own = request.text.encode()[::-1]
    mine = sum(part[: len(own)][::-1] == own for part in parts)
    others = sum(part[:6][::-1] == b"srehto" for part in parts)
    return [mine >= 3000, others]
"""


def test_a_run_that_reads_its_whole_memory_finds_nothing_of_others(agent: Agent) -> None:
    for text in ("others", "others", "me", "others", "me", "me"):
        outcome = agent.run(READ_ALL + LOOK, text=text)
        assert outcome.success, outcome.failure
        seen_its_own, seen_of_others = outcome.data
        assert seen_its_own
        assert (seen_of_others > 0) == (text == "others")


@pytest.mark.parametrize(
    "lines",
    [
        "m = whole_memory(53_000_000)\n    m[:] = bytes(len(m))",
        "m = whole_memory(53_000_000)\n    m[1000:] = os.urandom(len(m) - 1000)",
        "m = whole_memory(2**31 - 1)\n    return m[2**31 - 2]",
        "m = whole_memory(2**31 - 1)\n    m[2**31 - 2] = 1",
        "return bytes(whole_memory(100_000_000)).count(b'a')",
        "return object_at(0xFFFFFF00)",
        "return repr(object_at(0))",
        "return [object_at(n) for n in range(0x2000000, 0x3000000, 4)]",
    ],
)
def test_a_run_that_overwrites_its_memory_ruins_only_itself(agent: Agent, lines: str) -> None:
    outcome = agent.run(f"import os\n{READ_ALL}\ndef handle(request):\n    {lines}\n")
    assert outcome.failure is not None
    assert outcome.failure.code in ("agent_error", "memory_limit", "stack_limit"), outcome.failure
    assert agent.body("return 'well'").data == "well"
