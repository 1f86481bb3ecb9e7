"""Where labelled methods begin: at what the examples like best of all that the base offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from models.errors import RecompileError
from models.recompile.dense_head import dense_head
from models.recompile.opened import OpenedBase
from models.recompile.start import best_start, proposed
from toolchain.bundle import Bundle
from toolchain.layout import Layout


@pytest.fixture(scope="module")
def base(small_bundle: Bundle) -> Iterator[OpenedBase]:
    """A base with two prototypes and an editor."""
    with OpenedBase(small_bundle) as opened:
        yield opened


def embeddings_of(base: OpenedBase, seed: int = 0, count: int = 40) -> np.ndarray:  # type: ignore[type-arg]
    """Embeddings of random windows."""
    elements = np.random.default_rng(seed).integers(-128, 128, (count, *base.bundle.inputs[0].shape)).astype(np.int8)
    return base.embed(base.bundle.inputs[0].decode(elements))


def said(base: OpenedBase, embeddings: np.ndarray, head: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """The classes that a head gives."""
    import torch

    logits = base.head.logits(torch.from_numpy(embeddings)[None], torch.from_numpy(head)[None])
    return logits[0].argmax(1).numpy()


def test_the_editors_proposal_is_one_of_the_starts(base: OpenedBase) -> None:
    """Labels of what the editor proposes choose it."""
    embeddings = embeddings_of(base, 3)
    wanted = proposed(base, embeddings)
    labels = said(base, embeddings, base.table[wanted.prototype] + wanted.delta)
    found = best_start(base, embeddings, labels)
    assert wanted.prototype == found.prototype
    np.testing.assert_array_equal(wanted.delta, found.delta)


def test_few_windows_are_told_again(base: OpenedBase) -> None:
    """An editor that reads five windows is given two of them three times, and says something within T."""
    few = embeddings_of(base, 1, 2)
    assert base.editor.context_windows > len(few)
    made = proposed(base, few)
    assert (np.abs(made.delta) <= base.layout.clip_vector).all()


@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_base_without_an_editor_offers_its_table(small_bundle: Bundle, row: int) -> None:
    """Labels of a prototype are liked best by that prototype."""
    files = {name: content for name, content in small_bundle.files.items() if not name.startswith("editor.")}
    with OpenedBase(replace(small_bundle, files=files)) as bare:
        embeddings = embeddings_of(bare)
        start = best_start(bare, embeddings, said(bare, embeddings, bare.table[row]))
    assert row == start.prototype
    assert not start.delta.any()


@pytest.mark.parametrize(
    "shapes",
    [
        {},
        {"fc.weight": (3, 4)},
        {"fc.bias": (3,), "fc.weight": (3, 4)},
        {"fc1.weight": (6, 4), "fc1.bias": (6,), "fc2.weight": (3, 5), "fc2.bias": (3,)},
        {"conv.weight": (3, 3, 3, 4), "conv.bias": (3,)},
    ],
)
def test_other_adaptive_layers_are_one_clear_error(shapes: dict[str, tuple[int, ...]]) -> None:
    """Labelled methods know fully connected layers; the editor is the way on."""
    with pytest.raises(RecompileError, match="does not know the adaptive layers") as caught:
        dense_head(Layout.of(shapes, dict.fromkeys(shapes, 1.0)))
    assert "--method editor" in str(caught.value)
