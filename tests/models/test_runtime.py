"""The NumPy editor computes what the torch editor computes, and refuses what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.editor.parameter_editor import ParameterEditor
from models.editor.spec import EditorSpec
from models.errors import ContextError, TrainedError
from models.networks.dscnn import DsCnn
from models.networks.network import layout_of
from models.runtime import JSON, TENSORS, Editor

LAYOUT = layout_of(DsCnn(), 0.3)


def _torch_editors(count: int = 3) -> list[ParameterEditor]:
    """Random editors whose edits partly saturate."""
    torch.manual_seed(1)
    editors = [ParameterEditor(EditorSpec(32), LAYOUT).eval() for _ in range(count)]
    with torch.no_grad():
        for editor in editors:
            editor.encoder.mean.normal_()
            editor.encoder.scale.uniform_(0.5, 2)
            for generator in editor.hypernetwork.generators:
                generator.mul_(30)
    return editors


def _numpy_editor(editors: list[ParameterEditor]) -> Editor:
    states = tuple({k: v.detach().numpy().copy() for k, v in e.state_dict().items()} for e in editors)
    return Editor(editors[0].spec, LAYOUT, 32, states)


@pytest.fixture
def editor() -> Editor:
    """A NumPy editor with three prototypes."""
    return _numpy_editor(_torch_editors())


def test_numpy_equals_torch() -> None:
    """Every delta of every prototype agrees within 1e-5, for many devices at once, and some of them are clipped."""
    editors = _torch_editors()
    contexts = torch.randn(20, 32, 32)
    with torch.no_grad():
        expected = torch.stack([e(contexts) for e in editors], dim=1).numpy()
    actual = _numpy_editor(editors).deltas(contexts.numpy())
    np.testing.assert_allclose(actual, expected, atol=1e-5, rtol=0)
    assert 0.01 < (np.abs(actual) == np.float32(0.3)).mean() < 0.99


def test_a_trained_editor_agrees_too(trained) -> None:  # noqa: ANN001
    """The same for an editor as training leaves it, on the embeddings of real devices."""
    parameters = trained.editor.parameters[1]
    twin = ParameterEditor(trained.editor.spec, trained.layout)
    twin.load_state_dict({name: torch.from_numpy(value) for name, value in parameters.items()})
    contexts = np.abs(np.random.default_rng(0).standard_normal((4, 32, 32))).astype(np.float32)
    with torch.no_grad():
        expected = twin(torch.from_numpy(contexts)).numpy()
    np.testing.assert_allclose(trained.editor.deltas(contexts)[:, 1], expected, atol=1e-5, rtol=0)


def test_a_proposal_is_eq_12(editor: Editor) -> None:
    """It names the prototype with the smallest norm by its index in the table, and gives that prototype's delta."""
    context = np.random.default_rng(2).standard_normal((32, 32)).astype(np.float32)
    proposal = editor.propose(context)
    deltas = editor.deltas(context[None])[0]
    np.testing.assert_allclose(proposal.norms, np.linalg.norm(deltas, axis=1), rtol=1e-6)
    assert proposal.prototype == 1 + int(np.argmin(proposal.norms))
    np.testing.assert_array_equal(proposal.delta, deltas[proposal.prototype - 1])
    assert (proposal.delta.shape, proposal.delta.dtype) == ((LAYOUT.size,), np.float32)
    assert (np.abs(proposal.delta) <= LAYOUT.clip_vector).all()


def test_only_the_most_recent_windows_are_read(editor: Editor) -> None:
    """A longer context gives what its last 32 windows give."""
    context = np.random.default_rng(3).standard_normal((50, 32)).astype(np.float32)
    np.testing.assert_array_equal(editor.propose(context).delta, editor.propose(context[-32:]).delta)


@pytest.mark.parametrize("shape", [(0, 32), (31, 32), (32, 31), (32,), (1, 32, 32)])
def test_a_context_that_does_not_fit_is_refused(editor: Editor, shape: tuple[int, ...]) -> None:
    """Too few windows or another width: the error says what was expected and what came."""
    with pytest.raises(ContextError, match=r"at least 32 embeddings of width 32[\s\S]*received"):
        editor.propose(np.zeros(shape, np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_context_that_is_not_finite_is_refused(editor: Editor, bad: float) -> None:
    """NaN and infinity never reach the network."""
    context = np.zeros((32, 32), np.float32)
    context[3, 4] = bad
    with pytest.raises(ContextError, match="not finite"):
        editor.propose(context)


def test_files_round_trip(editor: Editor, tmp_path: Path) -> None:
    """An editor written to a folder and loaded again makes the same bits."""
    for name, content in editor.files().items():
        (tmp_path / name).write_bytes(content)
    again = Editor.load(tmp_path)
    contexts = np.random.default_rng(4).standard_normal((3, 32, 32)).astype(np.float32)
    np.testing.assert_array_equal(again.deltas(contexts), editor.deltas(contexts))
    assert (again.spec, again.layout, again.context_windows) == (editor.spec, editor.layout, 32)


def test_a_missing_editor_is_one_clear_error(tmp_path: Path) -> None:
    """An empty folder is refused with the names of the files that were expected."""
    with pytest.raises(TrainedError, match=f"{JSON} and {TENSORS}"):
        Editor.load(tmp_path)


@pytest.mark.parametrize("name", [JSON, TENSORS])
@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_truncated_editor_is_one_clear_error(editor: Editor, tmp_path: Path, name: str, keep: int) -> None:
    """Cut anywhere, either file is refused with the folder's name."""
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
