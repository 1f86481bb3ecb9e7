"""The call graph and the stack frames of a build, as GCC writes them down (-fcallgraph-info=su)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_bridge.errors import BuildError

INDIRECT: Final = "__indirect_call"
"""What stands for whatever a pointer points to."""

_NODE: Final = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]*\\n(\d+) bytes \((\w+)')
_EDGE: Final = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


@dataclass(frozen=True)
class Calls:
    """Bytes of each function's frame, whether it is `static` in size, and whom it calls.

    A function of a library has no frame here; the ones that the firmware uses are leaves without one, or close to it.
    """

    frame: dict[str, int]
    kind: dict[str, str]
    callees: dict[str, set[str]]

    def deepest(self, function: str, above: tuple[str, ...] = ()) -> int:
        """Bytes of the deepest chain of calls that starts at `function`.

        Raises:
            BuildError: a chain leads back to itself.
        """
        if function in above:
            raise BuildError("the stack has no bound", received=f"recursion: {' -> '.join((*above, function))}")
        below = [self.deepest(callee, (*above, function)) for callee in self.callees.get(function, ())]
        return self.frame.get(function, 0) + max(below, default=0)

    def below(self, function: str) -> set[str]:
        """`function` and all that it calls, at any depth."""
        found: set[str] = set()
        waiting = [function]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.callees.get(name, ())
        return found


def read_calls(files: Iterable[Path]) -> Calls:
    """Read GCC's call graphs, one `.ci` file each."""
    frame: dict[str, int] = {}
    kind: dict[str, str] = {}
    callees: dict[str, set[str]] = {}
    for file in files:
        text = file.read_text()
        for name, size, how in _NODE.findall(text):
            frame[name], kind[name] = int(size), how
        for caller, callee in _EDGE.findall(text):
            callees.setdefault(caller, set()).add(callee)
    return Calls(frame, kind, callees)


def model_stack_bytes(work_dir: Path) -> int:
    """Stack that one inference takes, from the call graph of the build in `work_dir`; without the trace's callback.

    Raises:
        BuildError: there is no such graph, or it gives no bound.
    """
    calls = read_calls(path for path in work_dir.rglob("*.ci") if "persona_model.dir" in str(path))
    roots = [name for name in calls.frame if name.endswith("_invoke")]
    if len(roots) != 1:
        raise BuildError(
            "the call graph of the model is missing", expected="one function that infers", received=str(roots)
        )
    loose = {name for name in calls.below(roots[0]) if calls.kind.get(name, "static") != "static"}
    if loose:
        raise BuildError("the stack has no bound", expected="frames of a fixed size", received=", ".join(sorted(loose)))
    return calls.deepest(roots[0])
