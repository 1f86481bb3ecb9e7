"""`--codec auto`: the smallest codec whose measured loss is allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from tests.device_fixtures import LAYOUT, small_model
from tests.toolchain import graph_builder
from tests.toolchain.test_attachments import some_latent
from toolchain.codec_choice import choose_codec, largest
from toolchain.codecs import Codec, coder
from toolchain.edit import clip_delta, encode_edit
from toolchain.edit_loss import EditLoss, log_shares
from toolchain.errors import EditError
from toolchain.golden import Golden, make_golden, random_inputs
from toolchain.layout import Vector
from toolchain.model import Model
from toolchain.reference import Reference
from toolchain.tail import Tail
from toolchain.tflite.reader import read_model

LATENT = some_latent()


@pytest.fixture(scope="module")
def model() -> Model:
    """The small model with a latent table."""
    return small_model(0).model.attach(latent=LATENT)


@pytest.fixture(scope="module")
def golden(model: Model) -> Golden:
    """Vectors with an evaluation set of twelve labelled windows."""
    (x,) = random_inputs(model, 12, 3)
    return make_golden(model, random_inputs(model, 4), {"x": x, "y": np.arange(12) % 3})


def some_delta(seed: int = 0) -> Vector:
    """A delta inside the clip ball."""
    delta = np.random.default_rng(seed).normal(scale=0.2, size=LAYOUT.size)
    return clip_delta(delta.astype(np.float32), LAYOUT)


def test_the_tail_gives_the_bits_of_the_whole_model(model: Model) -> None:
    """Only what depends on the bank is run again, with the same outputs."""
    (x,) = random_inputs(model, 5, 7)
    tail = Tail(model, [[window] for window in x])
    for seed in range(3):
        bank = model.prototypes[1] + some_delta(seed)
        for window, output in zip(x, tail.run(bank), strict=True):
            np.testing.assert_array_equal(Reference(model).run([window], bank).outputs[0], output)


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_loss_is_the_increase_of_cross_entropy_or_the_divergence(model: Model, golden: Golden, seed: int) -> None:
    """Against a direct calculation over the evaluation set; the exact delta loses nothing."""
    delta, other = some_delta(), some_delta(seed)
    x, labels = golden.evaluation["x"], golden.evaluation["y"]

    def shares(change: Vector) -> npt.NDArray[np.float64]:
        scores = np.array([Reference(model).run([w], model.prototypes[2] + change).outputs[0].reshape(-1) for w in x])
        powers = np.exp(scores.astype(np.float64))
        return np.asarray(powers / powers.sum(1, keepdims=True))

    before, after = shares(delta), shares(other)
    divergence = np.mean((before * np.log(before / after)).sum(1))
    increase = np.mean(np.log(before[range(len(x)), labels] / after[range(len(x)), labels]))
    loss = EditLoss(model, golden, model.prototypes[2], delta)
    assert loss.of(delta) == 0
    assert max(divergence, increase) == pytest.approx(loss.of(other))


@pytest.mark.parametrize("y", [None, np.array([0, 1, 2, 3])], ids=["no labels", "labels beyond the outputs"])
def test_without_labels_the_loss_is_a_divergence(model: Model, y: npt.NDArray[np.int64] | None) -> None:
    """Never below 0, and 0 for the exact delta, over the golden inputs."""
    (x,) = random_inputs(model, 4)
    golden = make_golden(model, (x,), {} if y is None else {"x": x, "y": y})
    loss = EditLoss(model, golden, model.prototypes[0], some_delta())
    assert loss.name == "divergence"
    assert loss.of(some_delta()) == 0
    assert loss.of(some_delta(1)) > 0


def test_a_softmax_output_is_taken_as_it_is() -> None:
    """Its int8 shares are the probabilities; an impossible class keeps half a step."""
    g = graph_builder.GraphBuilder()
    scores = g.input((1, 3), "int8", 0.1, 0)
    shares = g.tensor((1, 3), "int8", 1 / 256, -128)
    g.op("SOFTMAX", [scores], [shares], beta=1.0)
    model = Model.of(read_model(g.build([shares]), "softmax"))
    found = log_shares(model, [np.array([[-128, -64, 127]], np.int8)])
    expected = np.array([0.5, 64, 255]) / 319.5
    np.testing.assert_allclose(np.log(expected), found[0])


@pytest.mark.parametrize("max_loss", [0.0, 1e-4, 0.003, 0.05, 10.0])
def test_the_smallest_codec_within_the_bound_is_taken(model: Model, golden: Golden, max_loss: float) -> None:
    """None that is smaller was good enough; the edit made with it has that size and that loss."""
    delta = some_delta()
    choice = choose_codec(model, golden, delta=delta, prototype=1, max_loss=max_loss)
    assert choice.taken.loss <= max_loss
    smaller = [c for c in choice.measured if c.payload_bytes < choice.taken.payload_bytes]
    assert all(candidate.loss > max_loss for candidate in smaller)
    edit = encode_edit(
        choice.delta,
        layout=LAYOUT,
        base=model.base,
        prototypes=model.prototypes,
        prototype=1,
        counter=1,
        codec=choice.codec,
        latent=LATENT,
    )
    assert len(edit.payload) == choice.taken.payload_bytes
    decoded = coder(choice.codec, LAYOUT, LATENT).decode(edit.payload)
    assert EditLoss(model, golden, model.prototypes[1], delta).of(decoded) == choice.taken.loss


def test_every_codec_of_the_device_is_measured(model: Model, golden: Golden) -> None:
    """All of them, sparse with several shares; fewer where the device or the model has fewer."""
    choice = choose_codec(model, golden, delta=some_delta(), prototype=0, max_loss=0.0)
    assert {candidate.codec for candidate in choice.measured} == set(Codec)
    assert len([c for c in choice.measured if c.codec is Codec.SPARSE]) > 1
    few = choose_codec(
        model.attach(), golden, delta=some_delta(), prototype=0, max_loss=10.0, codecs=(Codec.INT8, Codec.LATENT)
    )
    assert {candidate.codec for candidate in few.measured} == {Codec.INT8}


def test_a_known_code_is_not_fitted(model: Model, golden: Golden) -> None:
    """The delta of a code is lost in nothing by sending the code."""
    code = np.random.default_rng(3).integers(-127, 128, LATENT.code_bytes).astype(np.int8)
    delta = LATENT.decode(code, LAYOUT)
    choice = choose_codec(model, golden, delta=delta, prototype=0, max_loss=0.0, code=code)
    assert choice.codec is Codec.LATENT
    assert choice.taken.loss == 0


@pytest.mark.parametrize("max_loss", [-1.0, float("nan"), float("inf")])
def test_a_bound_that_cannot_be_is_refused(model: Model, golden: Golden, max_loss: float) -> None:
    """Below 0, NaN, infinity."""
    with pytest.raises(EditError, match="allowed loss"):
        choose_codec(model, golden, delta=some_delta(), prototype=0, max_loss=max_loss)


def test_what_no_codec_can_do_is_said(model: Model, golden: Golden) -> None:
    """The least loss and its codec; nothing to measure with; no such prototype."""
    with pytest.raises(EditError, match=r"loss of at most 0\n.*with int4"):
        choose_codec(model, golden, delta=some_delta(), prototype=0, max_loss=0, codecs=(Codec.INT4,))
    empty = replace(golden, inputs=tuple(a[:0] for a in golden.inputs), evaluation={})
    with pytest.raises(EditError, match="nothing to measure"):
        choose_codec(model, empty, delta=some_delta(), prototype=0, max_loss=0)
    with pytest.raises(EditError, match="prototype"):
        choose_codec(model, golden, delta=some_delta(), prototype=3, max_loss=0)


def test_the_largest_entries_stay() -> None:
    """A share of the entries by magnitude; at least one."""
    delta = np.array([0.1, -0.5, 0.3, 0.0], np.float32)
    np.testing.assert_array_equal(np.array([0, -0.5, 0.3, 0], np.float32), largest(delta, 0.5))
    np.testing.assert_array_equal(np.array([0, -0.5, 0, 0], np.float32), largest(delta, 0.01))
