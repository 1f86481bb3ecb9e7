"""The figures of a personalised fleet, each from what was measured on the devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from firmware_bridge.cost import DEFAULT_BAUD, Cost, line_time_s
from firmware_bridge.image import Image
from hil.personalise import Outcome, Subject
from toolchain.bundle import Bundle


def summary(image: Image, bundle: Bundle, subjects: Sequence[Subject], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of a run, as `persona demo --json` writes them.

    Wire bytes are the mean over the devices, both directions, frame overhead included; accuracies are the mean over the
    devices of the share of right evaluation windows. An adaptation is the context up (a summary, unless the editor
    reads every embedding) and the edit down (BEGIN, VERIFY, APPLY).
    """
    per_device = [_device(subject, outcome) for subject, outcome in zip(subjects, outcomes, strict=True)]
    verified = sum(outcome.outputs.equal for outcome in outcomes)
    edit = _mean_bytes([outcome.edit_cost for outcome in outcomes])
    adapt = _mean_bytes([outcome.adapt_cost for outcome in outcomes])
    context = _mean_bytes([outcome.context_cost for outcome in outcomes])
    return {
        "board": image.platform.name,
        "inferences_verified": verified,
        "inferences_total": sum(outcome.outputs.total for outcome in outcomes),
        "embeddings_verified": sum(outcome.embeddings.equal for outcome in outcomes),
        "embeddings_total": sum(outcome.embeddings.total for outcome in outcomes),
        "summaries_verified": sum(outcome.summaries.equal for outcome in outcomes),
        "summaries_total": sum(outcome.summaries.total for outcome in outcomes),
        "accuracy_before": _mean([row["accuracy_before"] for row in per_device]),
        "accuracy_after": _mean([row["accuracy_after"] for row in per_device]),
        "adapt_wire_bytes": adapt,
        "adapt_line_seconds": round(line_time_s(adapt), 4),
        "edit_wire_bytes": edit,
        "edit_line_seconds": round(line_time_s(edit), 4),
        "context_wire_bytes": context,
        "context_line_seconds": round(line_time_s(context), 4),
        "verify_wire_bytes": _mean_bytes([outcome.verify_cost for outcome in outcomes]),
        "baud": DEFAULT_BAUD,
        "retries": sum((o.edit_cost + o.context_cost + o.verify_cost).retries for o in outcomes),
        "flash_bytes": image.flash_bytes,
        "ram_bytes": image.ram_bytes,
        "adaptive_bytes": 4 * bundle.layout.size,
        "memory_parts": image.parts,
        "devices": len(outcomes),
        "ticks": image.platform.ticks,
        "versions": bundle.manifest.provenance["versions"],
        "per_device": per_device,
    }


def _device(subject: Subject, outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "prototype": outcome.prototype,
        "accuracy_before": _mean(outcome.before == subject.labels),
        "accuracy_after": _mean(outcome.after == subject.labels),
        "inferences_verified": outcome.outputs.equal,
        "inferences_total": outcome.outputs.total,
        "adapt_wire_bytes": outcome.adapt_cost.wire_bytes,
        "edit_wire_bytes": outcome.edit_cost.wire_bytes,
        "context_wire_bytes": outcome.context_cost.wire_bytes,
        "ticks_per_inference": _mean(outcome.ticks),
    }


def _mean(values: Any) -> float:
    return round(float(np.mean(values)), 6) if len(values) else float("nan")


def _mean_bytes(costs: Sequence[Cost]) -> int:
    return round(sum(cost.wire_bytes for cost in costs) / len(costs)) if costs else 0


def first_difference(outcomes: Sequence[Outcome]) -> str:
    """What the first wrong answer looked like; empty if all were right."""
    tallies = [tally for outcome in outcomes for tally in (outcome.embeddings, outcome.summaries, outcome.outputs)]
    return next((tally.first_difference for tally in tallies if tally.first_difference), "")
