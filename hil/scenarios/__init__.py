"""Scenarios: readable files that say what is done with a board, step by step, and the runner that plays them."""
