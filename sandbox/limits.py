"""What one run may use up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one run; each ends it with the error code named here.

    Fuel counts WebAssembly instructions: about 15,000 million a second on a fast core, so the default is some ten
    seconds of computing. Raises ValueError for what is not a positive whole number up to CEILING.
    """

    wall_ms: int = 30_000  # time_limit: from the run's start, waiting included
    fuel: int = 150_000_000_000  # fuel_limit
    memory_bytes: int = 128 * MIB  # memory_limit
    output_bytes: int = 1 * MIB  # output_limit: the answer's JSON in UTF-8
    log_bytes: int = 256 * 1024  # log_limit: of everything the run tells: lines, metrics, spans
    log_lines: int = 2_000  # log_limit
    capability_calls: int = 200  # capability_limit
    recursion_depth: int = 1_000  # stack_limit: of Python's calls; WebAssembly's own stack is a second fence
    table_elements: int = 100_000  # table_limit: of WebAssembly's function tables, which Python code cannot grow
    instances: int = 64  # instance_limit: of WebAssembly instances; processes and threads where they are real ones

    CEILING: ClassVar["Limits"]

    def __post_init__(self) -> None:
        ceiling = getattr(type(self), "CEILING", None)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{field.name} must be a whole number, not {value!r}")
            if field.name in ("wall_ms", "fuel", "memory_bytes", "output_bytes") and value == 0:
                raise ValueError(f"{field.name} must be more than 0")
            if ceiling is not None and value > getattr(ceiling, field.name):
                raise ValueError(f"{field.name} must be at most {getattr(ceiling, field.name)}, not {value}")
        if self.recursion_depth < MINIMUM_DEPTH:
            raise ValueError(f"recursion_depth must be at least {MINIMUM_DEPTH}: imports alone need that")
        if self.memory_bytes < MINIMUM_MEMORY:
            raise ValueError(f"memory_bytes must be at least {MINIMUM_MEMORY}: an interpreter needs that to start")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Limits":
        """Limits with the given ones replaced. Raises ValueError naming an unknown key or a bad value."""
        known = {field.name for field in fields(cls)}
        for key in values:
            if key not in known:
                raise ValueError(f"unknown limit {key!r}; there are: {', '.join(sorted(known))}")
        return cls(**values)

    def to_dict(self) -> dict[str, int]:
        """All limits by name."""
        return asdict(self)


#: The interpreter with its imports takes this much before an agent does anything.
MINIMUM_MEMORY = 64 * MIB
MINIMUM_DEPTH = 100

Limits.CEILING = Limits(
    wall_ms=600_000,
    fuel=9_000_000_000_000,
    memory_bytes=1024 * MIB,
    output_bytes=16 * MIB,
    log_bytes=16 * MIB,
    log_lines=100_000,
    capability_calls=10_000,
    recursion_depth=20_000,
    table_elements=1_000_000,
    instances=1_000,
)
