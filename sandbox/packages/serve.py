"""What a sandbox asks of the packages of its version while it runs. A guest may ask anything, as often as it likes."""

import base64
from collections.abc import Callable, Mapping, Sequence

from sandbox.packages.store import Ready

#: Where a guest sees packages.
ROOT = "/site-packages"


class Packages:
    """The packages of one source as one folder, as an installer would make it.

    A question is a word and a path. `module a.b` gives what it is (package, module, namespace, fault), its path, and on
    a third line its code; `read path` gives a file, `stat path` "file <size>" or "folder", `list path` the names in a
    folder. An answer is "+" and base64; an empty one means that there is no such thing.
    """

    def __init__(self, wheels: Sequence[Ready]) -> None:
        self._code: dict[str, tuple[Ready, tuple[int, int]]] = {}
        self._files: dict[str, tuple[Ready, tuple[int, int]]] = {}
        self._faults: dict[str, tuple[int | None, str]] = {}
        self._folders: dict[str, set[str]] = {"": set()}
        # Where two wheels bring the same file, which only careless ones do, one of them has it for all of it.
        for wheel in sorted(wheels, key=lambda wheel: wheel.path.name):
            taken = self._files.keys() & wheel.files.keys()
            for kept, brought in ((self._code, wheel.code), (self._files, wheel.files)):
                kept.update({path: (wheel, at) for path, at in brought.items() if path not in taken})
            self._faults.update({path: fault for path, fault in wheel.faults.items() if path not in taken})
        for path in self._files:
            while path:
                folder, _, name = path.rpartition("/")
                self._folders.setdefault(folder, set()).add(name)
                path = folder
        self._questions: Mapping[str, Callable[[str], bytes | None]] = {
            "module": self._module,
            "read": self._read,
            "stat": self._stat,
            "list": self._list,
        }

    def tops(self) -> list[str]:
        """The names that can be imported, without what is in them."""
        names = (name.removesuffix(".py") for name in self._folders[""])
        return sorted(name for name in names if name.isidentifier())

    def fetch(self, question: str) -> str:
        """Answer a guest."""
        word, _, path = question.partition(" ")
        ask = self._questions.get(word)
        answer = None if ask is None else ask(path)
        return "" if answer is None else "+" + base64.b64encode(answer).decode()

    def _module(self, name: str) -> bytes | None:
        base = name.replace(".", "/")
        for kind, path in (("package", f"{base}/__init__.py"), ("module", f"{base}.py")):
            if path in self._code:
                wheel, at = self._code[path]
                return f"{kind}\n{path}\n".encode() + wheel.read(at)
            if path in self._faults:
                line, reason = self._faults[path]
                return f"fault\n{path}\n{line or 0}\n{reason}".encode()
        return f"namespace\n{base}\n".encode() if base and base in self._folders else None

    def _read(self, path: str) -> bytes | None:
        found = self._files.get(path)
        return None if found is None else found[0].read(found[1])

    def _stat(self, path: str) -> bytes | None:
        if path in self._files:
            return b"file %d" % self._files[path][1][1]
        return b"folder" if path in self._folders else None

    def _list(self, path: str) -> bytes | None:
        names = self._folders.get(path)
        return None if names is None else "\n".join(sorted(names)).encode()
