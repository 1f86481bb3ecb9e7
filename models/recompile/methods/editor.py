"""`editor`: the parameter editor of the base's own bundle; it reads embeddings, and labels only if it was made to."""

from __future__ import annotations

from typing import Final

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """One forward pass for each prototype, then Eq. 12 (arXiv 2509.06552)."""
    editor = base.editor
    made = editor.propose(base.observe(embeddings), labels=labels if editor.spec.labelled else None)
    return Proposal(made.prototype, made.delta)


METHOD: Final = Method("editor", make, "Persona's parameter editor of the new base, without labels", labelled=False)
