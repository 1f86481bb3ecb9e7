"""What a scenario shows a device: context windows, and labelled windows that its accuracy is counted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hil.conformance import vectors_of
from hil.personalise import Subject
from hil.scenarios.errors import ScenarioError
from toolchain.bundle import Bundle

Array = npt.NDArray[Any]
Window = tuple[Array, ...]
_CONTEXT: Final = 32


@dataclass(frozen=True, eq=False)
class Windows:
    """One device's windows, each with all inputs of the model; `labels` int64 [len(labelled)]."""

    context: Sequence[Window]
    labelled: Sequence[Window]
    labels: npt.NDArray[np.int64]

    @classmethod
    def of_subject(cls, subject: Subject) -> Windows:
        """Those of a device that is known."""
        return cls([(one,) for one in subject.context], [(one,) for one in subject.evaluation], subject.labels)

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> Windows:
        """The frozen set of `bundle`, its first windows as context; random windows where it has none."""
        frozen = bundle.golden.evaluation
        if "x" not in frozen or len(bundle.inputs) != 1:
            return cls(vectors_of(bundle, _CONTEXT), [], np.empty(0, np.int64))
        labelled = [(window,) for window in frozen["x"]]
        return cls(labelled[:_CONTEXT], labelled, np.asarray(frozen["y"], np.int64))


def save_subject(subject: Subject, path: Path) -> None:
    """Write a device's windows as an .npz file."""
    np.savez_compressed(
        path, name=subject.name, context=subject.context, evaluation=subject.evaluation, labels=subject.labels
    )


def load_subject(path: Path) -> Subject:
    """What `save_subject` wrote.

    Raises:
        ScenarioError: the file holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            labels = file["labels"].astype(np.int64)
            return Subject(str(file["name"]), file["context"], file["evaluation"], labels)
    except (OSError, ValueError, KeyError) as error:
        raise ScenarioError(
            f"{path} holds no device's windows",
            expected="an .npz file with name, context, evaluation and labels",
            received=str(error),
        ) from error
