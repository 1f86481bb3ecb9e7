"""Networks by name, so that a trained model can be read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.errors import TrainedError
from models.networks import dscnn


def make_network(name: str, config: Mapping[str, Any]) -> dscnn.DsCnn:
    """A fresh network with the arguments that its `config()` gave.

    Raises:
        TrainedError: this version knows no such network, or not with these arguments.
    """
    if name != dscnn.NAME:
        raise TrainedError(
            f"no network is called {name!r}", expected=dscnn.NAME, remedy="train again with this version"
        )
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    try:
        network = dscnn.DsCnn(**values)
    except TypeError as error:
        raise TrainedError(f"network {name!r} does not take the stored arguments", received=str(error)) from error
    return network
