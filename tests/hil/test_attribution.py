"""From counts of single instructions to those of an inference, its operators and its functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.linkmap import Piece
from hil.bench.attribution import Function, Operators, by_function, by_operator, counted_places, total
from hil.bench.plugin import Counts, InstructionCounter
from hil.errors import WrongResultError

COUNTER = InstructionCounter(Path("x.so"), Path("x"), 0x100, 16, (0x100,))
PIECES = [
    Piece(".text.run", 0x100, 4, "port"),
    Piece(".text.invoke", 0x104, 6, "model"),
    Piece(".text.memcpy", 0x10A, 6, "libraries"),
    Piece(".debug_info", 0x0, 0x1000, "model"),
]


def counts(*numbers: int) -> Counts:
    """Counts of the eight places."""
    return np.array(numbers, np.uint64)


def test_only_the_model_and_libraries_count() -> None:
    """Neither the program around them, nor sections without code whose addresses are the same."""
    counted = counted_places(COUNTER, PIECES)
    assert [False, False, True, True, True, True, True, True] == counted.tolist()
    assert 6 == total(counts(9, 9, 1, 1, 1, 1, 1, 1), counted)


def test_the_calls_of_the_trace_belong_to_no_operator() -> None:
    """Nor does anything else that only a traced inference executes."""
    counted = counted_places(COUNTER, PIECES)
    plain = counts(5, 5, 300, 0, 400, 0, 0, 0)
    traced = [counts(1, 1, 300, 7, 0, 0, 0, 0), counts(1, 1, 0, 7, 400, 0, 0, 0)]
    assert Operators((300, 400), exact=True) == by_operator(traced, plain, counted)


def test_a_copy_of_code_for_the_trace_is_no_obstacle() -> None:
    """What tracing takes is then spread evenly, and the figures say so."""
    counted = counted_places(COUNTER, PIECES)
    traced = [counts(0, 0, 300, 7, 0, 0, 0, 0), counts(0, 0, 0, 7, 0, 500, 0, 0)]
    assert Operators((300, 500), exact=False) == by_operator(traced, counts(0, 0, 300, 0, 500, 0, 0, 0), counted)


@pytest.mark.parametrize("second", [0, 1000])
def test_operators_that_do_not_add_up_are_refused(second: int) -> None:
    """A traced inference that does something else tells nothing about the other."""
    counted = counted_places(COUNTER, PIECES)
    traced = [counts(0, 0, 300, 0, 0, 0, 0, 0), counts(0, 0, 0, 0, second, 0, 0, 0)]
    with pytest.raises(WrongResultError, match="do not add up"):
        by_operator(traced, counts(0, 0, 300, 0, 400, 0, 0, 0), counted)


def test_functions_are_told_largest_first() -> None:
    """What belongs to none is told too; two names for one address count once."""
    counted = counted_places(COUNTER, PIECES)
    functions = [Function("run", 0x100, 4), Function("invoke", 0x104, 6), Function("alias", 0x104, 6)]
    found = by_function(counts(9, 9, 1, 2, 3, 8, 0, 0), counted, COUNTER, functions)
    assert {"": 8, "invoke": 6} == found
    assert [8, 6] == list(found.values())


def test_a_file_of_records_is_read_whole(tmp_path: Path) -> None:
    """A mark's number and counts; half a record is refused."""
    counter = InstructionCounter(Path("x.so"), tmp_path / "records", 0x100, 4, (0x100,))
    assert [] == counter.records()
    counter.out.write_bytes(np.array([0, 1, 2, 1, 3, 4], np.uint64).tobytes())
    assert [(0, [1, 2]), (1, [3, 4])] == [(record.mark, record.counts.tolist()) for record in counter.records()]
    counter.out.write_bytes(b"\0" * 8)
    with pytest.raises(WrongResultError, match="whole records"):
        counter.records()
