"""Runs a model's generated C on the host, compiled with every warning, AddressSanitizer and UBSan."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from toolchain.codegen.folder import write_c
from toolchain.model import Model

FLAGS = [
    "-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", "-ffp-contract=off",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
]  # fmt: skip

_MAIN = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model.h"

static void trace(void *user, uint32_t op, const void *output, uint32_t bytes)
{
    (void)user;
    (void)op;
    fwrite(output, 1, bytes, stdout);
}

int main(void)
{
    const persona_model *m = &test_model;
    float *bank = malloc(sizeof(float) * (m->adaptive_floats + 1u));
    uint8_t *arena = aligned_alloc(64, (m->arena_bytes + 63u) / 64u * 64u);
    memset(arena, 0x5a, m->arena_bytes);
    if (m->reset != NULL) {
        m->reset(arena);
    }
    while (fread(bank, sizeof(float), m->adaptive_floats + 1u, stdin) == m->adaptive_floats + 1u) {
        if (m->reset == NULL) {
            memset(arena, 0x5a, m->arena_bytes);
        }
        for (uint32_t i = 0; i < m->inputs_count; i++) {
            if (fread(arena + m->inputs[i].offset, 1, m->inputs[i].bytes, stdin) != m->inputs[i].bytes) {
                return 1;
            }
        }
        m->invoke(arena, bank, trace, NULL);
    }
    free(bank);
    free(arena);
    return 0;
}
"""


class Hosted:
    """A model compiled for the host in `folder`; `options` may choose the kernels of another class of core."""

    def __init__(self, model: Model, folder: Path, options: Sequence[str] = ()) -> None:
        self.model = model
        write_c(model, folder / "c", "test")
        (folder / "main.c").write_text(_MAIN.replace("aligned_alloc", "persona_test_alloc", 0))
        self.program = folder / "hosted"
        warned = [
            "gcc",
            *FLAGS,
            *options,
            f"-I{folder / 'c'}",
            "-c",
            str(folder / "c" / "model.c"),
            "-o",
            str(folder / "m.o"),
        ]
        linked = ["gcc", "-std=c11", *FLAGS[1:], f"-I{folder / 'c'}", str(folder / "main.c"), str(folder / "m.o")]
        for command in (warned, [*linked, "-o", str(self.program)]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr

    def run(self, windows: list[list[np.ndarray]], adaptive: np.ndarray | None = None) -> list[dict[int, np.ndarray]]:
        """For each window the first output of every operator, by tensor index."""
        bank = self.model.prototypes[0] if adaptive is None else adaptive
        head = np.append(bank, 0.0).astype(np.float32).tobytes()
        fed = b"".join(head + b"".join(np.ascontiguousarray(a).tobytes() for a in window) for window in windows)
        done = subprocess.run([str(self.program)], input=fed, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        results, at = [], 0
        for _ in windows:
            tensors = {}
            for kernel in self.model.kernels:
                t = self.model.graph.tensors[kernel.outputs[0]]
                raw = done.stdout[at : at + t.nbytes]
                tensors[t.index] = np.frombuffer(raw, t.dtype.numpy).reshape(t.shape)
                at += t.nbytes
            results.append(tensors)
        assert at == len(done.stdout)
        return results
