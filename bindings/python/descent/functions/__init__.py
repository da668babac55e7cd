"""Functions of the caller's own: minimizing them, checking their gradients, searching."""
