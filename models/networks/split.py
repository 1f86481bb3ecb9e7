"""Any torch module as a network that can be personalised: its owner names the adaptive layers.

    network = SplitNetwork(module, ["head.0", "head.2"], example=torch.zeros(1, 3, 50))

`docs/your-model.md` takes such a module all the way to a device.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from models.errors import NetworkError
from models.networks.seam import Seam, find_seam

PREFIX: Final = "module."
"""Stands in front of the module's own parameter names."""
_OFFERED: Final = 5


class SplitNetwork(nn.Module):
    """A module and the names of its adaptive layers.

    Args:
        module: maps float32 [n, *input] to logits float32 [n, classes].
        layers: paths of its adaptive layers (`head.0`), in the order of the adaptive buffer; they are its last layers
            with parameters, and the first of them sees a flat vector [n, E].
        example: inputs as the module will see them, float32 [n, *input].
        name: under which `models.networks.registry.register` knows how to make the network again.
        config: the arguments for that.

    Raises:
        NetworkError: a layer does not exist, has no parameters, shares them or is named twice; the adaptive layers are
            not the last ones; what the first one sees is no flat vector.
    """

    def __init__(
        self,
        module: nn.Module,
        layers: Sequence[str],
        example: Tensor,
        *,
        name: str = "own",
        config: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        chosen = (layers,) if isinstance(layers, str) else tuple(layers)
        self.module = module
        self._names = _parameters(module, chosen)
        self._name, self._config = name, dict(config or {})
        self._input_shape = tuple(example.shape[1:])
        mode = module.training
        seam = find_seam(module.eval(), chosen)
        self._embedding = _width(seam, example, chosen)
        module.train(mode)
        # Not registered as submodules: they hold the same parameters under a second name.
        self.__dict__["_seam"] = seam

    @property
    def name(self) -> str:
        """The name under which the registry makes it again."""
        return self._name

    @property
    def adaptive(self) -> tuple[str, ...]:
        """The adaptive parameters: the module's own names behind `module.`."""
        return tuple(f"{PREFIX}{name}" for name in self._names)

    @property
    def embedding_size(self) -> int:
        """Width E of what the first adaptive layer sees."""
        return self._embedding

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one window, as the example has it."""
        return self._input_shape

    def config(self) -> dict[str, Any]:
        """Arguments that make the same network again."""
        return dict(self._config)

    def embed(self, x: Tensor) -> Tensor:
        """Float32 [n, *input] to the embedding float32 [n, E]."""
        embedding: Tensor = self._cut.shared(x)
        return embedding

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """Logits float32 [n, classes] of embeddings float32 [n, E] with the given adaptive parameters."""
        own = {name: parameters[f"{PREFIX}{name}"] for name in self._names}
        logits: Tensor = torch.func.functional_call(self._cut.tail, own, (embedding,))
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Logits float32 [n, classes] of windows float32 [n, *input] with the module's own parameters."""
        logits: Tensor = self.module(x)
        return logits

    @property
    def _cut(self) -> Seam:
        seam: Seam = self.__dict__["_seam"]
        return seam


def _parameters(module: nn.Module, layers: Sequence[str]) -> tuple[str, ...]:
    """The names of the parameters of `layers`."""
    known = dict(module.named_modules())
    problems = [_problem(known, layer) for layer in layers]
    named_twice = [a for a in layers for b in layers if a.startswith(f"{b}.")] + [
        layer for layer in dict.fromkeys(layers) if list(layers).count(layer) > 1
    ]
    problems += [f"{layer}: named twice" for layer in named_twice]
    if any(problems) or not layers:
        raise NetworkError(
            "these layers cannot be adaptive",
            expected="paths of layers with parameters, as module.named_modules() has them, each once",
            received="\n    ".join(["", *filter(None, problems)]) if layers else "no names",
            remedy="name other layers",
        )
    names = tuple(f"{layer}.{own}" for layer in layers for own, _ in known[layer].named_parameters())
    _check_own(module, names)
    return names


def _problem(known: Mapping[str, nn.Module], layer: str) -> str:
    """What is wrong with the name; nothing if it is a layer with parameters."""
    with_parameters = [name for name, found in known.items() if name and any(True for _ in found.parameters())]
    if layer in with_parameters:
        return ""
    near = difflib.get_close_matches(layer, with_parameters, n=_OFFERED, cutoff=0.4) or with_parameters[-_OFFERED:]
    kind = f"a {type(known[layer]).__name__} without parameters" if layer and layer in known else "no such layer"
    return f"{layer!r}: {kind}; did you mean {', '.join(near)}?"


def _check_own(module: nn.Module, names: Sequence[str]) -> None:
    """Refuse parameters that have another name as well."""
    everywhere = list(module.named_parameters(remove_duplicate=False))
    own = {id(value): name for name, value in everywhere if name in names}
    tied = [f"{own[id(value)]} is {name}" for name, value in everywhere if own.get(id(value), name) != name]
    if tied:
        raise NetworkError(
            "adaptive layers share parameters",
            received=", ".join(tied),
            remedy="give each adaptive layer parameters of its own",
        )


def _width(seam: Seam, example: Tensor, layers: Sequence[str]) -> int:
    """E, from a forward pass over the example."""
    try:
        with torch.no_grad():
            embedding = seam.shared(example)
    except Exception as error:  # the module's own code
        raise NetworkError(
            "the module does not take the example", received=f"{type(error).__name__}: {error}"
        ) from error
    if embedding.ndim != 2 or len(embedding) != len(example):  # noqa: PLR2004  # [n, E]
        raise NetworkError(
            f"what the first adaptive layer of {', '.join(layers)} sees is no flat vector",
            expected=f"[{len(example)}, E]",
            received=str(list(embedding.shape)),
            remedy="flatten or average in front of the first adaptive layer, inside the module",
        )
    return int(embedding.shape[1])
