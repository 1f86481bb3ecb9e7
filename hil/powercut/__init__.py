"""Power cut at the stores of an update: on this machine at every one under every fault, on the emulated M4 at many.

`python -m hil.powercut` runs it all (docs/protocol.md, invariants 13, 14, 16 and 22).
"""
