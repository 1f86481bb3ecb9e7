"""Networks by name, so that a trained model can be read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from models.errors import NetworkError, TrainedError
from models.networks import dscnn
from models.networks.conv1d import Conv1d
from models.networks.din import Din
from models.networks.gru4rec import Gru4Rec
from models.networks.mlp import Mlp
from models.networks.mobilenetv3 import MobileNetV3
from models.networks.sasrec import SasRec
from models.networks.spatial_cnn import SpatialCnn

NETWORKS: Final[dict[str, Callable[..., Any]]] = {
    dscnn.NAME: dscnn.DsCnn,
    Mlp.NAME: Mlp,
    Conv1d.NAME: Conv1d,
    MobileNetV3.NAME: MobileNetV3,
    SasRec.NAME: SasRec,
    Gru4Rec.NAME: Gru4Rec,
    Din.NAME: Din,
    SpatialCnn.NAME: SpatialCnn,
}
"""Each makes a `models.networks.network.Network` from the arguments that its `config()` gives."""


def register(name: str, make: Callable[..., Any]) -> None:
    """Let `make_network` know a network of your own, so that a model that was trained with it can be read back.

    Args:
        name: what the network's `name` says.
        make: makes it from the arguments that its `config()` gives.

    Raises:
        NetworkError: the name is taken.
    """
    if name in NETWORKS:
        raise NetworkError(f"a network is called {name!r} already", remedy="choose another name")
    NETWORKS[name] = make


def make_network(name: str, config: Mapping[str, Any]) -> Any:
    """A fresh network with the arguments that its `config()` gave.

    Raises:
        TrainedError: this version knows no such network, or not with these arguments.
    """
    if name not in NETWORKS:
        raise TrainedError(
            f"no network is called {name!r}",
            expected=", ".join(sorted(NETWORKS)),
            remedy="a network of your own: models.networks.registry.register(name, make); else train again",
        )
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    try:
        return NETWORKS[name](**values)
    except (TypeError, NetworkError) as error:
        raise TrainedError(f"network {name!r} does not take the stored arguments", received=str(error)) from error
