"""How fast an editor makes edits without torch: many at once, and one alone; import and load are not counted.

Run as `python -m benchmarks.editor_throughput`; prints JSON. The editor has random parameters, since no time depends on
them, and the sizes that it has for the digits fleet, with three prototypes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from models.editor.arithmetic import shapes
from models.editor.latent_table import quantise_rows
from models.editor.observation import observe_real
from models.editor.spec import ENCODERS, EditorSpec, Encoder, layer_sizes
from models.runtime import Editor
from toolchain.layout import Layout

_WINDOWS: Final = 32
_EMBEDDING: Final = 32
_PROTOTYPES: Final = 3
_STEP: Final = 0.05
_TENSORS: Final[dict[str, tuple[int, ...]]] = {
    "fc1.weight": (24, 32),
    "fc1.bias": (24,),
    "fc2.weight": (10, 24),
    "fc2.bias": (10,),
}


def random_editor(encoder: Encoder) -> Editor:
    """An editor of the digits fleet's sizes with random parameters."""
    chance = np.random.default_rng(0)
    layout, spec = Layout.of(_TENSORS, dict.fromkeys(_TENSORS, 0.5)), EditorSpec(_EMBEDDING, encoder=encoder)
    parameters = tuple(
        {name: chance.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes(spec, layout).items()}
        for _ in range(_PROTOTYPES)
    )
    rows = {
        layer: chance.normal(scale=0.1, size=(spec.code + 1, size)).astype(np.float32)
        for layer, size in layer_sizes(layout).items()
    }
    return Editor(spec, layout, _WINDOWS, parameters, quantise_rows(rows, layout))


def measure(encoder: Encoder, devices: int, repeats: int) -> dict[str, Any]:
    """Edits a second of `devices` devices at once, and milliseconds of one edit; medians over `repeats`."""
    editor = random_editor(encoder)
    steps = np.random.default_rng(1).integers(0, 255, (devices, _WINDOWS, _EMBEDDING))
    observed = [observe_real((own * _STEP).astype(np.float32), _STEP) for own in steps]
    with threadpool_limits(1):  # the matrices are too small to share
        many = _seconds(lambda: editor.propose_many(observed), repeats)
        one = _seconds(lambda: editor.propose(observed[0]), 10 * repeats)
    return {"encoder": encoder, "edits_per_s": round(devices / many), "one_edit_ms": round(1e3 * one, 3)}


def _seconds(run: Callable[[], object], repeats: int) -> float:
    """Median time of a run, after one that is not counted."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(devices: int = 2000, repeats: int = 5) -> dict[str, Any]:
    """All encoders, and what they were measured with."""
    return {
        "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "threads": 1},
        "devices": devices,
        "windows": _WINDOWS,
        "embedding": _EMBEDDING,
        "prototypes": _PROTOTYPES,
        "parameters": sum(int(np.prod(shape)) for shape in _TENSORS.values()),
        "rows": [measure(encoder, devices, repeats) for encoder in ENCODERS],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editor_throughput", description=__doc__)
    parser.add_argument("--devices", type=int, default=2000, help="how many devices at once")
    parser.add_argument("--repeats", type=int, default=5, help="how often each is measured")
    options = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(report(options.devices, options.repeats), indent=1) + "\n")


if __name__ == "__main__":
    main()
