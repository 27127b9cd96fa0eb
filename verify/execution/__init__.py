"""C's meaning: symbolic execution of one entry function into terms, and an independent concrete interpreter."""
