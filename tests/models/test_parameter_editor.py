"""The torch editor: shapes, clip, last valid step, and what is really trained."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.editor.fit import Lesson, Plan, fit_editors
from models.editor.material import PADDING, Material
from models.editor.parameter_editor import ParameterEditor
from models.editor.persona import choose_clip
from models.editor.spec import ENCODERS, EditorSpec, layer_sizes
from models.networks.dscnn import DsCnn
from models.networks.flat_head import FlatHead
from models.networks.network import layout_of
from toolchain.layout import Layout

LAYOUT = layout_of(DsCnn(), 0.5)
SPECS = [EditorSpec(embedding=32, hidden=12, code=6, encoder=encoder) for encoder in ENCODERS]
LABELLED = [replace(spec, classes=10) for spec in SPECS]


@pytest.fixture(params=SPECS, ids=ENCODERS)
def editor(request: pytest.FixtureRequest) -> ParameterEditor:
    """An untrained editor with either encoder."""
    torch.manual_seed(0)
    return ParameterEditor(request.param, LAYOUT)


def test_one_code_per_adaptive_layer_and_one_edit_per_device(editor: ParameterEditor) -> None:
    """Weights and bias of a layer share a code; the edit has the size of the buffer."""
    context = torch.randn(3, 32, 32)
    assert list(layer_sizes(LAYOUT)) == ["fc1", "fc2"]
    assert [tuple(code.shape) for code in editor.codes(context)] == [(3, 6), (3, 6)]
    assert tuple(editor(context).shape) == (3, LAYOUT.size)


def test_edits_start_near_zero(editor: ParameterEditor) -> None:
    """An untrained editor hardly edits: nothing saturates at T."""
    assert editor(torch.randn(5, 32, 32)).abs().max() < 0.2


def test_codes_are_bounded(editor: ParameterEditor) -> None:
    """Codes lie in -1..1 whatever comes in, so that they fit into a byte each."""
    assert all(code.abs().max() <= 1 for code in editor.codes(1e6 * torch.randn(4, 32, 32)))


def test_clip_is_respected_per_tensor() -> None:
    """With generators far too large, every entry sticks at its own tensor's T."""
    shapes = {t.name: t.shape for t in LAYOUT.tensors}
    layout = Layout.of(shapes, {name: 0.1 * (i + 1) for i, name in enumerate(shapes)})
    editor = ParameterEditor(SPECS[0], layout)
    with torch.no_grad():
        for generator in editor.hypernetwork.generators:
            generator.mul_(1e6)
        edit = editor(torch.randn(4, 32, 32))
    for tensor in layout.tensors:
        torch.testing.assert_close(edit[:, tensor.span].abs().amax(), torch.tensor(tensor.clip))


def test_padding_behind_the_last_valid_step_is_not_read(editor: ParameterEditor) -> None:
    """A padded context with its length gives what the short context gives."""
    context = torch.randn(2, 20, 32)
    padded = torch.cat([context, 100 * torch.ones(2, 12, 32)], dim=1)
    torch.testing.assert_close(editor(padded, torch.tensor([20, 20])), editor(context))


def test_later_layers_hear_of_earlier_ones(editor: ParameterEditor) -> None:
    """Layer 2's code depends on layer 1's cell (cross-layer transfer), not the other way round."""
    context = torch.randn(1, 32, 32)
    first, second = editor.codes(context)
    with torch.no_grad():
        editor.transfer.cells[0].bias_ih.add_(1.0)
    moved_first, moved_second = editor.codes(context)
    assert not torch.allclose(first, moved_first)
    assert not torch.allclose(second, moved_second)
    with torch.no_grad():
        editor.transfer.cells[1].bias_ih.add_(1.0)
    torch.testing.assert_close(editor.codes(context)[0], moved_first)


