"""Recompile, don't transport: on a new base every user's edit is made anew from the user's own examples."""
