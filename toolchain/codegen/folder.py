"""The bundle's `c/` folder: the generated files and the kernels they need. It builds alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from toolchain.codegen.source import Source
from toolchain.model import Model

RUNTIME: Final = Path(__file__).resolve().parent.parent / "runtime"
_INCLUDE: Final = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def write_c(model: Model, folder: Path, name: str) -> None:
    """Write `model.c`, `model.h`, `persona_bundle.h`, `persona_model.h` and `kernels/` into `folder`."""
    source = Source(model, name)
    folder.mkdir(parents=True)
    (folder / "model.c").write_text(source.code())
    (folder / "model.h").write_text(source.header())
    (folder / "persona_bundle.h").write_text(source.bundle_header())
    (folder / "persona_model.h").write_text((RUNTIME / "include" / "persona_model.h").read_text())
    for file in sorted(_kernel_files({kernel.function for kernel in model.kernels if kernel.function})):
        target = folder / "kernels" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((RUNTIME / "kernels" / file).read_text())


def _kernel_files(functions: set[str]) -> set[Path]:
    """The kernels and what they include, for every class of core, as paths in `kernels/`."""
    root = (RUNTIME / "kernels").resolve()
    found: set[Path] = set()
    waiting = [root / f"{function}.h" for function in functions]
    while waiting:
        file = waiting.pop()
        if file.relative_to(root) not in found:
            found.add(file.relative_to(root))
            waiting += [(file.parent / name).resolve() for name in _INCLUDE.findall(file.read_text())]
    return found
