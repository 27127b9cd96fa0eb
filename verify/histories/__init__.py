"""Claims over all histories: sequences of operations, of any length, on one state."""
