"""Persona and its rivals behind one signature: a bench in, one head for each of its devices out.

Unlabelled and labelled methods are told apart by their names. The head that a method gives lies within the clip T of an
entry of the prototype table, and could be sent as an edit, unless its docstring says that it does not.
"""
