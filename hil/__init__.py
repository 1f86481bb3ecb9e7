"""Boards and emulators: start them, stop them, run scenarios on them, report."""
