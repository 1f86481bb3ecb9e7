"""Where a module's adaptive layers begin: its forward pass is recorded and cut in two in front of the first of them.

Only the containers of adaptive layers are looked into; whatever else the module is made of stays a black box, so that
loops and conditions inside it do no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import fx, nn

from models.errors import NetworkError


@dataclass(frozen=True)
class Seam:
    """The two parts of a module; they share its parameters.

    `shared` maps the input to the embedding, `tail` the embedding to the output; the parameters of `tail` have the
    names that they have in the module.
    """

    shared: fx.GraphModule
    tail: fx.GraphModule


def find_seam(module: nn.Module, layers: Sequence[str]) -> Seam:
    """Cut `module` in front of the first of `layers` that runs.

    Raises:
        NetworkError: the forward pass cannot be recorded, a layer does not run exactly once, there is nothing in front
            of the first one, or something shared goes around it or comes behind it.
    """
    graph = _recorded(module, layers)
    calls = {name: [n for n in graph.nodes if n.op == "call_module" and n.target == name] for name in layers}
    odd = {name: len(found) for name, found in calls.items() if len(found) != 1}
    if odd:
        raise NetworkError(
            "an adaptive layer must run once in a forward pass",
            received=", ".join(f"{name} runs {times} times" for name, times in odd.items()),
            remedy="give each use a layer of its own; call layers, not functions of their parameters",
        )
    first = next(node for node in graph.nodes if node.target in calls and node.op == "call_module")
    seam = _only_input(first)
    before, result = _ancestors(seam), _result(graph)
    _check_tail(module, [n for n in graph.nodes if n in _ancestors(result) - before], before - {seam}, layers)
    return Seam(_part(module, graph, None, seam), _part(module, graph, seam, result))


class _Tracer(fx.Tracer):
    """Looks into containers of adaptive layers only."""

    def __init__(self, layers: Sequence[str]) -> None:
        super().__init__()
        self._layers = layers

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:  # noqa: ARG002  # the base class asks
        """Whether the module is recorded as one call."""
        return not any(layer.startswith(f"{module_qualified_name}.") for layer in self._layers)


def _recorded(module: nn.Module, layers: Sequence[str]) -> fx.Graph:
    try:
        graph = _Tracer(layers).trace(module)
    except Exception as error:  # whatever the module's own code raises when it meets a proxy
        raise NetworkError(
            "the forward pass of the module cannot be recorded",
            expected="no condition or loop over values beside the adaptive layers",
            received=f"{type(error).__name__}: {error}",
            remedy="move such code into a submodule that holds no adaptive layer",
        ) from error
    if sum(node.op == "placeholder" for node in graph.nodes) != 1:
        raise NetworkError("a network that is to be personalised has one input", received=str(graph))
    return graph


def _only_input(first: fx.Node) -> fx.Node:
    if first.all_input_nodes != list(first.args) or len(first.args) != 1:
        raise NetworkError(f"the adaptive layer {first.target} must have one input, a tensor", received=str(first.args))
    (seam,) = first.all_input_nodes
    if seam.op == "placeholder":
        raise NetworkError(
            f"nothing is shared: the first layer that runs, {first.target}, is adaptive",
            remedy="leave at least one layer in front of the adaptive ones",
        )
    return seam


def _ancestors(node: fx.Node) -> set[fx.Node]:
    """The nodes that `node` is computed from, and itself."""
    found: set[fx.Node] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += current.all_input_nodes
    return found


def _check_tail(module: nn.Module, tail: Sequence[fx.Node], before: set[fx.Node], layers: Sequence[str]) -> None:
    around = [f"{node.name} reads {i.name}" for node in tail for i in node.all_input_nodes if i in before]
    shared = [str(node.target) for node in tail if _holds_parameters(module, node) and node.target not in layers]
    if around or shared:
        raise NetworkError(
            "the adaptive layers are not the last ones of the module",
            expected="behind the first of them only adaptive layers, and layers and functions without parameters",
            received=", ".join([*dict.fromkeys(shared), *around]),
            remedy="name those layers as adaptive too, or move the first adaptive layer further back",
        )


def _holds_parameters(module: nn.Module, node: fx.Node) -> bool:
    if node.op == "get_attr":
        return str(node.target) in dict(module.named_parameters(remove_duplicate=False))
    return node.op == "call_module" and any(True for _ in module.get_submodule(str(node.target)).parameters())


def _result(graph: fx.Graph) -> fx.Node:
    (output,) = (node for node in graph.nodes if node.op == "output")
    result: Any = output.args[0]
    if not isinstance(result, fx.Node):
        raise NetworkError("a network that is to be personalised has one output, the logits", received=str(result))
    return result


def _part(module: nn.Module, graph: fx.Graph, start: fx.Node | None, end: fx.Node) -> fx.GraphModule:
    """The part of `graph` from `start` (the new input; None: the graph's own) to `end`."""
    part = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {} if start is None else {start: part.placeholder("embedding")}
    wanted = _ancestors(end)
    for node in graph.nodes:
        if node in wanted and node not in copies and (start is None or node not in _ancestors(start)):
            copies[node] = part.node_copy(node, copies.__getitem__)
    part.output(copies[end])
    return fx.GraphModule(module, part)
