"""What the linked Arm images may hold, by disassembly."""

import re
import shutil
import subprocess
from collections.abc import Callable

import pytest
from elftools.elf.elffile import ELFFile

from firmware_bridge.image import Image

# QEMU's Cortex-M3 executes these, silicon faults on them.
DSP = re.compile(
    r"\t(smla[bdt]\w*|smls[ld]\w*|smmul\w*|smml[as]\w*|smu[as]d\w*|smul[bt][bt]|smulw[bt]|smlal[bdt]\w*|smlaw[bt]"
    r"|[su]xta?b16|[su]xta[bh]|pkh(bt|tb)|q(d?add|d?sub)\w*|[suq]{1,2}h?(add|sub)(8|16)|[su]sat16|usada?8|umaal|sel)\b"
)
FLOATING = re.compile(r"\tv[a-z]+")
HEAP = {"malloc", "free", "calloc", "realloc", "_sbrk", "_malloc_r", "_free_r"}


def disassembly(image: Image) -> str:
    """Every instruction of the image."""
    if shutil.which("arm-none-eabi-objdump") is None:
        pytest.skip("arm-none-eabi-objdump is not installed (package binutils-arm-none-eabi)")
    command = ["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", str(image.path)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_m3_image_holds_no_instruction_that_the_m3_lacks(arm_image: Callable[[str], Image]) -> None:
    """Neither DSP nor floating point, in our code or in the libraries'."""
    text = disassembly(arm_image("mps2-an385"))
    assert "\tldr" in text, "the listing is not empty"
    assert not DSP.search(text)
    assert not FLOATING.search(text)


def test_the_m4_image_uses_its_floating_point_unit(arm_image: Callable[[str], Image]) -> None:
    """And never fuses a multiplication with an addition, which would round once instead of twice."""
    text = disassembly(arm_image("mps2-an386"))
    assert "\tvmul.f32" in text
    assert not re.search(r"\tvfn?m[as]\.", text)
    assert "__aeabi_fmul" not in text


@pytest.mark.parametrize("name", ["mps2-an386", "mps2-an385"])
def test_no_image_has_a_heap(arm_image: Callable[[str], Image], name: str) -> None:
    """Nor anything that would want one."""
    with arm_image(name).path.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        symbols = {symbol.name for symbol in table.iter_symbols()}
    assert "persona_run" in symbols
    assert not symbols & HEAP
