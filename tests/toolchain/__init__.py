"""Tests of `toolchain`."""
