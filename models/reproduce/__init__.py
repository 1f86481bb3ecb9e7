"""The whole study from nothing: `make reproduce` runs it and writes docs/results.md."""
