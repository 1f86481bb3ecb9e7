"""From a request to the study that answers it."""

from __future__ import annotations

from models.evaluation.editor_study import EditorStudy
from models.evaluation.request import Request
from models.evaluation.study import Study
from models.evaluation.sweep import SweepStudy
from models.sequences.sequence_study import SequenceStudy, is_sequences


def open_study(request: Request) -> Study:
    """The study of a data set, checked as far as that goes without training.

    Raises:
        StudyError: an unknown editor or model, impossible folds or seeds.
        FleetError: no such data set, or one that cannot be divided as asked.
    """
    if is_sequences(request.dataset):
        return SequenceStudy.of(request)
    return EditorStudy.of(request) if request.sweep is None else SweepStudy.of(request)
