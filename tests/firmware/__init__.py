"""Tests of the device: the real C core, built for this machine with sanitizers, and on emulated Cortex-M."""
