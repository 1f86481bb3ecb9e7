"""The core's stack is bounded and known: no recursion, no dynamic frames, a small worst case."""

import shutil
from pathlib import Path

import pytest

from firmware_bridge.build import compile_into
from firmware_bridge.callgraph import INDIRECT, Calls, read_calls
from firmware_bridge.platforms import MPS2_AN386

LARGEST = 384
"""Bytes of one frame: that of the codec `latent` holds a code of 256 bytes."""

DEEPEST = 1024
"""Bytes of stack that serving any request may take on a Cortex-M4, besides the model's own."""


@pytest.fixture(scope="module")
def calls(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Calls:
    """The call graph of core and port as the cross compiler saw it."""
    if shutil.which(MPS2_AN386.compiler) is None:
        pytest.skip(f"{MPS2_AN386.compiler} is not installed (package {MPS2_AN386.package})")
    work = tmp_path_factory.mktemp("stack")
    compile_into(work, tiny_bundle, MPS2_AN386.preset)
    return read_calls(path for path in work.rglob("*.ci") if "persona_model" not in str(path))


def test_every_frame_has_a_size_that_the_compiler_knows(calls: Calls) -> None:
    """No alloca, no array of variable length."""
    assert len(calls.kind) > 60
    assert set(calls.kind.values()) == {"static"}


def test_no_frame_is_large(calls: Calls) -> None:
    """Buffers are static, not on the stack."""
    assert {name: size for name, size in calls.frame.items() if size > LARGEST} == {}


def test_the_deepest_chain_is_bounded_and_nothing_recurs(calls: Calls) -> None:
    """From the main loop, through the one indirect call (a request's handler), to its end."""
    handlers = {name for name in calls.frame if name.startswith("persona_handle_")}
    assert len(handlers) == 17
    calls.callees[INDIRECT] = handlers
    # All other indirect calls are the model's or the flash driver's, which have bounds of their own.
    for function, callees in calls.callees.items():
        if function not in {"persona_session_answer", "carry_out", "answer_anew"}:
            callees.discard(INDIRECT)
    assert 200 < calls.deepest("persona_run") <= DEEPEST
