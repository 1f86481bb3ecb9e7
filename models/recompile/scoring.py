"""What an edit that somebody brings is worth on the frozen set, by the base that it was made for."""

from __future__ import annotations

from models.recompile.opened import OpenedBase
from models.store.records import EvaluationSet
from toolchain.edit import Edit, apply_edit


def score(base: OpenedBase, edit: Edit, evaluation: EvaluationSet) -> tuple[float, float]:
    """Accuracy 0..1 on the frozen set, in the device's arithmetic: of the base without the edit, and with it.

    Raises:
        EditError: the edit was made for another base.
        RecompileError: the base reads other windows.
    """
    bank = apply_edit(edit, layout=base.layout, base=base.bundle.base, prototypes=base.table, latent=base.bundle.latent)
    windows, labels = evaluation.examples.windows, evaluation.examples.labels
    return base.accuracy(windows, labels, base.table[0]), base.accuracy(windows, labels, bank)
