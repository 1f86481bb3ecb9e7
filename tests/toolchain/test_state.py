"""What a model keeps between inferences: where it lies, how it starts, and operators that are only near TFLM."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toolchain.cases_state import NEAR
from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder
from toolchain.codegen.folder import RUNTIME
from toolchain.errors import ModelError
from toolchain.golden import random_inputs
from toolchain.model import Model
from toolchain.operators.sigmoid_table import TABLE
from toolchain.oracles import open_oracle
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def running_sum(*, late: bool = False, start: float = 3.0) -> bytes:
    """A variable that starts at `start` and adds up the inputs; `late` initialises it after its first use."""
    g = GraphBuilder()
    x = g.input((1, 2), "float32")
    once = g.further()
    inner = once.tensor((), "resource")
    once.op("VAR_HANDLE", [], [inner], container="", sharedName="sum")
    once.op("ASSIGN_VARIABLE", [inner, once.constant(np.full((1, 2), start, np.float32))], [])
    handle, old, new = g.tensor((), "resource"), g.tensor((1, 2), "float32"), g.tensor((1, 2), "float32")
    g.op("VAR_HANDLE", [], [handle], container="", sharedName="sum")
    for early in (True, False):
        if early is not late:
            g.op("CALL_ONCE", [], [], initSubgraphIndex=1)
        if early:
            g.op("READ_VARIABLE", [handle], [old])
    g.op("ADD", [old, x], [new], fusedActivationFunction=0)
    g.op("ASSIGN_VARIABLE", [handle, new], [])
    return g.build([new])


def test_state_goes_on_until_it_is_reset() -> None:
    """The sum starts at what CALL_ONCE assigns, grows, and starts anew after `reset`."""
    reference = Reference(Model.of(read_model(running_sum())))
    window = [np.array([[1.0, 2.0]], np.float32)]
    sums = [reference.run(window).outputs[0].tolist() for _ in range(2)]
    assert [[[4.0, 5.0]], [[5.0, 7.0]]] == sums
    reference.reset()
    assert [[4.0, 5.0]] == reference.run(window).outputs[0].tolist()


def test_state_shares_its_memory_with_nothing() -> None:
    """A variable's block is alive before the first step and after the last, alone in its bytes."""
    model = Model.of(read_model(running_sum()))
    assert model.stateful
    (variable,) = (t for t in model.graph.tensors if t.variable)
    ((at, block),) = ((at, b) for at, b in model.plan.blocks if variable.index in b.tensors)
    others = [(o, b) for o, b in model.plan.blocks if b is not block]
    assert (variable.index,) == block.tensors
    assert all(at + block.size <= o or o + b.size <= at for o, b in others)


def test_the_initial_state_belongs_to_the_base() -> None:
    """Two models that start differently have different fingerprints."""
    bases = {Model.of(read_model(running_sum(start=start))).base for start in (3.0, 4.0)}
    assert 2 == len(bases)


def test_a_variable_that_is_used_before_it_is_set_is_refused() -> None:
    """CALL_ONCE behind READ_VARIABLE has no initial state that is known before."""
    with pytest.raises(ModelError, match="CALL_ONCE"):
        Model.of(read_model(running_sum(late=True)))


def test_a_handle_as_output_is_refused() -> None:
    """Handles mean nothing outside the model."""
    g = GraphBuilder()
    g.input((1, 1), "float32")
    handle = g.tensor((), "resource")
    g.op("VAR_HANDLE", [], [handle], container="", sharedName="x")
    with pytest.raises(ModelError, match="handle"):
        Model.of(read_model(g.build([handle])))


def test_a_graph_that_does_not_exist_cannot_be_called() -> None:
    """CALL_ONCE must name one of the other graphs."""
    g = GraphBuilder()
    x, y = g.input((1, 1), "float32"), g.tensor((1, 1), "float32")
    g.op("CALL_ONCE", [], [], initSubgraphIndex=1)
    g.op("ADD", [x, x], [y], fusedActivationFunction=0)
    with pytest.raises(ModelError, match="CALL_ONCE"):
        read_model(g.build([y]))


def test_the_table_in_c_is_the_one_in_python() -> None:
    """The literals of sigmoid_table.h follow from the formula."""
    text = (RUNTIME / "kernels" / "sigmoid_table.h").read_text()
    literals = re.search(r"\[256\] = \{([^}]*)\}", text)
    assert literals is not None
    np.testing.assert_array_equal([int(n) for n in literals[1].split(",") if n.strip()], TABLE)


@pytest.mark.parametrize("case", NEAR)
def test_reference_is_near_tflite_micro(case: str) -> None:
    """Outputs, at most 1 in size, differ from TFLite Micro's by at most 5e-6 over four inferences."""

    @settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
    @given(NEAR[case], st.integers(0, 2**16))
    def check(data: bytes, seed: int) -> None:
        model = Model.of(read_model(data, "test"))
        oracle, reference, inputs = open_oracle("tflite_micro", data), Reference(model), random_inputs(model, 4, seed)
        for i in range(4):
            window = [a[i] for a in inputs]
            np.testing.assert_allclose(reference.run(window).outputs, oracle.run(window), 0.0, 5e-6)

    check()


@pytest.mark.parametrize("case", NEAR)
def test_generated_c_equals_reference(case: str) -> None:
    """The generated C computes the reference's bits."""

    @settings(max_examples=4, deadline=None, suppress_health_check=SLOW)
    @given(NEAR[case])
    def check(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            assert_c_equals_reference(data, Path(folder))

    check()
