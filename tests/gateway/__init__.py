"""Tests of the light install, in the environment that `make gateway` makes."""
