"""How images get onto boards: one small file for each vendor's tool, which is driven as a program."""

from hil.runners.shell import flash

__all__ = ["flash"]
