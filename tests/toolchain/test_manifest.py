"""The bundle's manifest: what was written is read, and each broken field is named."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from toolchain.arrangement import Arrangement
from toolchain.errors import BundleError
from toolchain.graph import DType
from toolchain.layout import Layout
from toolchain.manifest import CodeShape, Manifest, Memory, TrialRule
from toolchain.requant import Rounding
from toolchain.signal import Signal

LAYOUT = Layout.of({"head.weight": (2, 3), "head.bias": (2,)}, {"head.weight": 0.5, "head.bias": 0.25})
MANIFEST = Manifest(
    name="kws",
    rounding=Rounding.TFLM,
    base=bytes(range(8)),
    layout=LAYOUT,
    adaptive={4: "head.weight", 7: "head.bias"},
    prototypes=3,
    inputs=(Signal("x", (1, 3), DType.INT8, 0.5, -128),),
    outputs=(Signal("y", (1, 2), DType.FLOAT32, 0.0, 0),),
    embedding=Signal("e", (1, 3), DType.INT8, 0.125, 3),
    memory=Memory(64, 60, 32, 500, 12, "1 FULLY_CONNECTED"),
    operators=("DEQUANTIZE", "FULLY_CONNECTED"),
    latent=CodeShape(32, 500),
    trials=TrialRule(20, 17),
    reference=True,
    parameters={"head.weight": Arrangement((3, 2), (1, 0), (2, 3))},
    provenance={"versions": {"numpy": "2"}},
)


def test_what_was_written_is_read() -> None:
    """Through JSON and back."""
    for manifest in (MANIFEST, replace(MANIFEST, latent=None, trials=None, reference=False)):
        assert manifest == Manifest.parse(json.loads(json.dumps(manifest.to_json())))


def _with(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(json.loads(json.dumps(MANIFEST.to_json())))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


@pytest.mark.parametrize("key", sorted(MANIFEST.to_json()))
def test_each_missing_field_is_named(key: str) -> None:
    """All fields are required."""
    document = MANIFEST.to_json()
    del document[key]
    with pytest.raises(BundleError, match=f"lacks {key}"):
        Manifest.parse(document)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("name",), "", "name is wrong"),
        (("name",), 7, "name is wrong"),
        (("rounding",), "up", "rounding is wrong"),
        (("base",), "12", "base is wrong"),
        (("base",), "zz" * 8, "base is wrong"),
        (("layout",), [], "layout is wrong"),
        (("layout", "fingerprint"), "00" * 8, r"layout\.fingerprint is wrong"),
        (("layout", "tensors"), {}, r"layout\.tensors is wrong"),
        (("layout", "tensors", 0, "shape"), [2, 0], r"layout\.tensors\[0\]\.shape\[1\] is wrong"),
        (("layout", "tensors", 1, "offset"), 7, r"layout\.tensors is wrong"),
        (("layout", "tensors", 1, "offset"), -1, r"layout\.tensors\[1\]\.offset is wrong"),
        (("layout", "tensors", 0, "clip"), 0, r"layout\.tensors is wrong"),
        (("layout", "tensors", 0, "clip"), float("nan"), r"layout\.tensors\[0\]\.clip is wrong"),
        (("adaptive",), {}, "adaptive is wrong"),
        (("adaptive",), {"4": "head.weight", "7": "head.weight"}, "adaptive is wrong"),
        (("adaptive",), {"4": "head.weight", "-7": "head.bias"}, "adaptive is wrong"),
        (("prototypes",), 0, "prototypes is wrong"),
        (("prototypes",), True, "prototypes is wrong"),
        (("latent",), 3, "latent is wrong"),
        (("latent", "code_bytes"), 257, r"latent\.code_bytes is wrong"),
        (("latent", "table_bytes"), 0, r"latent\.table_bytes is wrong"),
        (("trials",), True, "trials is wrong"),
        (("trials", "vectors"), 0, r"trials\.vectors is wrong"),
        (("trials", "least"), 21, r"trials\.least is wrong"),
        (("reference",), 1, "reference is wrong"),
        (("inputs",), [], "inputs is wrong"),
        (("inputs", 0, "dtype"), "int4", r"inputs\[0\]\.dtype is wrong"),
        (("inputs", 0, "shape"), "1x3", r"inputs\[0\]\.shape is wrong"),
        (("inputs", 0, "scale"), -1.0, r"inputs\[0\]\.scale is wrong"),
        (("outputs", 0, "zero_point"), 1.5, r"outputs\[0\]\.zero_point is wrong"),
        (("embedding",), "none", "embedding is wrong"),
        (("memory", "arena_bytes"), -1, r"memory\.arena_bytes is wrong"),
        (("memory", "macs"), "many", r"memory\.macs is wrong"),
        (("memory", "peak_operator"), None, r"memory\.peak_operator is wrong"),
        (("operators", 1), None, r"operators\[1\] is wrong"),
        (("parameters",), [], "parameters is wrong"),
        (("parameters", "head.weight", "axes"), [1, 1], r"parameters\.head\.weight is wrong"),
        (("parameters", "head.weight", "tensor"), [6], r"parameters\.head\.weight is wrong"),
        (("provenance",), [], "provenance is wrong"),
    ],
)
def test_each_broken_field_is_named(path: tuple[Any, ...], value: Any, named: str) -> None:
    """The error says where, what was expected and what came."""
    with pytest.raises(BundleError, match=named) as caught:
        Manifest.parse(_with(path, value))
    assert caught.value.expected
    assert caught.value.remedy
