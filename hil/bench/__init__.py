"""What an inference costs on an emulated Cortex-M: instructions to the last one, bytes of flash, RAM and stack.

`measure.bench` does all of it. Every count belongs to a run whose outputs were held to the reference and to an oracle.
"""
