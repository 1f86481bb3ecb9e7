"""The bundle's manifest, format 2 (docs/bundle.md): values on this side, JSON on the other.

`Manifest.parse` accepts what `to_json` writes and nothing else; what it returned is legal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from toolchain.arrangement import Arrangement
from toolchain.digest import FINGERPRINT_BYTES
from toolchain.document import Node
from toolchain.errors import AdaptiveError
from toolchain.graph import DType
from toolchain.latent import CODE_MOST, Latent
from toolchain.layout import Layout
from toolchain.requant import Rounding
from toolchain.signal import Signal
from toolchain.trials import COUNT_MOST, Trials

FORMAT: Final = 2
_MAX_PROTOTYPES: Final = 255


@dataclass(frozen=True)
class Memory:
    """What the model needs, in bytes; `macs` are multiply-accumulate operations of one inference.

    Attributes:
        arena_bytes: activations and scratch memory.
        arena_lower_bound: no plan needs less.
        adaptive_bytes: one bank.
        constant_bytes: constant tables in flash; code comes on top.
        macs: multiply-accumulate operations.
        peak_operator: number and name of the operator with the most bytes alive.
    """

    arena_bytes: int
    arena_lower_bound: int
    adaptive_bytes: int
    constant_bytes: int
    macs: int
    peak_operator: str

    @classmethod
    def parse(cls, node: Node) -> Memory:
        """Read what `vars` gave."""
        names = ("arena_bytes", "arena_lower_bound", "adaptive_bytes", "constant_bytes")
        sizes = {name: node[name].integer() for name in names}
        return cls(**sizes, macs=node["macs"].integer(most=2**53), peak_operator=node["peak_operator"].text())


@dataclass(frozen=True)
class CodeShape:
    """The codec `latent` of a model: bytes of a code, bytes of its table in flash."""

    code_bytes: int
    table_bytes: int

    @classmethod
    def of(cls, latent: Latent | None) -> CodeShape | None:
        """That of a table."""
        return None if latent is None else cls(latent.code_bytes, latent.table_bytes)

    @classmethod
    def parse(cls, node: Node) -> CodeShape | None:
        """Read what `vars` gave, or null."""
        if node.value is None:
            return None
        return cls(node["code_bytes"].integer(1, CODE_MOST), node["table_bytes"].integer(1))


@dataclass(frozen=True)
class TrialRule:
    """TRY of a model: vectors, and how many of them must be right."""

    vectors: int
    least: int

    @classmethod
    def of(cls, trials: Trials | None) -> TrialRule | None:
        """That of some vectors."""
        return None if trials is None else cls(len(trials), trials.least)

    @classmethod
    def parse(cls, node: Node) -> TrialRule | None:
        """Read what `vars` gave, or null."""
        if node.value is None:
            return None
        vectors = node["vectors"].integer(1, COUNT_MOST)
        return cls(vectors, node["least"].integer(0, vectors))


@dataclass(frozen=True)
class Manifest:
    """The manifest without the list of files, which `toolchain.sealed` keeps.

    `parameters` says how a framework's parameter lies in its tensor; one that is not named lies as it is. `latent`,
    `trials` and `reference` tell what is attached to the model on the device.
    """

    name: str
    rounding: Rounding
    base: bytes
    layout: Layout
    adaptive: Mapping[int, str]
    prototypes: int
    inputs: tuple[Signal, ...]
    outputs: tuple[Signal, ...]
    embedding: Signal | None
    memory: Memory
    operators: tuple[str, ...]
    latent: CodeShape | None = None
    trials: TrialRule | None = None
    reference: bool = False
    parameters: Mapping[str, Arrangement] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As the file holds it."""
        return {
            "name": self.name,
            "rounding": self.rounding.value,
            "base": self.base.hex(),
            "layout": {"fingerprint": self.layout.fingerprint.hex(), "tensors": self.layout.to_json()},
            "adaptive": {str(index): name for index, name in self.adaptive.items()},
            "parameters": {name: own.to_json() for name, own in self.parameters.items()},
            "prototypes": self.prototypes,
            "latent": None if self.latent is None else vars(self.latent),
            "trials": None if self.trials is None else vars(self.trials),
            "reference": self.reference,
            "inputs": [signal.to_json() for signal in self.inputs],
            "outputs": [signal.to_json() for signal in self.outputs],
            "embedding": None if self.embedding is None else self.embedding.to_json(),
            "memory": vars(self.memory),
            "operators": list(self.operators),
            "provenance": dict(self.provenance),
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Manifest:
        """Read what `to_json` wrote.

        Raises:
            BundleError: names the field that is missing or wrong.
        """
        root = Node(dict(document), "")
        layout = _layout(root["layout"])
        return cls(
            name=root["name"].text(),
            rounding=Rounding(root["rounding"].choice(*(r.value for r in Rounding))),
            base=root["base"].digest(FINGERPRINT_BYTES),
            layout=layout,
            adaptive=_adaptive(root["adaptive"], layout),
            parameters=_parameters(root["parameters"], layout),
            prototypes=root["prototypes"].integer(1, _MAX_PROTOTYPES),
            latent=CodeShape.parse(root["latent"]),
            trials=TrialRule.parse(root["trials"]),
            reference=root["reference"].boolean(),
            inputs=_signals(root["inputs"]),
            outputs=_signals(root["outputs"]),
            embedding=None if root["embedding"].value is None else _signal(root["embedding"]),
            memory=Memory.parse(root["memory"]),
            operators=tuple(entry.text() for entry in root["operators"].list()),
            provenance=root["provenance"].object(),
        )


def _layout(node: Node) -> Layout:
    rows = [
        {
            "name": row["name"].text(),
            "shape": row["shape"].shape(),
            "offset": row["offset"].integer(),
            "clip": row["clip"].number(),
        }
        for row in node["tensors"].list()
    ]
    try:
        layout = Layout.from_json(rows)
    except AdaptiveError as error:
        raise node["tensors"].wrong(error.what) from error
    if len(layout.tensors) != len(rows):
        raise node["tensors"].wrong("a name of its own for each tensor")
    if layout.fingerprint != node["fingerprint"].digest(FINGERPRINT_BYTES):
        raise node["fingerprint"].wrong(f"{layout.fingerprint.hex()}, the digest of the layout's tensors")
    return layout


def _adaptive(node: Node, layout: Layout) -> dict[int, str]:
    named = {key: value.text() for key, value in node.items()}
    if not all(key.isascii() and key.isdigit() for key in named):
        raise node.wrong("tensor indices as keys")
    if sorted(named.values()) != sorted(tensor.name for tensor in layout.tensors):
        raise node.wrong("the names of the layout, each once")
    return {int(key): name for key, name in named.items()}


def _parameters(node: Node, layout: Layout) -> dict[str, Arrangement]:
    shapes = {tensor.name: tensor.shape for tensor in layout.tensors}
    found: dict[str, Arrangement] = {}
    for name, row in node.items():
        axes = [entry.integer() for entry in row["axes"].list()]
        fields = {"parameter": row["parameter"].shape(), "axes": axes, "tensor": row["tensor"].shape()}
        try:
            found[name] = Arrangement.from_json(fields)
        except AdaptiveError as error:
            raise row.wrong("a permutation of the parameter's axes, and a tensor of its size") from error
        if shapes.get(name) != found[name].tensor:
            raise row.wrong(f"the shape of this tensor in the layout, {shapes.get(name)}")
    return found


def _signals(node: Node) -> tuple[Signal, ...]:
    if not node.list():
        raise node.wrong("at least one entry")
    return tuple(_signal(entry) for entry in node.list())


def _signal(node: Node) -> Signal:
    return Signal(
        node["name"].any_text(),
        node["shape"].shape(),
        DType(node["dtype"].choice(*(d.value for d in DType if d is not DType.RESOURCE))),
        node["scale"].number(),
        node["zero_point"].integer(-(2**31)),
    )
