"""Persona's parameter editor (arXiv 2509.06552) and how it is trained."""
