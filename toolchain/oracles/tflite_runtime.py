"""`tflite_runtime`, the small interpreter of older gateways (CPython up to 3.11, NumPy 1): its reference kernels."""

from __future__ import annotations

from tflite_runtime import interpreter as runtime

from toolchain.oracles.interpreter import InterpreterOracle


class TfliteRuntime(InterpreterOracle):
    """Runs a model in tflite_runtime and keeps all its tensors."""

    def __init__(self, data: bytes) -> None:
        interpreter = runtime.Interpreter(
            model_content=data,
            experimental_op_resolver_type=runtime.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        super().__init__(interpreter, keeps=True)
