"""Embedding tables behind which everything is int8 lie in flash as int8, and constants that left a file come back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from toolchain.compile import compile_model
from toolchain.errors import ModelError
from toolchain.frontends.inline_buffers import inlined
from toolchain.native import NativeModel
from toolchain.oracles import open_oracle
from toolchain.tflite.reader import read_model


class _Twice(nn.Module):
    """Two lookups in one table, a layer behind each."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, 32)
        self.first, self.second = nn.Linear(32, 4), nn.Linear(32, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Float32 [n, 4] of numbers int32 [n, 2]."""
        found: torch.Tensor = torch.relu(self.first(self.table(x[:, 0]))) + self.second(self.table(x[:, 1]))
        return found


@pytest.mark.parametrize("rows", [9, 4000])
def test_a_table_in_flash_is_int8_and_gives_the_bits_of_the_file(rows: int) -> None:
    """No float32 table is left, of whatever size; the outputs are those of TFLite Micro, which has one."""
    torch.manual_seed(0)
    x = np.random.default_rng(0).integers(0, rows, (64, 2)).astype(np.int32)
    network = _Twice(rows).eval()
    compiled = compile_model(network, calibration=x, name="twice")
    read = {i for kernel in compiled.model.kernels for i in kernel.inputs}
    tables = [t for t in compiled.model.graph.tensors if t.index in read and t.shape == (rows, 32)]
    assert {str(t.dtype.value) for t in tables} == {"int8"}
    oracle = open_oracle("tflite_micro", compiled.tflite)
    with NativeModel.build(compiled.model) as native:
        found = native.run((x[:, None],)).outputs[0]
    for row, output in zip(x, found, strict=True):
        assert oracle.run([row[None]])[0].tobytes() == output.tobytes()


def test_a_file_with_its_constants_inside_stays_as_it_is() -> None:
    """Only files whose buffers name an offset are written anew."""
    x = np.zeros((4, 2), np.int32)
    data = compile_model(_Twice(5).eval(), calibration=x, name="twice").tflite
    assert inlined(data) is data
    assert read_model(data, "twice").operators


def test_a_constant_beyond_the_end_of_its_file_is_refused() -> None:
    """An offset that leads out of the file is one clear error."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    data = compile_model(_Twice(5).eval(), calibration=np.zeros((4, 2), np.int32), name="twice").tflite
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    model.buffers[-1].data, model.buffers[-1].offset, model.buffers[-1].size = None, len(data), 100
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(ModelError, match="beyond the end"):
        inlined(bytes(builder.Output()))
