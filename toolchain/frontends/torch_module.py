"""A torch module, or a saved `torch.export` program, to a float .tflite file, by litert-torch."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import AdaptiveError, ModelError
from toolchain.frontends.quiet import converter

if TYPE_CHECKING:
    import torch


class TorchSource:
    """A module and example inputs; parameters are named by their module path.

    Args:
        module: float32 module in eval mode.
        example: one tensor for each input, batch 1.
    """

    layers: Mapping[str, Sequence[str]] = {}

    def __init__(self, module: torch.nn.Module, example: Sequence[torch.Tensor]) -> None:
        self._module = module
        self._example = tuple(example)

    @classmethod
    def load(cls, path: Path) -> TorchSource:
        """Read a `.pt2` file that `torch.export.save` wrote.

        Raises:
            ModelError: it is none, or holds no example inputs.
        """
        with converter("torch.export"):
            import torch

            program = torch.export.load(path)
            inputs, keywords = program.example_inputs or ((), {})
            if keywords or not inputs or not all(isinstance(i, torch.Tensor) for i in inputs):
                raise ModelError(
                    f"{path} does not say what its inputs look like",
                    expected="example inputs, all tensors, none by keyword",
                    remedy="save what torch.export.export(module, (example,)) returned",
                )
            return cls(program.module(), inputs)

    @cached_property
    def parameters(self) -> dict[str, npt.NDArray[np.float32]]:
        """The module's float32 parameters."""
        own = {name: value.detach().cpu().numpy() for name, value in self._module.named_parameters()}
        return {name: value.copy() for name, value in own.items() if value.dtype == np.float32}

    def convert(self, replaced: Mapping[str, npt.NDArray[Any]]) -> bytes:
        """See `Source.convert`."""
        return convert_module(self._module, self._example, replaced)


def convert_module(
    module: torch.nn.Module,
    example: torch.Tensor | Sequence[torch.Tensor],
    replaced: Mapping[str, npt.NDArray[Any]],
) -> bytes:
    """Convert `module` for inputs like `example`, with other values for the parameters in `replaced`.

    Raises:
        AdaptiveError: a name in `replaced` is no parameter of the module.
        ModelError: litert-torch cannot convert the module.
    """
    with converter("litert-torch"):
        import litert_torch
        import torch

        twin = copy.deepcopy(module)
        if not isinstance(twin, torch.fx.GraphModule):  # exported programs have no modes
            twin.eval()
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
        inputs = (example,) if isinstance(example, torch.Tensor) else tuple(example)
        converted = litert_torch.convert(twin, inputs)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "float.tflite"
            converted.export(str(path))
            return path.read_bytes()
