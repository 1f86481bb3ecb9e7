"""A torch module to a float .tflite file, by litert-torch."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from toolchain.errors import AdaptiveError
from toolchain.frontends.quiet import converter

if TYPE_CHECKING:
    import torch


def convert_module(module: torch.nn.Module, example: torch.Tensor, replaced: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Convert `module` for inputs like `example`, with other values for the parameters in `replaced`.

    Raises:
        AdaptiveError: a name in `replaced` is no parameter of the module.
        ModelError: litert-torch cannot convert the module.
    """
    with converter("litert-torch"):
        import litert_torch
        import torch

        twin = copy.deepcopy(module).eval()
        parameters = dict(twin.named_parameters())
        with torch.no_grad():
            for name, values in replaced.items():
                if name not in parameters:
                    raise AdaptiveError(
                        f"the module has no parameter {name!r}",
                        expected=", ".join(parameters),
                        remedy="name adaptive parameters by their module path",
                    )
                parameters[name].copy_(torch.from_numpy(values))
        converted = litert_torch.convert(twin, (example,))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "float.tflite"
            converted.export(str(path))
            return path.read_bytes()
