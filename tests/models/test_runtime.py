"""The NumPy editor computes what the torch editor computes, and refuses what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models import runtime
from models.editor.latent_table import quantise_rows, real_rows
from models.editor.observation import Observation, observe
from models.editor.parameter_editor import ParameterEditor
from models.editor.runtime_editor import own_arrays
from models.editor.spec import ENCODERS, EditorSpec, Encoder
from models.errors import ContextError, TrainedError
from models.networks.dscnn import DsCnn
from models.networks.network import layout_of
from models.quantise import Int8Range
from models.runtime import JSON, LATENT, TENSORS, Editor
from models.trained import Trained

LAYOUT = layout_of(DsCnn(), 0.3)
SEEN = Int8Range(0.05, -20)
FILES = [JSON, TENSORS, LATENT]


SPECS = {encoder: EditorSpec(32, encoder=encoder) for encoder in ENCODERS}
SPECS |= {f"{encoder}, labelled": EditorSpec(32, encoder=encoder, classes=10) for encoder in ENCODERS}
SPECS |= {"no clkt": EditorSpec(32, clkt=False)}
SPECS |= {f"{encoder}, aligned": EditorSpec(32, encoder=encoder, aligned=True) for encoder in ENCODERS}


def _torch_editors(encoder: Encoder, count: int = 3) -> list[ParameterEditor]:
    return _torch_editors_of(SPECS[encoder], count)


def _torch_editors_of(spec: EditorSpec, count: int = 3) -> list[ParameterEditor]:
    """Random editors over one int8 table whose edits partly saturate."""
    torch.manual_seed(1)
    editors = [ParameterEditor(spec, LAYOUT).eval() for _ in range(count)]
    shared = editors[0].hypernetwork
    with torch.no_grad():
        for generator in shared.generators:
            generator.mul_(60)
        for editor in editors:
            editor.hypernetwork = shared
            editor.encoder.mean.normal_()
            editor.encoder.scale.uniform_(0.5, 2)
            if spec.encoder == "summary":
                editor.encoder.step = SEEN.scale
            if editor.shift is not None:
                editor.shift.step = SEEN.scale
                editor.shift.weight.normal_(std=0.1)
                editor.shift.centre.normal_()
            if spec.encoder == "summary" and spec.labelled:
                editor.encoder.expected.normal_()
    shared.take(real_rows(quantise_rows(shared.rows(), LAYOUT), LAYOUT))
    return editors


def _numpy_editor(editors: list[ParameterEditor]) -> Editor:
    states = tuple(own_arrays(editor, LAYOUT) for editor in editors)
    return Editor(editors[0].spec, LAYOUT, 32, states, quantise_rows(editors[0].hypernetwork.rows(), LAYOUT))


def _observed(seed: int, count: int = 32) -> Observation:
    return observe(np.random.default_rng(seed).normal(size=(count, 32)).astype(np.float32), SEEN)


@pytest.fixture(params=ENCODERS)
def editor(request: pytest.FixtureRequest) -> Editor:
    """A NumPy editor with three prototypes and each of the encoders."""
    return _numpy_editor(_torch_editors(request.param))


def _labels(count: int, spec: EditorSpec) -> list[np.ndarray] | None:
    return list(np.random.default_rng(9).integers(0, 10, (count, 32))) if spec.labelled else None


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_numpy_equals_torch(spec: EditorSpec) -> None:
    """Every delta of every prototype agrees within 2e-5, for many devices, and some of them are clipped."""
    editors = _torch_editors_of(spec)
    numpy_editor = _numpy_editor(editors)
    observed, labels = [_observed(seed) for seed in range(20)], _labels(20, spec)
    contexts = torch.from_numpy(np.stack([o.windows for o in observed if o.windows is not None]))
    told = None if labels is None else torch.from_numpy(np.stack(labels))
    with torch.no_grad():
        expected = torch.stack([e(contexts, None, told) for e in editors], dim=1).numpy()
    actual, _ = numpy_editor.edits(observed, labels)
    np.testing.assert_allclose(actual, expected, atol=2e-5, rtol=0)
    assert 0.01 < (np.abs(actual) == np.float32(0.3)).mean() < 0.99


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_many_at_once_are_proposed_as_one_by_one(spec: EditorSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in several parts, and each with the present prototype and the labels of its own device."""
    monkeypatch.setattr(runtime, "_AT_ONCE", 4)
    editor = _numpy_editor(_torch_editors_of(spec))
    observed, labels = [_observed(seed) for seed in range(10)], _labels(10, spec)
    present = [None, 0, 1, 2, 3, 1, 2, 3, None, 0]
    together = editor.propose_many(observed, present, 0.5, labels)
    for i, (one, held, proposal) in enumerate(zip(observed, present, together, strict=True)):
        alone = editor.propose(one, held, 0.5, None if labels is None else labels[i])
        assert alone.prototype == proposal.prototype
        np.testing.assert_allclose(proposal.delta, alone.delta, atol=1e-6)
        np.testing.assert_allclose(proposal.norms, alone.norms, rtol=1e-5)
    assert editor.propose_many([]) == []


