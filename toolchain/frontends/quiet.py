"""Converters print much and say little: their output is kept, and shown only where they fail."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from toolchain.errors import ModelError, PersonaError

_TAIL_LINES = 12


@contextmanager
def converter(what: str) -> Iterator[None]:
    """Run a converter with both standard streams captured, native code included.

    Raises:
        ModelError: whatever the converter raised, with the end of what it printed.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with (
        tempfile.TemporaryFile() as capture,
        io.TextIOWrapper(capture, errors="replace", line_buffering=True) as text,
        redirect_stdout(text),
        redirect_stderr(text),
    ):
        os.dup2(capture.fileno(), 1)
        os.dup2(capture.fileno(), 2)
        try:
            yield
        except PersonaError:
            raise
        except Exception as error:  # converters raise anything; the boundary translates it once
            text.flush()
            capture.seek(0)
            tail = capture.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
            raise ModelError(
                f"{what} failed: {type(error).__name__}: {error}",
                received="\n    ".join(["", *tail]) if tail else None,
                remedy="check that the model runs, has static shapes and uses operators of docs/operators.md",
            ) from error
        finally:
            text.flush()
            for target, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, target)
                os.close(copy)
