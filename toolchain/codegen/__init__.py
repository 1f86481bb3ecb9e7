"""From a compiled model to plain C99."""
