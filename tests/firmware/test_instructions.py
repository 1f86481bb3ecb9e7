"""What the linked Arm images may hold, by disassembly."""

import re
import shutil
from collections.abc import Callable

import pytest
from elftools.elf.elffile import ELFFile

from firmware_bridge import instructions
from firmware_bridge.image import Image
from firmware_bridge.instructions import DSP, FLOATING, OBJDUMP

OF_THE_DSP_EXTENSION = (
    *("smlad", "smladx", "smlald", "smlabb", "smlatt", "smlawb", "smulbb", "smuad", "smmul", "smmulr", "smlsdne"),
    *("sxtb16", "uxtb16", "sxtab16", "uxtab", "ssat16", "usat16", "pkhbt", "pkhtb", "sel", "usad8", "usada8", "umaal"),
    *("qadd", "qdsub", "qaddeq.w", "qadd16", "qsub8", "uadd8", "shadd16", "uhsub8", "sasx"),
)
OF_ARMV7M = ("ssat", "usat", "smlal", "umlal", "smull", "umull", "mla", "mls", "sxtb", "uxth", "subs", "sdiv", "asrlt")
HEAP = {"malloc", "free", "calloc", "realloc", "_sbrk", "_malloc_r", "_free_r"}


def disassembly(image: Image) -> str:
    """Every instruction of the image."""
    if shutil.which(OBJDUMP) is None:
        pytest.skip(f"{OBJDUMP} is not installed (package binutils-arm-none-eabi)")
    return instructions.disassembly(image.path)


@pytest.mark.parametrize("name", ["mps2-an385", "lm3s6965evb"])
def test_an_m3_image_holds_no_instruction_that_the_m3_lacks(arm_image: Callable[[str], Image], name: str) -> None:
    """Neither DSP nor floating point, in our code or in the libraries'."""
    text = disassembly(arm_image(name))
    assert "\tldr" in text, "the listing is not empty"
    assert not DSP.search(text)
    assert not FLOATING.search(text)


def test_an_m4_image_would_be_noticed(arm_image: Callable[[str], Image]) -> None:
    """The same patterns find what the compiler makes of the same sources for a Cortex-M4."""
    text = disassembly(arm_image("mps2-an386"))
    assert FLOATING.search(text)
    assert DSP.search("\tsmladeq\tr0, r1, r2, r3\n")
    assert instructions.foreign_instructions(arm_image("mps2-an385").path) == []


@pytest.mark.parametrize("mnemonic", OF_THE_DSP_EXTENSION)
def test_the_dsp_extension_is_known_by_its_mnemonics(mnemonic: str) -> None:
    """Each that our kernels or the compiler may use, with a condition and a width too."""
    assert DSP.search(f"\t{mnemonic}\tr0, r1, r2\n")


@pytest.mark.parametrize("mnemonic", OF_ARMV7M)
def test_what_a_cortex_m3_has_is_not_taken_for_it(mnemonic: str) -> None:
    """Saturation of a word and long multiplication are Armv7-M."""
    assert not DSP.search(f"\t{mnemonic}\tr0, r1, r2\n")


@pytest.mark.parametrize("name", ["mps2-an386", "netduinoplus2"])
def test_an_m4_image_uses_its_floating_point_unit(arm_image: Callable[[str], Image], name: str) -> None:
    """And never fuses a multiplication with an addition, which would round once instead of twice."""
    text = disassembly(arm_image(name))
    assert "\tvmul.f32" in text
    assert not re.search(r"\tvfn?m[as]\.", text)
    assert "__aeabi_fmul" not in text


@pytest.mark.parametrize("name", ["mps2-an386", "mps2-an385", "netduinoplus2", "lm3s6965evb"])
def test_no_image_has_a_heap(arm_image: Callable[[str], Image], name: str) -> None:
    """Nor anything that would want one."""
    with arm_image(name).path.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        symbols = {symbol.name for symbol in table.iter_symbols()}
    assert "persona_run" in symbols
    assert not symbols & HEAP
