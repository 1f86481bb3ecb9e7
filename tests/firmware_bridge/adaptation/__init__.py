"""The adapt loop: decisions on a virtual clock, then real devices."""
