"""From the results of all units to one row a method: a device's figure is its mean over seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.evaluation.figures import Figures
from models.rivals.method import Method

Results = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Row:
    """One method over all devices: on the device and as float, plain and guarded, and what an edit costs.

    `accepted` is the share of edits that the guard lets through, `validation` the mean accuracy on the validation
    devices, `clips` how often which T was chosen (as text),
    `smallest_gain` the mean gain of the seed where it is smallest.
    """

    method: str
    about: str
    labelled: bool
    backpropagation: bool
    sendable: bool
    device: Figures
    float_mean: float
    guarded: Figures | None
    accepted: float | None
    validation: float
    smallest_gain: float
    seconds: float
    bytes: dict[str, int]
    parameters: int
    clips: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """As `persona evaluate --json` prints it."""
        return {
            "method": self.method,
            "about": self.about,
            "labelled": self.labelled,
            "backpropagation": self.backpropagation,
            "sendable": self.sendable,
            "accuracy_device": self.device.mean,
            "accuracy_float": self.float_mean,
            **{key: value for key, value in self.device.to_json().items() if key != "mean"},
            "accuracy_validation": self.validation,
            "smallest_gain_of_a_seed": self.smallest_gain,
            "guarded": None if self.guarded is None else self.guarded.to_json() | {"accepted": self.accepted},
            "seconds_per_edit": self.seconds,
            "bytes_per_edit": self.bytes,
            "parameters": self.parameters,
            "clips": self.clips,
        }


def rows(results: Results, methods: Sequence[Method]) -> list[Row]:
    """One row for each of `methods`; the first one is the base that the others are held against."""
    reference = methods[0].name
    return [_row(results, method, reference) for method in methods]


def _row(results: Results, method: Method, reference: str) -> Row:
    own = [result["methods"][method.name] for result in results]
    base = _by_device(results, reference, "device")
    device = _by_device(results, method.name, "device")
    kept = [accept for measured in own for accept in measured["accepted"] or ()]
    guarded = _guarded(results, method.name, reference) if kept else None
    return Row(
        method=method.name,
        about=method.about,
        labelled=method.labelled,
        backpropagation=method.backpropagation,
        sendable=method.sendable,
        device=Figures.of(device, base),
        float_mean=float(_by_device(results, method.name, "float").mean()),
        guarded=None if guarded is None else Figures.of(guarded, base),
        accepted=float(np.mean(kept)) if kept else None,
        validation=float(np.mean([measured["validation"] for measured in own])),
        smallest_gain=min(_gain(results, seed, method.name, reference) for seed in {r["seed"] for r in results}),
        seconds=float(np.median([measured["seconds"] for measured in own])),
        bytes=max((measured["bytes"] for measured in own), key=len),
        parameters=int(results[0]["parameters"]),
        clips=dict(Counter(clip_name(measured["clip"]) for measured in own)),
    )


def clip_name(clip: Sequence[float] | None) -> str:
    """One T, or one for each tensor, as text."""
    if clip is None:
        return "none"
    return f"{clip[0]:g}" if len(set(clip)) == 1 else "/".join(f"{value:g}" for value in clip)


def device_names(results: Results) -> list[str]:
    """All devices in the order of their first unit."""
    return list(dict.fromkeys(name for result in results for name in result["devices"]))


def _by_device(results: Results, method: str, what: str) -> npt.NDArray[np.float64]:
    """Mean over seeds of every device, float64 [d]."""
    return device_means(results, [result["methods"][method][what] for result in results])


def _guarded(results: Results, method: str, reference: str) -> npt.NDArray[np.float64]:
    """The same where a device that refuses its edit keeps the base."""
    scores = []
    for result in results:
        own, base = result["methods"][method], result["methods"][reference]
        triples = zip(own["accepted"], own["device"], base["device"], strict=True)
        scores.append([edited if accepted else plain for accepted, edited, plain in triples])
    return device_means(results, scores)


def device_means(results: Results, scores: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Mean over seeds of every device, float64 [d], from a score for each device of each result."""
    found: dict[str, list[float]] = {name: [] for name in device_names(results)}
    for result, own in zip(results, scores, strict=True):
        for name, score in zip(result["devices"], own, strict=True):
            found[name].append(score)
    return np.array([np.mean(values) for values in found.values()], np.float64)


def _gain(results: Results, seed: int, method: str, reference: str) -> float:
    mine = [result for result in results if result["seed"] == seed]
    return float((_by_device(mine, method, "device") - _by_device(mine, reference, "device")).mean())
