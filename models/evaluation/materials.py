"""What the methods see of a fleet: the embeddings that its devices would upload."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.datasets.fleet import DeviceData
from models.editor.material import PADDING, Material
from models.evaluation.device_model import DeviceModel


def material_of(model: DeviceModel, devices: Sequence[DeviceData]) -> Material:
    """All windows of `devices` through the int8 shared layers: real outputs, nothing rounded in their stead."""
    frozen = any(len(device.frozen) for device in devices)
    return Material.of(
        [model.embed(np.concatenate([device.context, device.inputs])) for device in devices],
        [np.concatenate([device.context_labels, device.labels]) for device in devices],
        len(devices[0].context),
        model.embedding.scale,
        [model.embed(device.frozen) for device in devices] if frozen else (),
        [device.frozen_labels for device in devices] if frozen else (),
    )


def joined(first: Material, second: Material) -> Material:
    """The devices of both, padded to the same numbers of windows; their contexts are equally long."""
    return Material(
        _stacked(first.embeddings, second.embeddings, 0),
        _stacked(first.labels, second.labels, PADDING),
        first.context,
        first.step,
        _stacked(first.frozen, second.frozen, 0),
        _stacked(first.frozen_labels, second.frozen_labels, PADDING),
    )


def _stacked(first: Tensor, second: Tensor, filling: int) -> Tensor:
    """[d, n, ...] and [e, m, ...] to [d + e, max(n, m), ...]."""
    most = max(first.shape[1], second.shape[1])
    return torch.cat([_longer(first, most, filling), _longer(second, most, filling)])


def _longer(tensor: Tensor, length: int, filling: int) -> Tensor:
    behind = (0, 0) * (tensor.ndim - 2)
    return F.pad(tensor, (*behind, 0, length - tensor.shape[1]), value=filling)
