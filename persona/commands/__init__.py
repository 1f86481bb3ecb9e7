"""One file per command; each offers `command`, and imports what is heavy only when it runs."""
