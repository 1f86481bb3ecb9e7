"""Tests of recompiling."""
