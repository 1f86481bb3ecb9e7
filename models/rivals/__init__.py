"""Persona and its rivals behind one signature: a bench in, edits for its devices out.

`models.rivals.registry` has all of them by name; each says whether it sees labels, takes gradients and can be sent. A
sendable method's heads lie within its clip T of a row of its table.
"""
