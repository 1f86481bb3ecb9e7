"""Tests of `hil`."""
