"""Step (1): the base, trained end to end on the factory devices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.datasets.fleet import DeviceData
from models.editor.fit import Step

_BATCH = 128
_RATE = 5e-3


def fit_base(network: nn.Module, devices: Sequence[DeviceData], steps: int, step: Step) -> None:
    """Train `network` in place on all windows of `devices` with `steps` batches; it is left in eval mode."""
    inputs = torch.from_numpy(np.concatenate([part for d in devices for part in (d.context, d.inputs)]))
    labels = torch.from_numpy(np.concatenate([part for d in devices for part in (d.context_labels, d.labels)]))
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    network.train()
    for done in range(steps):
        batch = torch.randint(len(inputs), (_BATCH,))
        loss = F.cross_entropy(network(inputs[batch]), labels[batch], label_smoothing=0.05)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        step(done + 1, steps)
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad = False
