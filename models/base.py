"""Step (1): the base, trained end to end on the factory devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from models.datasets.fleet import DeviceData
from models.editor.fit import Step


@dataclass(frozen=True)
class BasePlan:
    """A budget: `steps` of AdamW on `batch` windows each, at a peak rate `rate`."""

    steps: int = 500
    rate: float = 5e-3
    batch: int = 128
    weight_decay: float = 1e-2
    label_smoothing: float = 0.05


def fit_base(network: nn.Module, devices: Sequence[DeviceData], plan: BasePlan, step: Step) -> None:
    """Train `network` in place on all windows of `devices`; it is left in eval mode, frozen."""
    inputs = torch.from_numpy(np.concatenate([part for d in devices for part in (d.context, d.inputs)]))
    labels = torch.from_numpy(np.concatenate([part for d in devices for part in (d.context_labels, d.labels)]))
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, total_steps=plan.steps)
    network.train()
    for done in range(plan.steps):
        batch = torch.randint(len(inputs), (plan.batch,))
        loss = F.cross_entropy(network(inputs[batch]), labels[batch], label_smoothing=plan.label_smoothing)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        step(done + 1, plan.steps)
    network.eval()
    for parameter in network.parameters():
        parameter.requires_grad = False
