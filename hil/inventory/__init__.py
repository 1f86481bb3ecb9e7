"""The boards that tests run on: those on the bench, by `boards.yaml`, and those that are emulated anywhere."""