def test_an_aligned_edit_has_no_code() -> None:
    """The closed form that is added to it is not in the table; everything else about it is an edit."""
    proposal = _numpy_editor(_torch_editors_of(SPECS["summary, aligned"])).propose(_observed(1))
    assert proposal.code is None
    assert (np.abs(proposal.delta) <= LAYOUT.clip_vector).all()


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("labels", [None, np.zeros(31, np.int64), np.full(32, 10), np.full(32, -100)])
def test_labels_that_do_not_fit_are_refused(encoder: Encoder, labels: np.ndarray | None) -> None:
    """None, too few, or one that is no class: an editor that reads labels says so."""
    editor = _numpy_editor(_torch_editors_of(SPECS[f"{encoder}, labelled"]))
    assert editor.reads_windows
    with pytest.raises(ContextError, match=r"labels[\s\S]*0\.\.9"):
        editor.propose(_observed(0), labels=labels)


def test_a_trained_editor_agrees_too(trained: Trained) -> None:
    """The same for an editor as training leaves it."""
    seen = Int8Range.from_json(trained.report["embedding"])
    twin = ParameterEditor(trained.editor.spec, trained.layout)
    own = {name: torch.from_numpy(value) for name, value in trained.editor.parameters[1].items()}
    twin.load_state_dict(own, strict=False)
    twin.hypernetwork.take(real_rows(trained.editor.latent, trained.layout))
    twin.encoder.step = seen.scale
    windows = np.abs(np.random.default_rng(0).standard_normal((4, 32, 32))).astype(np.float32)
    observed = [observe(w, seen) for w in windows]
    with torch.no_grad():
        expected = twin(torch.from_numpy(np.stack([o.windows for o in observed if o.windows is not None]))).numpy()
    actual = [trained.editor.deltas(trained.editor.codes(o))[1] for o in observed]
    np.testing.assert_allclose(actual, expected, atol=2e-5, rtol=0)


def test_a_proposal_is_eq_12(editor: Editor) -> None:
    """It names the prototype with the smallest norm by its index in the table, and gives that prototype's delta."""
    observed = _observed(2)
    proposal = editor.propose(observed)
    deltas = editor.deltas(editor.codes(observed))
    np.testing.assert_allclose(proposal.norms, np.linalg.norm(deltas, axis=1), rtol=1e-6)
    assert proposal.prototype == 1 + int(np.argmin(proposal.norms))
    np.testing.assert_array_equal(proposal.delta, deltas[proposal.prototype - 1])
    assert (proposal.delta.shape, proposal.delta.dtype) == ((LAYOUT.size,), np.float32)
    assert (np.abs(proposal.delta) <= LAYOUT.clip_vector).all()


def test_the_code_decodes_to_the_delta(editor: Editor) -> None:
    """The bytes that a latent edit sends make the delta again, to within what 1/254 of a code moves it."""
    proposal = editor.propose(_observed(5))
    assert proposal.code is not None
    assert (proposal.code.dtype, proposal.code.shape) == (np.int8, (editor.latent.code_bytes,))
    error = np.abs(editor.latent.decode(proposal.code, LAYOUT) - proposal.delta)
    assert (error <= editor.latent.rounding_bound(LAYOUT) + 1e-6).all()


def test_the_present_prototype_is_kept_unless_another_is_clearly_better(editor: Editor) -> None:
    """With a hysteresis near 1 nothing is left, with 0 it is Eq. 12, and the factory head holds nobody back."""
    observed = _observed(6)
    free = editor.propose(observed)
    for present in (1, 2, 3):
        kept = editor.propose(observed, present, 0.99)
        assert kept.prototype == present
        np.testing.assert_array_equal(kept.delta, editor.deltas(editor.codes(observed))[present - 1])
        assert editor.propose(observed, present, 0.0).prototype == free.prototype
    assert editor.propose(observed, 0, 0.99).prototype == free.prototype


def test_what_an_encoder_reads_is_enough() -> None:
    """Mean and spread alone for `summary`, whatever the windows say; the last 32 windows alone for the others."""
    summary = _numpy_editor(_torch_editors("summary"))
    observed = _observed(3)
    assert not summary.reads_windows
    np.testing.assert_array_equal(
        summary.propose(replace(observed, windows=None)).delta, summary.propose(observed).delta
    )
    longer = _observed(3, 50)
    assert longer.windows is not None
    last = observe(longer.windows[-32:], SEEN)
    for encoder in ("gru", "set"):
        reader = _numpy_editor(_torch_editors(encoder))
        assert reader.reads_windows
        np.testing.assert_array_equal(reader.propose(longer).delta, reader.propose(last).delta)


