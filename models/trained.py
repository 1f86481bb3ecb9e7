"""A trained model as one value and as one directory: everything that the compiler and the host need, and its origin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors import numpy as tensors
from torch import nn

from models.datasets.fleet import Fleet
from models.datasets.registry import make_fleet
from models.errors import TrainedError
from models.networks.network import adaptive_values
from models.networks.registry import make_network
from models.runtime import Editor
from models.storage import SEAL
from toolchain.layout import Layout

BASE: Final = "base.safetensors"
PROTOTYPES: Final = "prototypes.safetensors"
CALIBRATION: Final = "calibration.safetensors"


@dataclass(frozen=True)
class CompilerInput:
    """What the compiler asks for.

    `module` in eval mode maps float32 [1, *input] to logits; `example` is one such input; `adaptive` holds the adaptive
    values by name in layout order; `calibration` float32 [n, *input] are windows for the ranges of the int8 part.
    """

    module: nn.Module
    example: torch.Tensor
    adaptive: dict[str, npt.NDArray[np.float32]]
    calibration: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Trained:
    """The base, its prototypes and their editor.

    `prototypes` float32 [1 + N_M, size]: row 0 is the factory head, row j the prototype that the editor calls j;
    `calibration` float32 [n, *input]; `fleet` makes the devices again; `report` has the seed, versions, T, the figures
    on the validation devices and the seconds of each stage.
    """

    network: Any
    layout: Layout
    prototypes: npt.NDArray[np.float32]
    editor: Editor
    calibration: npt.NDArray[np.float32]
    fleet: Fleet
    report: dict[str, Any]

    def model(self) -> CompilerInput:
        """The base as the compiler wants it."""
        module: nn.Module = self.network
        module.eval()
        example = torch.from_numpy(self.calibration[:1].copy())
        return CompilerInput(module, example, adaptive_values(self.network), self.calibration)

    def save(self, directory: Path) -> None:
        """Write the directory; it appears whole or not at all, and replaces only a trained model.

        Raises:
            TrainedError: the path is taken by something else, or cannot be written.
        """
        state = {name: value.numpy() for name, value in self.network.state_dict().items()}
        index = {
            "network": {"name": self.network.name, "config": self.network.config()},
            "layout": self.layout.to_json(),
            "fleet": self.fleet.to_json(),
            "report": self.report,
        }
        files = {
            BASE: tensors.save(state),
            PROTOTYPES: tensors.save({"prototypes": self.prototypes}),
            CALIBRATION: tensors.save({"inputs": self.calibration}),
            **self.editor.files(),
        }
        SEAL.write(directory, index, files)

    @classmethod
    def load(cls, directory: Path) -> Trained:
        """Read what `save` wrote.

        Raises:
            TrainedError: the directory is missing, truncated, altered or of another version.
        """
        index, files = SEAL.read(directory)
        try:
            network = make_network(index["network"]["name"], index["network"]["config"])
            state = {name: torch.from_numpy(value) for name, value in tensors.load(files[BASE]).items()}
            network.load_state_dict(state)
            network.eval()
            return cls(
                network=network,
                layout=Layout.from_json(index["layout"]),
                prototypes=tensors.load(files[PROTOTYPES])["prototypes"],
                editor=Editor.from_files(files),
                calibration=tensors.load(files[CALIBRATION])["inputs"],
                fleet=make_fleet(index["fleet"]),
                report=dict(index["report"]),
            )
        except (KeyError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
            raise TrainedError(
                f"{directory} holds a trained model that this version cannot read",
                received=f"{type(error).__name__}: {error}",
                remedy="train again with `persona train`",
            ) from error
