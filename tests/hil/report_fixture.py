"""A run's folder as `persona hil run` makes it: one board passed, one failed, one was skipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HOSTILE = "<script>alert('x')</script> & \"quoted\""
"""Untrusted text that must arrive on the page as text."""

_MEMORY = {
    "banks": 8336, "arena": 768, "prototypes": 16672, "context": 2080, "output": 40, "link": 1620, "stack": 8192,
}  # fmt: skip
_KINDS = (
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "CONV_2D",
    "MEAN",
    "QUANTIZE",
    "FULLY_CONNECTED",
    "FULLY_CONNECTED",
    "SOFTMAX",
)
_COUNTS = (412_870, 96_144, 201_334, 8_020, 1_912, 17_733, 3_310, 1_204)
_MACS = (262_144, 36_864, 131_072, 0, 0, 8_192, 640, 0)


def result(board: str, scenario: str, verdict: str = "passed", **fields: Any) -> dict[str, Any]:
    """One result with what every result has."""
    return {
        "board": board, "platform": board, "core": "cortex-m4", "scenario": scenario, "verdict": verdict, "reason": "",
        "failure": None, "verified": 0, "total": 0, "evidence": f"{board}/{scenario}", **fields,
    }  # fmt: skip


def _measured(scenario: str) -> dict[str, Any]:
    rows = zip(_KINDS, _COUNTS, _MACS, strict=True)
    return result(
        "mps2-an386",
        scenario,
        verified=160,
        total=160,
        firmware_digest="5e" * 32,
        flash_bytes=73_912,
        ram_bytes=23_404,
        memory=_MEMORY,
        instructions=742_527,
        latency_s={"flash": 0.4, "boot": 0.21, "edit": 0.03},
        accuracy={"before": 0.68, "after": 0.892},
        wire_bytes={"context": 171, "edit": 104, "verify": 4310},
        edits=[
            {
                "counter": n,
                "prototype": n % 3,
                "codec": codec,
                "bytes": size,
                "digest": f"{n:02x}" * 8,
                "event": "applied",
            }
            for n, (codec, size) in enumerate([("latent", 37), ("int8", 1042), ("f32", 4168)], 1)
        ],
        per_op=[
            {"op": op, "kind": kind, "instructions": taken, "macs": macs} for op, (kind, taken, macs) in enumerate(rows)
        ],
    )


def run_document() -> dict[str, Any]:
    """The `run.json` of the fixture."""
    failed = result(
        "mps2-an385", "edit", "failed", core="cortex-m3", verified=31, total=32, flash_bytes=75_300, ram_bytes=23_300,
        memory=_MEMORY, instructions=898_112,
        failure={"class": "WRONG_RESULT", "message": f"inference 31 differs\n  expected: 0a\n  received: 0b {HOSTILE}"},
    )  # fmt: skip
    return {
        "version": 1,
        "started": "2026-11-28T05:00:00+00:00",
        "seconds": 187.3,
        "command": ["persona", "hil", "run", "--board", "all", "--bundle", "digits bundle", "-o", "run"],
        "versions": {"persona-mcu": "0.1.0", "python": "3.11.7", "qemu": "7.2.22", "gcc": "12.2.1"},
        "bundle": {"name": "digits", "base": "0123456789abcdef", "layout": "fedcba9876543210"},
        "results": [
            _measured("boot"),
            _measured("edit"),
            result("mps2-an385", "boot", core="cortex-m3", verified=32, total=32),
            failed,
            *(
                result(
                    "microbit",
                    name,
                    "skipped",
                    core="cortex-m0",
                    reason=f"the model needs 23,404 of 16,384 bytes {HOSTILE}",
                )
                for name in ("boot", "edit")
            ),
        ],
    }


def make_run(folder: Path, document: dict[str, Any] | None = None) -> Path:
    """Write the fixture, or `document`, into `folder` with the failed board's evidence."""
    evidence = folder / "mps2-an385" / "edit"
    evidence.mkdir(parents=True)
    frames = "".join(f"{n / 1000:10.6f} {'tx' if n % 2 else 'rx'} INFER seq {n}, 64 bytes\n" for n in range(200))
    (evidence / "frames.txt").write_text(frames)
    (evidence / "device.log").write_text(
        f"boot: confirmed bank\nfault 00000006 at pc 00001234 {HOSTILE}\n\u202e\x1b[31mred\n"
    )
    (folder / "run.json").write_text(json.dumps(run_document() if document is None else document, indent=1))
    return folder
