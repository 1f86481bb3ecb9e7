"""TensorFlow's own interpreter, `tf.lite.Interpreter`, with its reference kernels."""

from __future__ import annotations

import warnings

from toolchain.frontends.quiet import converter
from toolchain.oracles.interpreter import InterpreterOracle


class TensorFlow(InterpreterOracle):
    """Runs a model in TensorFlow and keeps all its tensors."""

    def __init__(self, data: bytes) -> None:
        with converter("TensorFlow"), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # it announces that it will move to ai-edge-litert, which is the oracle litert
            import tensorflow as tf

            interpreter = tf.lite.Interpreter(
                model_content=data,
                experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
                experimental_preserve_all_tensors=True,
            )
            super().__init__(interpreter, keeps=True)
