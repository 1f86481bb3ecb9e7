"""The headline: what a manager wants to know, in one sentence and four figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hil.report.boards import BoardResults, by_board
from hil.report.html import Content, Html, join, tag
from hil.report.numbers import missing, percent, seconds
from hil.report.run import FAILED, PASSED, SKIPPED, Run


def headline(run: Run) -> Html:
    """The top of the page."""
    boards = by_board(run)
    failures = Counter(result.failure_class or "no class" for result in run.results if result.verdict == FAILED)
    told, state = _sentence(boards)
    bundle = run.bundle.get("name", "unnamed bundle")
    return tag(
        "header",
        tag("p", "Hardware in the loop · ", tag("b", bundle), class_="over"),
        tag("h1", told, class_=state),
        tag(
            "p",
            join("started ", (run.started or "").replace("T", " ", 1) or missing(), " · took ", seconds(run.seconds)),
            class_="under",
        ),
        tag("div", _boards(boards), _verified(boards), _accuracy(boards), _failures(failures), class_="tiles"),
    )


def _sentence(boards: Sequence[BoardResults]) -> tuple[str, str]:
    count = Counter(board.verdict for board in boards)
    ran = len(boards) - count[SKIPPED]
    if count[FAILED]:
        return f"{count[FAILED]:,} of {ran:,} {_boards_word(ran)} failed", FAILED
    if not ran:
        return "No board was tested", SKIPPED
    return (f"All {ran:,} boards passed" if ran > 1 else "The board passed"), PASSED


def _boards_word(count: int) -> str:
    return "board" if count == 1 else "boards"


def _tile(name: str, figure: Content, note: Content) -> Html:
    return tag("div", tag("p", name, class_="name"), tag("p", figure, class_="figure"), tag("p", note, class_="note"))


def _boards(boards: Sequence[BoardResults]) -> Html:
    count = Counter(board.verdict for board in boards)
    note = ", ".join(f"{count[verdict]:,} {verdict}" for verdict in (PASSED, FAILED, SKIPPED) if count[verdict])
    return _tile("Boards", f"{len(boards):,}", note or "none")


def _verified(boards: Sequence[BoardResults]) -> Html:
    measured = [board for board in boards if board.total is not None]
    total = sum(board.total or 0 for board in measured)
    if not total:
        return _tile("Inferences verified", missing(), "against the reference, bit by bit")
    verified = sum(board.verified for board in measured)
    wrong = total - verified
    note = "all equal to the reference, bit by bit" if not wrong else f"{wrong:,} not shown equal to the reference"
    return _tile("Inferences verified", join(f"{verified:,}", tag("small", f" of {total:,}")), note)


def _accuracy(boards: Sequence[BoardResults]) -> Html:
    pairs = [board.accuracy for board in boards if board.accuracy is not None]
    if not pairs:
        return _tile("Accuracy", missing(), "before and after the edit")
    before, after = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    figure = join(tag("small", percent(before), " → "), percent(after))
    note = f"before → after the edit, {'mean of ' if len(pairs) > 1 else ''}{len(pairs):,} {_boards_word(len(pairs))}"
    return _tile("Accuracy", figure, note)


def _failures(failures: Counter[str]) -> Html:
    if not failures:
        return _tile("Failures", "0", "no scenario failed")
    return _tile(
        "Failures",
        f"{failures.total():,}",
        join(*(tag("span", f"{name} {n:,}", class_="class") for name, n in failures.most_common())),
    )
