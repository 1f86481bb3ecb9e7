"""Python values as C99 literals that keep every bit."""

from __future__ import annotations

import math
import re
import textwrap
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_LINE: Final = 116
_INT32_MIN: Final = -(1 << 31)
_INT64_MIN: Final = -(1 << 63)


def integer(value: int) -> str:
    """An integer or bool constant; the smallest int32 and int64 have no literals of their own."""
    return f"({value + 1} - 1)" if value in {_INT32_MIN, _INT64_MIN} else str(int(value))


def floating(value: float) -> str:
    """A float32 constant in hexadecimal."""
    if not math.isfinite(value):
        return "NAN" if math.isnan(value) else f"{'-' if value < 0 else ''}INFINITY"
    return f"{float(np.float32(value)).hex()}f"


def values(array: npt.NDArray[Any]) -> str:
    """All elements, comma-separated, wrapped and indented."""
    write = floating if array.dtype.kind == "f" else integer
    items = ", ".join(write(item) for item in array.reshape(-1).tolist())
    return textwrap.fill(items, _LINE, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def macro_calls(macro: str, rows: npt.NDArray[Any]) -> str:
    """A call of a macro for each row of integers, comma-separated, wrapped and indented."""
    items = ", ".join(f"{macro}({','.join(map(integer, row))})" for row in rows.tolist())
    return textwrap.fill(items, _LINE, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def identifier(name: str) -> str:
    """A C identifier made of `name`."""
    cleaned = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "model"
    return f"m_{cleaned}" if cleaned[0].isdigit() else cleaned
