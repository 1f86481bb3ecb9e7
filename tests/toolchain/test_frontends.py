"""Front ends: whatever a model was made with, one function compiles it; wrong names and sets end in one clear error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.equality import assert_reference_equals_oracle
from toolchain.arrangement import Arrangement
from toolchain.compile import Compiled, compile_model
from toolchain.errors import AdaptiveError, ModelError
from toolchain.frontends.calibration import fit, load_calibration
from toolchain.frontends.quiet import converter
from toolchain.golden import random_inputs
from toolchain.model import Model
from toolchain.oracles import adaptive_values, open_oracle
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model

SAMPLES = np.random.default_rng(0).uniform(-1, 1, (24, 8, 8, 3)).astype(np.float32)


def _torch_module() -> object:
    torch = pytest.importorskip("torch", reason="the torch front end needs persona-mcu[compile]")
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 6, 3))
            self.head = nn.Linear(6, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(torch.relu(self.body(x.permute(0, 3, 1, 2))).mean((2, 3)))

    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture(scope="module")
def keras_model() -> object:
    """A small Keras model with a depthwise layer and a batch normalisation."""
    pytest.importorskip("tensorflow", reason="the Keras front end needs persona-mcu[compile]")
    with converter("TensorFlow"):
        import tensorflow as tf

        layers = tf.keras.layers
        tf.keras.utils.set_random_seed(0)
        return tf.keras.Sequential(
            [
                layers.Input((8, 8, 3)),
                layers.Conv2D(4, 3, name="stem"),
                layers.DepthwiseConv2D(1, activation="relu", name="scale"),
                layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False, name="depthwise"),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.Conv2D(6, 1, activation="relu", name="pointwise"),
                layers.GlobalAveragePooling2D(),
                layers.Dense(3, name="head"),
            ]
        )


def _assert_agrees(compiled: Compiled) -> None:
    """Under moved parameters, reference and TFLite Micro give the same bits."""
    model = compiled.model
    bank = (model.prototypes[0] + np.float32(0.03)).astype(np.float32)
    oracle = open_oracle("tflite_micro", compiled.tflite, adaptive_values(model, bank))
    for window in random_inputs(model, 4)[0]:
        ours = Reference(model).run([window], bank).outputs[0]
        np.testing.assert_array_equal(ours, oracle.run([window])[0])


def test_saved_programs_compile_like_the_module(tmp_path: Path) -> None:
    """A `.pt2` file gives the bundle that its module gives, with the same names for what is adaptive."""
    torch = pytest.importorskip("torch", reason="the torch front end needs persona-mcu[compile]")
    module = _torch_module()
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(module, (torch.from_numpy(SAMPLES[:1]),)), path)
    loaded = compile_model(path, calibration=SAMPLES, adaptive=["body.2", "head"])
    direct = compile_model(module, name="net", calibration=SAMPLES, adaptive=["body.2", "head"])
    assert loaded.model.base == direct.model.base
    assert ("net", direct.model.layout) == (loaded.name, loaded.model.layout)
    assert ["body.2.weight", "body.2.bias", "head.weight", "head.bias"] == [t.name for t in loaded.model.layout.tensors]
    _assert_agrees(loaded)


@pytest.mark.parametrize("form", ["keras", "saved model", "object"])
def test_keras_models_compile(keras_model: object, form: str, tmp_path: Path) -> None:
    """A `.keras` file, a SavedModel and a model in memory compile, with layers of all kinds adaptive."""
    path = tmp_path / ("model.keras" if form == "keras" else "model")
    with converter("Keras"):
        if form == "keras":
            keras_model.save(path)
        elif form == "saved model":
            keras_model.export(path)
    given = keras_model if form == "object" else path
    compiled = compile_model(given, name="net", calibration=SAMPLES, adaptive=["head", "stem", "scale"])
    names = [t.name for t in compiled.model.layout.tensors]
    assert {f"{layer}.{part}" for layer in ("head", "stem", "scale") for part in ("bias", "kernel")} == set(names)
    kernel, scale = (compiled.arrangements[f"{layer}.kernel"] for layer in ("stem", "scale"))
    assert ((3, 3, 3, 4), (4, 3, 3, 3)) == (kernel.parameter, kernel.tensor)
    assert ((1, 1, 4, 1), (1, 1, 1, 4)) == (scale.parameter, scale.tensor)
    _assert_agrees(compiled)
    windows = random_inputs(compiled.model, 4)[0]
    for window, wanted in zip(windows, np.asarray(keras_model(_real(compiled, windows))), strict=True):
        found = Reference(compiled.model).run([window]).outputs[0]
        np.testing.assert_allclose(_output(compiled, found), wanted[None], atol=0.1)


def _real(compiled: Compiled, windows: np.ndarray) -> np.ndarray:
    graph = compiled.model.graph
    scale, zero = graph.tensors[graph.inputs[0]].scale_zero
    return ((windows.astype(np.float32) - zero) * scale).reshape(-1, 8, 8, 3)


def _output(compiled: Compiled, values: np.ndarray) -> np.ndarray:
    tensor = compiled.model.graph.tensors[compiled.model.graph.outputs[0]]
    if tensor.quantisation is None:
        return values
    scale, zero = tensor.scale_zero
    return (values.astype(np.float32) - zero) * scale


def test_folded_keras_layers_are_reported(keras_model: object) -> None:
    """A kernel that a batch normalisation is folded into is not silently frozen."""
    with pytest.raises(AdaptiveError, match=r"depthwise\.kernel: was folded"):
        compile_model(keras_model, calibration=SAMPLES, adaptive=["depthwise"])


@pytest.fixture(scope="module")
def float_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float .tflite file."""
    from toolchain.frontends.open import open_source

    path = tmp_path_factory.mktemp("float") / "net.tflite"
    path.write_bytes(open_source(_torch_module(), {"x": SAMPLES}).convert({}))
    return path


