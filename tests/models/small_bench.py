"""A bench without any training behind it: random shared layers, eight classes seen through a shift of each device."""

from __future__ import annotations

import numpy as np
import torch

from models.editor.fit import Plan
from models.editor.material import Material
from models.editor.persona import PersonaPlan
from models.editor.problem import Problem
from models.networks.mlp import Mlp
from models.rivals.bench import Bench

STEP = 0.05
CLASSES = 4
CONTEXT = 10
PLAN = PersonaPlan(
    clips=(0.1, (0.5, 0.25, 0.5, 0.25)),
    prototypes=2,
    minimum=3,
    hidden=8,
    code=4,
    editor=Plan(15, rate=1e-2, devices=8, targets=16, norm_penalty=1.0),
    head=Plan(10, devices=8, targets=16),
    group=Plan(10, rate=5e-3, devices=8, targets=16, norm_penalty=1.0),
)


def material(devices: int, seed: int, shift: float) -> Material:
    """Devices with 14 to 40 windows and 5 frozen ones, their embeddings moved by up to `shift`, whole steps all."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(CLASSES, 8))
    windows, labels = [], []
    for _ in range(devices):
        y = rng.integers(0, CLASSES, 5 + int(rng.integers(14, 41)))
        x = centres[y] + 0.3 * rng.normal(size=(len(y), 8)) + shift * rng.normal(size=8)
        windows.append((np.rint(np.abs(x) / STEP) * STEP).astype(np.float32))
        labels.append(y)
    own = [w[5:] for w in windows], [y[5:] for y in labels]
    return Material.of(*own, CONTEXT, STEP, [w[:5] for w in windows], [y[:5] for y in labels])


def small_bench() -> Bench:
    """Nine field devices, four to choose on, five to score; a head fitted to unshifted windows for a moment."""
    torch.manual_seed(0)
    network = Mlp(inputs=6, shared=(8,), adaptive=(6,), classes=CLASSES)
    problem = Problem(network, material(9, 1, 0.5), material(4, 2, 0.5))
    return Bench(problem, material(6, 4, 0.0), material(5, 3, 0.5), seed=0, plan=PLAN)
