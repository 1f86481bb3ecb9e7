"""The program that serves inferences and nothing else, built for a board, and what its files tell about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from elftools.elf.elffile import ELFFile

from firmware_bridge.build import BENCH_INFER, compile_into, require_bundle, require_compiler
from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.callgraph import model_stack_bytes
from firmware_bridge.image import Image, inspect, map_path
from firmware_bridge.instructions import require_native
from firmware_bridge.linkmap import Piece, pieces
from firmware_bridge.platforms import PLATFORMS, Platform
from hil.bench.attribution import Function
from hil.bench.plugin import InstructionCounter
from hil.emulator import require_emulator
from hil.errors import HilError
from toolchain.progress import Progress, silent

MARK: Final = "persona_bench_mark"
OPERATOR: Final = "persona_bench_operator"
BOARDS: Final = tuple(name for name, platform in PLATFORMS.items() if platform.instructions_per_tick is not None)
"""The boards that it runs on."""

_EVEN: Final = ~1
"""A function's address has its lowest bit set where it is Thumb code."""
_AROUND_MODEL: Final = 256
"""Stack for what calls the model."""


@dataclass(frozen=True)
class Program:
    """The linked program.

    Attributes:
        image: what it occupies.
        stack_bytes: what an inference takes of the stack, by the compiler's call graph.
        clocked: whether it sends ticks.
        text: address and bytes of its code.
        functions: its functions.
        pieces: whose each part of it is.
    """

    image: Image
    stack_bytes: int
    clocked: bool
    text: tuple[int, int]
    functions: tuple[Function, ...]
    pieces: tuple[Piece, ...]

    def counter(self, folder: Path) -> InstructionCounter:
        """The plugin that watches this program.

        Raises:
            MissingToolError: there is no compiler for this machine.
        """
        addresses = {function.name: function.address for function in self.functions}
        return InstructionCounter.build(folder, *self.text, (addresses[MARK], addresses[OPERATOR]))


def require_tools(platform: Platform) -> None:
    """Refuse a board on which nothing can be counted, or a machine that lacks its compiler or its emulator.

    Raises:
        HilError: instructions cannot be counted on this board.
        BuildError: the compiler is missing.
        MissingToolError: the emulator is missing.
    """
    if platform.name not in BOARDS:
        why = (
            "a process of this machine has no instruction counts" if platform.is_host else "it has no program for that"
        )
        raise HilError(f"cannot measure on {platform.name}: {why}", expected=", ".join(BOARDS), received=platform.name)
    require_compiler(platform)
    require_emulator(platform.name)


def build_program(  # noqa: PLR0913  # a bundle, a board, a place, and what is independent of them
    bundle_dir: Path,
    platform: Platform,
    folder: Path,
    optimise: str,
    progress: Progress = silent,
    *,
    clocked: bool = False,
) -> Program:
    """Build it in `folder`.

    Raises:
        BuildError: it cannot be built, is larger than the board, or holds instructions that the board lacks.
        HilError: the stack that it reserves is not enough for this model.
    """
    require_bundle(bundle_dir)
    settings = BuildSettings(optimise=optimise, bench_ticks=clocked)
    elf = compile_into(folder, bundle_dir, platform.preset, progress, settings=settings, target=BENCH_INFER)
    require_native(elf)
    image, stack = inspect(elf, platform), model_stack_bytes(folder)
    if stack > image.parts["stack"] - _AROUND_MODEL:
        raise HilError(
            "the model takes more stack than the program has",
            expected=f"at most {image.parts['stack'] - _AROUND_MODEL} bytes",
            received=f"{stack} bytes",
            remedy="raise STACK_BYTES in firmware/bench/cortex_m.c",
        )
    text, functions = _code(elf)
    owners = tuple(pieces(map_path(elf).read_text(errors="replace")))
    return Program(image, stack, clocked, text, functions, owners)


def _code(path: Path) -> tuple[tuple[int, int], tuple[Function, ...]]:
    with path.open("rb") as file:
        read: Any = ELFFile(file)
        text = read.get_section_by_name(".text")
        symbols = read.get_section_by_name(".symtab").iter_symbols()
        found = [
            Function(symbol.name, symbol["st_value"] & _EVEN, symbol["st_size"])
            for symbol in symbols
            if symbol["st_info"]["type"] == "STT_FUNC"
        ]
        return (text["sh_addr"], text["sh_size"]), _sorted(found)


def _sorted(functions: Sequence[Function]) -> tuple[Function, ...]:
    return tuple(sorted(functions, key=lambda function: (function.address, function.name)))
