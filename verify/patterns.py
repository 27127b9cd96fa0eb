"""Regular expressions that are compiled when they are first used.

Compiling one takes as long as reading a function of C; there are a hundred of them, and a check needs few.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import compile as pattern  # pyright: ignore[reportUnusedImport]
else:

    class pattern:  # noqa: N801 (a function for type checkers)
        """A pattern of `re`: its methods become those of the compiled one when the first of them is called."""

        def __init__(self, text, flags=0):
            self.pattern = text
            self._flags = flags

        def __getattr__(self, name):
            found = getattr(re.compile(self.pattern, self._flags), name)
            setattr(self, name, found)
            return found