def test_float_files_are_quantised(float_file: Path) -> None:
    """A float .tflite becomes int8 with a calibration set, and stays as it is with `keep_float`."""
    compiled = compile_model(float_file, calibration=SAMPLES)
    graph = compiled.model.graph
    assert {"int8"} == {graph.tensors[op.outputs[0]].dtype.value for op in graph.operators}
    assert_reference_equals_oracle(compiled.tflite)
    plain = compile_model(float_file, keep_float=True)
    assert float_file.read_bytes() == plain.tflite
    with pytest.raises(ModelError, match=r"float model(.|\n)*calibration set(.|\n)*--float"):
        compile_model(float_file)


def _aged(data: bytes) -> bytes:
    """The file as a converter of years ago wrote it: no signature, old operator codes, names twice, hybrid weights."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(data, 0)
    model.signatureDefs = None
    for code in model.operatorCodes:
        code.deprecatedBuiltinCode, code.builtinCode = code.builtinCode, 0
    tensors = model.subgraphs[0].tensors
    conv = next(t for t in tensors if list(t.shape) == [4, 3, 3, 3])
    buffer = model.buffers[conv.buffer]
    values = np.frombuffer(bytes(buffer.data), np.float32)
    conv.quantization = schema.QuantizationParametersT()
    conv.quantization.scale, conv.quantization.zeroPoint = [float(np.abs(values).max()) / 127], [0]
    buffer.data = np.rint(values / np.float32(conv.quantization.scale[0])).astype(np.int8).view(np.uint8)
    conv.type = schema.TensorType.INT8
    next(t for t in tensors if list(t.shape) == [4]).name = conv.name
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_files_of_old_converters_compile(float_file: Path) -> None:
    """Hybrid weights become float32, said in a note; without signature and unique names the quantiser still works."""
    old = _aged(float_file.read_bytes())
    with pytest.raises(ModelError, match=r"hybrid|element types"):
        Model.of(read_model(old))
    plain = compile_model(old, name="old", keep_float=True)
    assert ["1 weights of float operators were int8"] == [note[:38] for note in plain.notes]
    assert_reference_equals_oracle(plain.tflite)
    graph = plain.model.graph
    last = [op for op in graph.operators if op.kind == "FULLY_CONNECTED"][-1]
    compiled = compile_model(old, name="old", calibration=SAMPLES, adaptive=[graph.tensors[last.inputs[1]].name])
    kinds = [k.function for k in compiled.model.kernels if k.function.startswith(("conv2d", "fully_connected"))]
    assert ["conv2d_s8", "conv2d_s8", "fully_connected_f32"] == kinds
    _assert_agrees(compiled)


def test_models_with_several_inputs_compile() -> None:
    """The calibration set has an array for each input, by the order of their names where these mean nothing."""
    torch = pytest.importorskip("torch", reason="the torch front end needs persona-mcu[compile]")

    class Two(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = torch.nn.Linear(6, 8), torch.nn.Linear(4, 8)

        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.left(x)) + torch.relu(self.right(y))

    chance = np.random.default_rng(0)
    sets = {n: chance.uniform(-1, 1, (16, size)).astype(np.float32) for n, size in (("a", 6), ("b", 4))}
    compiled = compile_model(Two().eval(), calibration=sets, adaptive=["right"])
    assert [(1, 6), (1, 4)] == [compiled.model.graph.tensors[i].shape for i in compiled.model.graph.inputs]
    oracle = open_oracle("tflite_micro", compiled.tflite)
    for window in zip(*random_inputs(compiled.model, 4), strict=True):
        ours = Reference(compiled.model).run(window).outputs[0]
        np.testing.assert_array_equal(ours, oracle.run(window)[0])
    with pytest.raises(ModelError, match="one array for each input"):
        fit(sets | {"c": sets["a"]}, compiled.model.graph)


def test_tensors_of_a_file_can_be_adaptive(float_file: Path) -> None:
    """Weights of a .tflite file are named by their tensor, a layer by the tensor it writes; int8 ones are refused."""
    graph = read_model(float_file.read_bytes())
    conv = [op for op in graph.operators if op.kind == "CONV_2D"][1]
    weight, written = graph.tensors[conv.inputs[1]].name, graph.tensors[conv.outputs[0]].name
    one = compile_model(float_file, calibration=SAMPLES, adaptive=[weight])
    assert [weight] == [t.name for t in one.model.layout.tensors]
    _assert_agrees(one)
    both = compile_model(float_file, calibration=SAMPLES, adaptive=[written])
    assert 2 == len(both.model.layout.tensors)
    again = compile_model(both.tflite, name="net", adaptive=[written])
    assert both.model.layout == again.model.layout
    _assert_agrees(again)
    integers = compile_model(float_file, calibration=SAMPLES).tflite
    with pytest.raises(AdaptiveError, match="integers already"):
        compile_model(integers, adaptive=[weight])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("haed", r"haed: did you mean head"),
        ("body.3.weight", r"body\.3\.weight: did you mean body"),
        ("zz", "has body"),
    ],
)
def test_unknown_names_are_answered_with_near_ones(name: str, message: str) -> None:
    """A misspelt layer is an error that offers what the model has, before anything is converted."""
    with pytest.raises(AdaptiveError, match=message):
        compile_model(_torch_module(), calibration=SAMPLES, adaptive=["head", name])


@pytest.mark.parametrize("model", ["nothing.tflite", "README.md", 3.5])
def test_what_is_no_model_is_refused(model: object, tmp_path: Path) -> None:
    """A missing file, a file of another kind and an object of another kind are one clear error each."""
    (tmp_path / "README.md").write_text("no model")
    with pytest.raises(ModelError, match=r"no (model|.*nothing)"):
        compile_model(tmp_path / model if isinstance(model, str) else model, calibration=SAMPLES)


@pytest.mark.parametrize("form", ["npz x", "npz only", "npy", "folder of samples", "folder of batches"])
def test_calibration_sets_are_read(form: str, tmp_path: Path) -> None:
    """The same samples from every form of file."""
    path = tmp_path / {"npz": "c.npz", "npy": "c.npy", "folder": "c"}[form.partition(" ")[0]]
    if form.startswith("npz"):
        more = {"y": np.zeros(3)} if form == "npz x" else {}
        np.savez(path, **({"x": SAMPLES} if form == "npz x" else {"inputs": SAMPLES}), **more)
    elif form == "npy":
        np.save(path, SAMPLES)
    else:
        path.mkdir()
        for i, part in enumerate(SAMPLES if form == "folder of samples" else [SAMPLES[:5], SAMPLES[5:]]):
            np.save(path / f"{i:03}.npy", part)
    (array,) = load_calibration(path).values()
    np.testing.assert_array_equal(SAMPLES, array)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (SAMPLES[:, :7], r"does not fit(.|\n)*\(n, 8, 8, 3\)(.|\n)*\(24, 7, 8, 3\)"),
        (np.where(SAMPLES > 0.999, np.nan, SAMPLES), r"not finite(.|\n)*first in sample"),
        (SAMPLES[:0], "empty"),
        (SAMPLES.astype(str), "no numbers"),
    ],
)
def test_unfit_calibration_sets_are_refused(samples: np.ndarray, message: str, float_file: Path) -> None:
    """Wrong shape, NaN, no samples and text are one clear error each."""
    graph = read_model(float_file.read_bytes())
    with pytest.raises(ModelError, match=message):
        fit({"x": samples}, graph)


def test_unreadable_calibration_sets_are_refused(tmp_path: Path) -> None:
    """A missing file, another suffix, damage, an empty folder and odd shapes are one clear error each."""
    (tmp_path / "c.csv").write_text("1,2")
    (tmp_path / "c.npy").write_bytes(b"\x93NUMPY")
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").mkdir()
    np.save(tmp_path / "odd" / "0.npy", np.zeros((2, 3)))
    np.save(tmp_path / "odd" / "1.npy", np.zeros((2, 4)))
    for name, message in [
        ("none.npz", "cannot be read"),
        ("c.csv", "no calibration set"),
        ("c.npy", "cannot be read"),
        ("empty", r"no \.npy files"),
        ("odd", "different shapes"),
    ]:
        with pytest.raises(ModelError, match=message):
            load_calibration(tmp_path / name)


@pytest.mark.parametrize("shape", [(4, 3, 5, 5), (4, 3, 5), (8, 1, 3, 3), (7,)])
def test_arrangements_go_both_ways(shape: tuple[int, ...]) -> None:
    """Parameter to tensor and back, also through the manifest's form; other shapes are refused."""
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    axes = (0, *range(2, len(shape)), 1) if len(shape) > 1 else (0,)
    tensor = values.transpose(axes)
    tensor = tensor.reshape(tensor.shape[0], 1, *tensor.shape[1:]) if len(shape) == 3 else tensor
    found = Arrangement.between(values, tensor)
    assert found is not None
    found = Arrangement.from_json(found.to_json())
    np.testing.assert_array_equal(tensor, found.to_tensor(values))
    np.testing.assert_array_equal(values, found.to_parameter(tensor))
    with pytest.raises(AdaptiveError, match="wrong shape"):
        found.to_tensor(np.zeros((1, 2, 3)))
