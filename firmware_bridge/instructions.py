"""Instructions in an image that its processor does not have.

QEMU's Cortex-M3 executes instructions of the DSP extension; silicon faults on them. So whoever trusts an emulator looks
at the image itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import ARMAttributesSection

from firmware_bridge.errors import BuildError

OBJDUMP: Final = "arm-none-eabi-objdump"
DSP: Final = re.compile(
    r"\t(smla[bdt]\w*|smls[ld]\w*|smmul\w*|smml[as]\w*|smu[as]d\w*|smul[bt][bt]|smulw[bt]|smlal[bdt]\w*|smlaw[bt]"
    r"|[su]xta?b16|[su]xta[bh]|pkh(bt|tb)|q(d?add|d?sub)\w*|[suq]{1,2}h?(add|sub)(8|16)|[suq]{1,2}h?(asx|sax)"
    r"|[su]sat16|usada?8|umaal|sel)(\.[nw]|[a-z]{2}(\.[nw])?)?\s.*"
)
"""With an optional condition and width. Armv7-M has SSAT, USAT, SMLAL, SXTB and their like without the extension."""
FLOATING: Final = re.compile(r"\tv[a-z]+.*")
_WITHOUT_EITHER: Final = frozenset({10, 11, 12})
"""Tag_CPU_arch (Addenda to the ABI for the Arm Architecture, 3.3.5.2): v7 (of a Cortex-M3), v6-M, v6S-M."""
_DEADLINE_S: Final = 60.0


def disassembly(path: Path) -> str:
    """Every instruction of the image at `path`, one a line behind a tab.

    Raises:
        BuildError: the disassembler is missing, or refuses the file.
    """
    found = shutil.which(OBJDUMP)
    if found is None:
        raise BuildError(
            "the disassembler is missing",
            expected=f"{OBJDUMP} on PATH",
            received="no such program",
            remedy="install the package binutils-arm-none-eabi (Debian, Ubuntu: apt-get install it)",
        )
    command = [found, "-d", "--no-show-raw-insn", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False)
    if done.returncode:
        raise BuildError(f"cannot disassemble {path}", received=done.stderr.strip())
    return done.stdout


def foreign_instructions(path: Path) -> list[str]:
    """Instructions for DSP or floating point in an image for a processor that has neither, a Cortex-M0 or M3.

    Raises:
        BuildError: as `disassembly`.
    """
    if _architecture(path) not in _WITHOUT_EITHER:
        return []
    text = disassembly(path)
    return [match.group().strip() for pattern in (DSP, FLOATING) for match in pattern.finditer(text)]


def require_native(path: Path) -> None:
    """Refuse an image with instructions that its processor does not have.

    Raises:
        BuildError: names the first of them.
    """
    found = foreign_instructions(path)
    if found:
        raise BuildError(
            f"{path.name} holds instructions that its processor does not have",
            expected="none of the DSP extension, none of floating point",
            received=f"{len(found)}, the first: {found[0]}",
            remedy="a kernel for another class of core was chosen: toolchain/runtime/kernels/isa.h",
        )


def _architecture(path: Path) -> int:
    with path.open("rb") as file:
        sections: Any = ELFFile(file).iter_sections()
        for section in sections:
            if isinstance(section, ARMAttributesSection):
                return next((int(a.value) for a in _attributes(section) if a.tag == "TAG_CPU_ARCH"), -1)
    return -1


def _attributes(section: Any) -> list[Any]:
    return [
        attribute
        for part in section.iter_subsections()
        for scope in part.iter_subsubsections()
        for attribute in scope.iter_attributes()
    ]
