"""C text to an immutable syntax tree of our own, and the lazy look-up of macros, types and functions."""
