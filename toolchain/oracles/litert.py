"""LiteRT's interpreter: its default kernels (XNNPACK) or its reference kernels."""

from __future__ import annotations

from ai_edge_litert import interpreter as litert

from toolchain.frontends.quiet import converter
from toolchain.oracles.interpreter import InterpreterOracle


class Litert(InterpreterOracle):
    """Runs a model in LiteRT; the reference kernels keep all its tensors."""

    def __init__(self, data: bytes, *, reference: bool) -> None:
        kinds = litert.OpResolverType
        with converter("LiteRT"):
            interpreter = litert.Interpreter(
                model_content=data,
                experimental_op_resolver_type=kinds.BUILTIN_REF if reference else kinds.AUTO,
                experimental_preserve_all_tensors=reference,
            )
            super().__init__(interpreter, keeps=reference)
