"""All chapters, in the order of the report, with the seeds and folds that their share of the time allows."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from models.evaluation.editor_study import EditorStudy
from models.evaluation.origin import origin
from models.evaluation.piece import Piece
from models.evaluation.request import Request
from models.evaluation.study import Study
from models.evaluation.sweep import SweepStudy
from models.evaluation.table import markdown
from models.reproduce import bars
from models.reproduce.chapter import Chapter, Single
from models.reproduce.checks import Checks
from models.rivals.registry import METHODS
from models.sequences.sequence_study import SequenceStudy

_LABELLED_WINDOWS: Final = 32
_UNLABELLED_WINDOWS: Final = 64


def _editors(*, labelled: bool) -> tuple[str, ...]:
    """The controls, and the methods that see labels or those that do not."""
    controls = ("extra-budget", "field-head")
    known = [name for name, method in METHODS.items() if method.labelled is labelled or name in controls]
    return tuple(name for name in known if not name.endswith("hindsight"))


def _evaluation(**asked: Any) -> Study:
    return EditorStudy.of(Request(**asked))


def _sweep(**asked: Any) -> Study:
    return SweepStudy.of(Request(**asked))


def _sequences(**asked: Any) -> Study:
    return SequenceStudy.of(Request(**asked))


def _throughput() -> Study:
    piece = Piece("throughput", "benchmarks.editor_throughput:report", {}, origin("random parameters"))
    return Single(piece, _throughput_table)


def _throughput_table(values: dict[str, Any]) -> str:
    head = ("reads", "edits a second, together", "ms, one edit")
    return markdown(head, [(r["encoder"], f"{r['edits_per_s']:,}", f"{r['one_edit_ms']:.3f}") for r in values["rows"]])


def _digits(name: str, home: str, away: str, *, labelled: bool) -> Chapter:
    context = _LABELLED_WINDOWS if labelled else _UNLABELLED_WINDOWS
    kind = "labelled" if labelled else "unlabelled"
    asked = {"dataset": name, "seeds": 2, "context": context, "editors": _editors(labelled=labelled)}
    return Chapter(
        f"{name}-{kind}",
        f"{home} to {away}, {context} {kind} samples",
        f"The base, the editors and every choice know {home} digits only; devices show {away} digits. What the base "
        f"scores on {home}'s own test digits is the home accuracy; the gap is what lies between.",
        partial(_evaluation, **asked),
        partial(bars.shifted_digits, labelled=labelled),
    )


CHAPTERS: Final = (
    Chapter(
        "wisdm",
        "WISDM: accelerometer windows of 36 users",
        "Six folds by user, three seeds; a device's figure is its mean over seeds. The first half of each class, in "
        "file order, adapts: 20 of its windows are the context, the rest is frozen, for the guard alone. The second "
        "half is scored.",
        partial(_evaluation, dataset="wisdm", folds=6, seeds=3),
        bars.wisdm,
    ),
    *(
        _digits(name, home, away, labelled=labelled)
        for name, home, away in (("usps_mnist", "USPS", "MNIST"), ("mnist_usps", "MNIST", "USPS"))
        for labelled in (True, False)
    ),
    Chapter(
        "beauty",
        "Beauty, 5-core: SASRec and its editors",
        "Leave-last-out, 1 + 99 sampled candidates. The published figures of Persona stand on another split, which is "
        "not public, and are shown as an orientation only.",
        partial(_sequences, dataset="beauty", network="sasrec", seeds=1),
        bars.sequences,
    ),
    *(
        Chapter(
            f"beauty_active-{model}",
            f"Beauty, active users: {title} and its editors",
            "The nearest public set to the paper's: users with at least 20 actions. A small base; its anchor is shown "
            "without a figure to reach.",
            partial(_sequences, dataset="beauty_active", network=model, seeds=1),
        )
        for model, title in (("sasrec", "SASRec"), ("gru4rec", "GRU4Rec"), ("din", "DIN"))
    ),
    Chapter(
        "digits_fleet",
        "The digits fleet: simulated devices",
        "What ships as the default: scikit-learn's digits on sensors that are mounted at an angle, with blur, contrast "
        "and noise of their own. Each seed deals images and devices anew.",
        partial(_evaluation, dataset="digits_fleet", seeds=3),
    ),
    Chapter(
        "checks",
        "The digits fleet: prototypes from look to look, and what the trial vectors let pass",
        "Twelve looks at fresh contexts of each held-out device, with and without hysteresis; and the shares of edits "
        "and of garbage that pass the frozen vectors on a device.",
        partial(Checks, 2),
    ),
    *(
        Chapter(
            f"{name}-{axis}",
            f"Sweep of {axis}: {title}",
            "Everything else stays as the recipe has it. Held-out devices in the plot and the first column; a star "
            "marks what the validation devices prefer.",
            partial(_sweep, dataset=name, folds=folds, seeds=seeds, sweep=axis),
            bars.optimum,
        )
        for name, title, folds, seeds in (("wisdm", "WISDM", 6, 1), ("digits_fleet", "the digits fleet", 1, 2))
        for axis in ("T", "N_M")
    ),
    Chapter(
        "throughput",
        "How fast the editor makes edits",
        "The NumPy editor that ships, one thread, import and load excluded; sizes of the digits fleet, three "
        "prototypes.",
        _throughput,
        bars.throughput,
    ),
)
