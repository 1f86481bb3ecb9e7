"""From the torch editors that training leaves to the NumPy editor that ships."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from models.editor.arithmetic import shapes
from models.editor.parameter_editor import ParameterEditor
from models.editor.persona import Persona
from models.runtime import Editor
from toolchain.layout import Layout


@dataclass(frozen=True, eq=False)
class Shipped:
    """What a host holds to make edits: the editor, and the table float32 [1 + N_M, size] that they are made against."""

    editor: Editor
    table: npt.NDArray[np.float32]


def shipped(persona: Persona, base: Tensor, context_windows: int) -> Shipped:
    """`persona` as it ships, over the factory head `base` float32 [size]."""
    table = np.concatenate([base.numpy()[None], persona.prototypes.numpy()])
    return Shipped(runtime_editor(persona, context_windows), np.asarray(table, np.float32))


def runtime_editor(persona: Persona, context_windows: int) -> Editor:
    """The torch editors as the NumPy editor."""
    spec = persona.editors[0].spec
    parameters = tuple(own_arrays(editor, persona.layout) for editor in persona.editors)
    return Editor(spec, persona.layout, context_windows, parameters, persona.latent)


def own_arrays(editor: ParameterEditor, layout: Layout) -> dict[str, npt.NDArray[np.float32]]:
    """The arrays that an editor does not share, by name."""
    state = editor.state_dict()
    return {name: state[name].numpy().copy() for name in shapes(editor.spec, layout)}
