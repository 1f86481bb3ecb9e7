"""Instructions of each layer, for every board that was measured operator by operator."""

from __future__ import annotations

from hil.report.bars import bar
from hil.report.boards import by_board
from hil.report.html import Html, tag
from hil.report.numbers import count, missing, percent
from hil.report.run import Operator, Run
from hil.report.table import Cell, Column, Row, table


def layers(run: Run) -> Html:
    """A table for each board, the first one open."""
    found: list[Html] = []
    for board in by_board(run):
        operators = board.first(lambda r: r.per_op or None)
        if operators is None:
            continue
        total = sum(operator.instructions or 0 for operator in operators)
        summary = tag("summary", tag("b", board.name), f" {total:,.0f} instructions in {len(operators):,} layers")
        body = _table(board.name, operators, total)
        found.append(tag("details", summary, body, open=not found, data_verdict=board.verdict))
    return tag("div", *found) if found else tag("p", missing())


def _table(board: str, operators: tuple[Operator, ...], total: float) -> Html:
    most = max(operator.instructions or 0 for operator in operators)
    columns = [
        Column("layer", number=True),
        Column("kind"),
        Column("share of the largest", sortable=False),
        Column("instructions", number=True),
        Column("of all", number=True),
        Column("multiply-accumulates", number=True),
        Column("instructions each", number=True),
    ]
    return table(f"Instructions of each layer on {board}", columns, [_row(one, most, total) for one in operators])


def _row(operator: Operator, most: float, total: float) -> Row:
    taken = operator.instructions
    drawn = missing() if taken is None or not most else bar(taken / most, f"{taken:,.0f} instructions")
    share = None if taken is None or not total else taken / total
    each = taken / operator.macs if taken is not None and operator.macs else None
    return Row(
        [
            Cell(count(operator.op), operator.op),
            operator.kind or missing(),
            drawn,
            Cell(count(taken), taken),
            Cell(percent(share), share),
            Cell(count(operator.macs), operator.macs),
            Cell("" if each is None else f"{each:,.2f}", each),
        ]
    )
