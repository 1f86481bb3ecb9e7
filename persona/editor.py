"""The editor of a bundle as what an adaptation wants: callables."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.adapt import Observed, Proposal
from models.errors import TrainedError
from models.runtime import Editor
from toolchain.bundle import Bundle


@dataclass(frozen=True, eq=False)
class Proposer:
    """The editor of a bundle.

    `windows` tells whether it reads the embeddings themselves (CONTEXT); else their summary is enough.
    """

    editor: Editor

    @property
    def windows(self) -> bool:
        """What `firmware_bridge.adapt.observe` has to upload."""
        return self.editor.reads_windows

    def __call__(self, observed: Observed, present: int | None = None) -> Proposal:
        """The edit for a device that runs the prototype `present` (0 or None: the factory head, or unknown).

        Raises:
            ContextError: the context does not fit the editor.
        """
        made = self.editor.propose(observed, present)
        return Proposal(made.prototype, made.delta, made.norms, made.code)


def proposer(bundle: Bundle) -> Proposer:
    """The editor that lies in `bundle`.

    Raises:
        TrainedError: there is none, it is damaged, or it was made for another layout.
    """
    editor = Editor.load(bundle.path)
    if editor.layout.fingerprint != bundle.layout.fingerprint:
        raise TrainedError(
            f"the editor in {bundle.path} does not belong to its model",
            expected=f"layout {bundle.layout.fingerprint.hex()}",
            received=f"layout {editor.layout.fingerprint.hex()}",
            remedy="compile the trained model again",
        )
    return Proposer(editor)
