"""More contexts of the same validation devices, so that a choice hangs less on which windows a seed drew."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import torch

from models.editor.material import PADDING, Material
from models.rivals.bench import Bench

_DRAWS: Final = 4


def redrawn(material: Material, draws: int, seed: int) -> Material:
    """`material` `draws` times over, one after the other: as it is, then with other contexts from the same windows.

    A context is drawn anew from context and frozen windows of its device; what is left of them is frozen, and the
    windows that are scored stay the same. Devices without frozen windows have one context only, and stay as they are.
    """
    if not bool((material.frozen_labels != PADDING).any()):
        return material
    generator = torch.Generator().manual_seed(seed)
    copies = [material, *(_again(material, generator) for _ in range(draws - 1))]
    return replace(
        material,
        embeddings=torch.cat([copy.embeddings for copy in copies]),
        labels=torch.cat([copy.labels for copy in copies]),
        frozen=torch.cat([copy.frozen for copy in copies]),
        frozen_labels=torch.cat([copy.frozen_labels for copy in copies]),
    )


def with_redrawn_validation(bench: Bench) -> Bench:
    """The same bench, but every choice is made on several contexts of each validation device."""
    problem = bench.problem
    return replace(bench, problem=replace(problem, validation=redrawn(problem.validation, _DRAWS, bench.seed)))


def _again(material: Material, generator: torch.Generator) -> Material:
    embeddings = torch.cat([material.contexts, material.frozen], dim=1)
    labels = torch.cat([material.context_labels, material.frozen_labels], dim=1)
    order = (torch.rand(labels.shape, generator=generator) + (labels == PADDING)).argsort(1)  # padding last
    embeddings = embeddings.gather(1, order[..., None].expand(-1, -1, embeddings.shape[2]))
    labels, width = labels.gather(1, order), material.context
    targets, target_labels = material.targets
    return replace(
        material,
        embeddings=torch.cat([embeddings[:, :width], targets], dim=1),
        labels=torch.cat([labels[:, :width], target_labels], dim=1),
        frozen=embeddings[:, width:],
        frozen_labels=labels[:, width:],
    )
