"""A Keras model or a TensorFlow SavedModel to a float .tflite file, by `tf.lite.TFLiteConverter`.

The model is traced for a batch of 1 and its variables are frozen first: variables and dynamic shapes then cannot stay
in the graph. A variable `block/conv/kernel:0` is the parameter `block.conv.kernel`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.frontends.quiet import converter

_SIGNATURE: Final = "serving_default"


class KerasSource:
    """Something callable with variables.

    Args:
        call: tensors by input name to whatever the model returns.
        variables: its variables by parameter name.
        inputs: shape (batch 1) and TensorFlow dtype of each input by name.
        keep: what the variables belong to; it must outlive them.
    """

    layers: Mapping[str, Sequence[str]] = {}

    def __init__(
        self,
        call: Callable[..., Any],
        variables: Mapping[str, Any],
        inputs: Mapping[str, tuple[tuple[int, ...], Any]],
        keep: Any,
    ) -> None:
        self._call, self._variables, self._inputs, self._keep = call, dict(variables), dict(inputs), keep

    @classmethod
    def load(cls, path: Path) -> KerasSource:
        """Read a `.keras` file, or a SavedModel's folder.

        Raises:
            ModelError: it cannot be read, or its inputs have no fixed shape.
        """
        if path.is_dir():
            return cls.of_saved_model(path)
        with converter("Keras"):
            import tensorflow as tf

            return cls.of_model(tf.keras.models.load_model(path, compile=False))

    @classmethod
    def of_model(cls, model: Any) -> KerasSource:
        """A Keras model (Keras 3)."""
        inputs = {f"input_{i}": (_fixed(x.shape, x.name), x.dtype) for i, x in enumerate(model.inputs)}
        variables = _named([(v.path, v) for v in model.variables])

        def call(**tensors: Any) -> Any:
            given = list(tensors.values())
            return model(given[0] if len(given) == 1 else given, training=False)

        return cls(call, variables, inputs, model)

    @classmethod
    def of_saved_model(cls, path: Path) -> KerasSource:
        """A SavedModel's folder; its signature `serving_default` is the model."""
        with converter("TensorFlow"):
            import tensorflow as tf

            loaded = tf.saved_model.load(str(path))
            if _SIGNATURE not in loaded.signatures:
                raise ModelError(
                    f"{path} has no signature {_SIGNATURE!r}", received=", ".join(loaded.signatures) or "none"
                )
            function = loaded.signatures[_SIGNATURE]
            specs = function.structured_input_signature[1]
            inputs = {name: (_fixed(spec.shape, name), spec.dtype) for name, spec in specs.items()}
            return cls(function, _named([(v.name, v) for v in function.variables]), inputs, loaded)

    @cached_property
    def parameters(self) -> dict[str, npt.NDArray[np.float32]]:
        """The float32 variables."""
        values = {name: np.asarray(variable.numpy()) for name, variable in self._variables.items()}
        return {name: value.copy() for name, value in values.items() if value.dtype == np.float32}

    def convert(self, replaced: Mapping[str, npt.NDArray[Any]]) -> bytes:
        """See `Source.convert`; the variables have their old values afterwards."""
        with converter("tf.lite.TFLiteConverter"):
            import tensorflow as tf
            from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

            for name, values in replaced.items():
                self._variables[name].assign(values)
            try:
                specs = {n: tf.TensorSpec(shape, dtype, name=n) for n, (shape, dtype) in self._inputs.items()}
                traced = tf.function(self._call).get_concrete_function(**specs)
                frozen = convert_variables_to_constants_v2(traced)
                data: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
            finally:
                for name in replaced:
                    self._variables[name].assign(self.parameters[name])
            return data


def _named(variables: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Variables by their path with dots; the model's own name in front of all of them says nothing and goes."""
    paths = [path.partition(":")[0].split("/") for path, _ in variables]
    own = len({path[0] for path in paths}) == 1 and all(len(path) > 2 for path in paths)  # noqa: PLR2004  # model/layer/x
    return {".".join(path[own:]): variable for path, (_, variable) in zip(paths, variables, strict=True)}


def _fixed(shape: Any, name: str) -> tuple[int, ...]:
    """The shape for a batch of 1."""
    sizes = [None if n is None else int(n) for n in shape]
    if not sizes or None in sizes[1:]:
        raise ModelError(
            f"input {name!r} has no fixed shape",
            expected="a size for every dimension behind the batch",
            received=str(tuple(sizes)),
            remedy="build the model for inputs of one size",
        )
    return (1, *(int(n or 0) for n in sizes[1:]))