def test_the_order_of_the_windows_means_nothing_to_a_set() -> None:
    """The encoder `set` proposes the same for the windows in any order; `gru` does not."""
    observed = _observed(3)
    assert observed.windows is not None
    turned = replace(observed, windows=observed.windows[::-1].copy())
    for encoder, same in (("set", True), ("gru", False)):
        editor = _numpy_editor(_torch_editors(encoder))
        assert same == np.allclose(editor.propose(turned).delta, editor.propose(observed).delta, atol=1e-6)


def test_a_sequence_encoder_says_that_it_needs_the_windows() -> None:
    """A summary is no context for `gru`."""
    with pytest.raises(ContextError, match=r"not their summary[\s\S]*CONTEXT"):
        _numpy_editor(_torch_editors("gru")).propose(replace(_observed(3), windows=None))


@pytest.mark.parametrize("shape", [(31, 32), (32, 31), (1, 32)])
def test_a_context_that_does_not_fit_is_refused(editor: Editor, shape: tuple[int, int]) -> None:
    """Too few windows or another width: the error says what was expected and what came."""
    with pytest.raises(ContextError, match=r"at least 32 embeddings of width 32[\s\S]*received"):
        editor.propose(observe(np.zeros(shape, np.float32), SEEN))


def test_an_empty_context_is_refused(editor: Editor) -> None:
    """As a device that has inferred nothing yet gives it."""
    nothing = Observation(np.empty(0, np.float32), np.empty(0, np.float32), 0, np.empty((0, 32), np.float32))
    with pytest.raises(ContextError, match="at least 32 embeddings"):
        editor.propose(nothing)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_context_that_is_not_finite_is_refused(editor: Editor, bad: float) -> None:
    """NaN and infinity never reach the network."""
    observed = _observed(0)
    assert observed.windows is not None
    observed.windows[3, 4] = observed.mean[4] = bad
    with pytest.raises(ContextError, match="not finite"):
        editor.propose(observed)


def test_files_round_trip(editor: Editor, tmp_path: Path) -> None:
    """An editor written to a folder and loaded again makes the same bits."""
    for name, content in editor.files().items():
        (tmp_path / name).write_bytes(content)
    again = Editor.load(tmp_path)
    np.testing.assert_array_equal(again.propose(_observed(4)).delta, editor.propose(_observed(4)).delta)
    np.testing.assert_array_equal(again.propose(_observed(4)).code, editor.propose(_observed(4)).code)
    assert (again.spec, again.layout, again.context_windows) == (editor.spec, editor.layout, 32)


def test_a_missing_editor_is_one_clear_error(tmp_path: Path) -> None:
    """An empty folder is refused with the names of the files that were expected."""
    with pytest.raises(TrainedError, match=f"{JSON}, {TENSORS} and {LATENT}"):
        Editor.load(tmp_path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_truncated_editor_is_one_clear_error(editor: Editor, tmp_path: Path, name: str, keep: int) -> None:
    """Cut anywhere, each file is refused with the folder's name."""
    for file, content in editor.files().items():
        (tmp_path / file).write_bytes(content[:keep] if file == name else content)
    with pytest.raises(TrainedError, match=tmp_path.name):
        Editor.load(tmp_path)


def test_another_shape_or_a_nan_in_a_parameter_is_refused(editor: Editor) -> None:
    """A file that parses but does not hold the promised arrays is no editor."""
    for bad in (np.zeros((3, 3), np.float32), np.full(32, np.nan, np.float32)):
        broken = replace(editor, parameters=({**editor.parameters[0], "mlp.0.bias": bad},))
        with pytest.raises(TrainedError, match=r"mlp\.0\.bias"):
            Editor.from_files(broken.files())


def test_a_table_for_other_codes_is_refused(editor: Editor) -> None:
    """A latent table of another code width does not belong to the editor."""
    rows = {name: row[:8] for name, row in real_rows(editor.latent, LAYOUT).items()}
    broken = replace(editor, latent=quantise_rows(rows, LAYOUT))
    with pytest.raises(TrainedError, match="latent table"):
        Editor.from_files(broken.files())


def test_an_encoder_of_another_version_is_refused(editor: Editor) -> None:
    """An unknown encoder is an error, not the default."""
    files = editor.files()
    files[JSON] = files[JSON].replace(f'"{editor.spec.encoder}"'.encode(), b'"transformer"')
    with pytest.raises(TrainedError, match="no editor has this shape"):
        Editor.from_files(files)