@pytest.mark.parametrize("spec", [*SPECS, *LABELLED, replace(SPECS[1], clkt=False)])
def test_every_part_of_the_editor_is_trained_and_nothing_else(spec: EditorSpec) -> None:
    """After a few steps each parameter has moved, the generators too; the head that it starts from has not."""
    torch.manual_seed(0)
    editor = ParameterEditor(spec, LAYOUT)
    head = FlatHead(DsCnn(), LAYOUT)
    material = Material(torch.rand(6, 48, 32), torch.randint(10, (6, 48)), context=16, step=0.01)
    start = torch.randn(LAYOUT.size)
    before = {name: value.clone() for name, value in editor.named_parameters()}
    kept = start.clone()
    editor.encoder.standardise(material)
    fit_editors([(editor, Lesson(head, start, material, torch.ones(6)))], Plan(5), lambda _done, _total: None)
    assert [name for name, value in editor.named_parameters() if torch.equal(value, before[name])] == []
    torch.testing.assert_close(start, kept)


@pytest.mark.parametrize("spec", LABELLED, ids=ENCODERS)
def test_a_labelled_editor_hears_labels_and_not_those_of_padding(spec: EditorSpec) -> None:
    """Other labels, another edit; what lies behind the last valid step has no say, whatever its label."""
    torch.manual_seed(0)
    editor = ParameterEditor(spec, LAYOUT)
    context, labels = torch.randn(2, 20, 32), torch.randint(10, (2, 20))
    lengths = torch.tensor([12, 12])
    labels[:, 12:] = PADDING
    alone = editor(context[:, :12], None, labels[:, :12])
    torch.testing.assert_close(editor(context * (labels >= 0)[..., None], lengths, labels), alone)
    assert not torch.allclose(editor(context[:, :12], None, (labels[:, :12] + 1) % 10), alone)


def test_a_labelled_editor_says_that_it_needs_labels() -> None:
    """Without any it does not guess."""
    with pytest.raises(ValueError, match="labels"):
        ParameterEditor(LABELLED[0], LAYOUT)(torch.randn(1, 4, 32))


def test_without_transfer_all_layers_share_a_code() -> None:
    """CLKT off: z_n is z_0 for every layer, and there are no cells to train."""
    editor = ParameterEditor(replace(SPECS[1], clkt=False), LAYOUT)
    first, second = editor.codes(torch.randn(2, 8, 32))
    torch.testing.assert_close(first, second)
    assert not [name for name, _ in editor.named_parameters() if "transfer" in name]


@pytest.mark.parametrize(
    ("clips", "accuracies", "expected"),
    [((1.0, 0.5, 0.1), (0.805, 0.80, 0.70), 1), ((0.1, 1.0), (0.8, 0.7), 0), ((0.5, 1.0), (0.6, 0.7), 1)],
)
def test_the_smallest_good_clip_wins(clips: tuple[float, ...], accuracies: tuple[float, ...], expected: int) -> None:
    """Among the Ts that are within the tolerance of the best the smallest is chosen."""
    assert expected == choose_clip(clips, accuracies, tolerance=0.01)


def test_a_shared_hypernetwork_learns_from_every_lesson() -> None:
    """Two editors over one table: its gradient is the sum over both lessons, and both editors keep seeing one table."""
    torch.manual_seed(0)
    one, two = (ParameterEditor(SPECS[1], LAYOUT) for _ in range(2))
    two.hypernetwork = one.hypernetwork
    before = one.hypernetwork.generators[0].clone()
    material = Material(torch.rand(6, 48, 32), torch.randint(10, (6, 48)), context=16, step=0.01)
    lesson = Lesson(FlatHead(DsCnn(), LAYOUT), torch.randn(LAYOUT.size), material, torch.ones(6))
    fit_editors([(one, lesson), (two, lesson)], Plan(3), lambda _done, _total: None)
    assert not torch.equal(before, one.hypernetwork.generators[0])
    assert one.hypernetwork.generators[0] is two.hypernetwork.generators[0]
    assert not torch.equal(one.mlp[0].weight, two.mlp[0].weight)
