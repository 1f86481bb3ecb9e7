"""`editor`: the parameter editor of the base's own bundle; it reads embeddings, and labels only if it was made to."""

from __future__ import annotations

from typing import Final

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase
from models.recompile.start import proposed


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """One forward pass for each prototype, then Eq. 12 (arXiv 2509.06552)."""
    return proposed(base, embeddings, labels if base.editor.spec.labelled else None)


METHOD: Final = Method("editor", make, "Persona's parameter editor of the new base, without labels", labelled=False)
