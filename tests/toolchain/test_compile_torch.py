"""From a torch module to a bundle: adaptive parameters keep their place, or the compiler says what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.hosted import Hosted
from toolchain.adaptive import locate, markers
from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import Compiled, compile_torch
from toolchain.edit import apply_edit, encode_edit
from toolchain.errors import AdaptiveError, BundleError
from toolchain.golden import make_golden, random_inputs
from toolchain.layout import Layout
from toolchain.mixed import RangeRule, quantise_mixed
from toolchain.model import Model
from toolchain.oracles import adaptive_values, open_oracle
from toolchain.reference import Reference
from toolchain.signal import Signal
from toolchain.tflite.constants import patch_constants
from toolchain.tflite.reader import read_model

torch = pytest.importorskip("torch", reason="the compiler's torch front end needs persona-mcu[compile]")
nn = torch.nn

NAMES = ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")


class Net(nn.Module):
    """A convolution in int8, two adaptive layers behind it; both biases are zero, as fresh layers have them."""

    def __init__(self, between: nn.Module | None = None) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.fc1, self.between, self.fc2 = nn.Linear(4, 6), between or nn.ReLU(), nn.Linear(6, 6)
        nn.init.zeros_(self.fc1.bias)
        nn.init.zeros_(self.fc2.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 8, 8, 1] to [1, 6]."""
        shared = torch.relu(self.stem(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1).mean((1, 2))
        return self.fc2(self.between(self.fc1(shared)))


@dataclass(frozen=True)
class Sources:
    """A module and all that the compiler wants with it."""

    module: nn.Module
    layout: Layout
    prototypes: np.ndarray
    calibration: np.ndarray

    @classmethod
    def of(cls, module: nn.Module, names: tuple[str, ...] = NAMES) -> Sources:
        """Layout and two prototypes from the module's own parameters."""
        values = {name: dict(module.named_parameters())[name].detach().numpy() for name in names}
        layout = Layout.of({n: v.shape for n, v in values.items()}, dict.fromkeys(names, 0.05))
        factory = layout.flatten(values)
        calibration = np.random.default_rng(0).uniform(size=(32, 8, 8, 1)).astype(np.float32)
        return cls(module.eval(), layout, np.stack([factory, factory + np.float32(0.01)]), calibration)

    def compile(self, ranges: RangeRule = RangeRule.AVERAGE) -> Compiled:
        """Run the compiler."""
        example = torch.from_numpy(self.calibration[:1])
        return compile_torch(
            self.module,
            example,
            name="net",
            layout=self.layout,
            prototypes=self.prototypes,
            calibration=self.calibration,
            ranges=ranges,
        )


@pytest.fixture(scope="module")
def sources() -> Sources:
    """The default module, seeded."""
    torch.manual_seed(0)
    return Sources.of(Net())


@pytest.fixture(scope="module")
def compiled(sources: Sources) -> Compiled:
    """The default module, compiled."""
    return sources.compile()


@pytest.fixture
def bundle(compiled: Compiled, tmp_path: Path) -> Bundle:
    """The default module as a bundle."""
    golden = make_golden(compiled.model, random_inputs(compiled.model, 8), {})
    write_bundle(tmp_path / "bundle", compiled, golden, extra={"editor.json": b"{}"})
    return Bundle.open(tmp_path / "bundle")


def test_zero_and_equal_biases_keep_their_slots(sources: Sources, compiled: Compiled) -> None:
    """Two all-zero biases of one shape, which converters drop or merge, are found and hold the factory values."""
    model = compiled.model
    assert set(NAMES) == set(model.adaptive.values())
    for index, name in model.adaptive.items():
        np.testing.assert_array_equal(
            sources.layout.unflatten(sources.prototypes[0])[name], model.graph.tensors[index].data
        )


def test_shared_part_is_int8_and_adaptive_part_float(compiled: Compiled) -> None:
    """Input and embedding are int8, logits float32; exactly the adaptive operators are float."""
    graph = compiled.model.graph
    assert "int8" == graph.tensors[graph.inputs[0]].dtype.value
    assert "float32" == graph.tensors[graph.outputs[0]].dtype.value
    kinds = [kernel.function for kernel in compiled.model.kernels if kernel.function.endswith("f32")]
    assert ["dequantize_s8_f32", "fully_connected_f32", "fully_connected_f32"] == kinds


def test_personalised_bits_agree_everywhere(sources: Sources, compiled: Compiled, tmp_path: Path) -> None:
    """With an edit applied, generated C, reference and TFLite Micro (patched file) give the same bits."""
    model = compiled.model
    delta = np.random.default_rng(1).normal(scale=0.1, size=model.layout.size).astype(np.float32)
    edit = encode_edit(delta, layout=model.layout, base=model.base, prototypes=model.prototypes, prototype=1, counter=1)
    bank = apply_edit(edit, layout=model.layout, base=model.base, prototypes=model.prototypes)
    windows = [[w] for w in random_inputs(model, 8)[0]]
    oracle = open_oracle("tflite_micro", compiled.tflite, adaptive_values(model, bank))
    for window, ours in zip(windows, Hosted(model, tmp_path).run(windows, bank), strict=True):
        expected = Reference(model).run(window, bank)
        (theirs,) = oracle.run(window)
        np.testing.assert_array_equal(expected.outputs[0].view(np.uint32), theirs.view(np.uint32))
        for index, value in ours.items():
            np.testing.assert_array_equal(expected.tensors[index], value)
    assert not np.array_equal(sources.prototypes[0], bank)


def test_float_part_is_near_litert(compiled: Compiled) -> None:
    """Against LiteRT's default kernels, which round the int8 part otherwise, logits stay within 0.02."""
    model = compiled.model
    oracle = open_oracle("litert", compiled.tflite)
    for window in random_inputs(model, 16)[0]:
        (theirs,) = oracle.run([window])
        np.testing.assert_allclose(Reference(model).run([window]).outputs[0], theirs, atol=0.02)


@pytest.mark.parametrize(
    ("between", "names", "message"),
    [
        (nn.BatchNorm1d(6), NAMES, r"fc1\.weight: was folded"),
        (nn.LayerNorm(6), (*NAMES, "between.weight"), r"between\.weight: became an operand of MUL"),
    ],
)
def test_lost_parameters_are_reported(between: nn.Module, names: tuple[str, ...], message: str) -> None:
    """A BatchNorm behind an adaptive layer, or an adaptive operator that cannot be one, is an error that says so."""
    torch.manual_seed(0)
    module = Net(between)
    if isinstance(between, nn.BatchNorm1d):
        nn.init.uniform_(between.weight, 0.5, 1.5)
        nn.init.uniform_(between.running_mean, 0.5, 1.5)
    with pytest.raises(AdaptiveError, match=message):
        Sources.of(module, names).compile()


def test_shared_layers_are_reported() -> None:
    """One adaptive layer used twice cannot be patched through one operator."""

    class Twice(Net):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc2(torch.relu(super().forward(x)))

    with pytest.raises(AdaptiveError, match=r"fc2\.weight: (is read by 2 operators|found 2 times)"):
        Sources.of(Twice()).compile()


def test_quantised_parameters_are_reported(sources: Sources) -> None:
    """When the quantiser was not told to leave the adaptive layers alone, `locate` sees it."""
    from toolchain.frontends.torch_module import convert_module

    marked = markers(sources.layout.unflatten(sources.prototypes[0]))
    data = convert_module(sources.module, torch.from_numpy(sources.calibration[:1]), marked)
    whole = quantise_mixed(data, data, sources.calibration, [], float_result=False)
    with pytest.raises(AdaptiveError, match=r"fc1\.weight: was quantised to int8"):
        locate(read_model(whole), whole, marked)


def test_ranges_may_hold_every_calibration_value(sources: Sources, compiled: Compiled) -> None:
    """The default cuts off what few samples reach; with the extremes as the rule nothing of the set saturates."""
    whole = sources.compile(RangeRule.EXTREMES)

    def furthest(model: Model) -> tuple[float, float]:
        """How far a calibration value moves by quantisation, and half a step."""
        signal = Signal.of(model.graph.tensors[model.graph.inputs[0]])
        values = sources.calibration
        moved = np.abs(signal.decode(signal.encode(values)).reshape(values.shape) - values)
        return float(moved.max()), signal.scale * 0.5

    moved, allowed = furthest(compiled.model)
    assert moved > allowed * 1.01
    moved, allowed = furthest(whole.model)
    assert moved <= allowed * 1.01


def test_unknown_parameter_names_are_reported(sources: Sources) -> None:
    """A name that is no parameter is answered with those that are."""
    layout = Layout.of({"head.weight": (6, 4)}, {"head.weight": 0.05})
    wrong = Sources(sources.module, layout, np.zeros((1, 24), np.float32), sources.calibration)
    with pytest.raises(AdaptiveError, match=r"no parameter 'head\.weight'(.|\n)*fc1\.weight"):
        wrong.compile()


def test_bundle_gives_back_what_was_compiled(compiled: Compiled, bundle: Bundle) -> None:
    """Fingerprints, table, vectors and carried files survive; the C folder is there."""
    assert (compiled.model.base, compiled.model.layout.fingerprint) == (bundle.model.base, bundle.layout.fingerprint)
    np.testing.assert_array_equal(compiled.model.prototypes, bundle.prototypes)
    assert (8, b"{}") == (len(bundle.golden), bundle.files["editor.json"])
    assert {"model.c", "model.h", "persona_bundle.h", "persona_model.h"} <= {p.name for p in bundle.c_folder.iterdir()}


def test_bundles_are_reproducible(compiled: Compiled, bundle: Bundle, tmp_path: Path) -> None:
    """The same model and vectors give the same bytes in every file."""
    write_bundle(tmp_path / "again", compiled, bundle.golden, extra={"editor.json": b"{}"})
    again = Bundle.open(tmp_path / "again")
    assert (bundle.manifest, bundle.files) == (again.manifest, again.files)


def test_truncated_bundles_are_refused(bundle: Bundle) -> None:
    """Half a file is named, with both sizes."""
    path = bundle.path / "model.tflite"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BundleError, match=r"model\.tflite(.|\n)*100 bytes"):
        Bundle.open(bundle.path)


def test_every_frozen_byte_is_in_the_base_fingerprint(compiled: Compiled) -> None:
    """One flipped bit of one frozen weight is another base; another factory head is not hidden by the layout."""
    graph = read_model(compiled.tflite)
    victim = next(t for t in graph.tensors if t.data is not None and t.dtype.value == "int8")
    flipped = victim.data.copy()
    flipped.flat[0] ^= 1
    other = read_model(patch_constants(compiled.tflite, {victim.index: flipped}))
    model = compiled.model
    twin = type(model).of(other, layout=model.layout, adaptive=model.adaptive, prototypes=model.prototypes)
    assert model.base != twin.base
    moved = type(model).of(graph, layout=model.layout, adaptive=model.adaptive, prototypes=model.prototypes + 1)
    assert model.base != moved.base
