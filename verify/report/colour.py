"""Colours and marks, as far as the stream can show them.

`style_for` looks at the stream and the environment once; a `Style` then paints text or leaves it alone.
"""

from __future__ import annotations

import os
from typing import TextIO

from verify.tuples import NamedTuple

WIDTH = 100
"""Columns of running text where the stream is no terminal, and the most that a terminal gets."""

_UNICODE = {"good": "✓", "bad": "✗", "unsure": "?"}
_ASCII = {"good": "ok", "bad": "FAILED", "unsure": "?"}
_CODES = {"good": "32", "bad": "31", "unsure": "33", "dim": "2", "bold": "1"}


class Style(NamedTuple):
    """How to write on one stream: with colours or without, with Unicode marks or words, how wide."""

    colour: bool = False
    unicode: bool = True
    width: int = WIDTH

    def paint(self, kind: str, text: str) -> str:
        """`text` in the colour of `kind`: "good", "bad", "unsure", "dim" or "bold"."""
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if self.colour and text else text

    def mark(self, kind: str) -> str:
        """The mark of "good", "bad" or "unsure", painted."""
        return self.paint(kind, (_UNICODE if self.unicode else _ASCII)[kind])


PLAIN = Style()


def style_for(stream: TextIO, when: str = "auto") -> Style:
    """The style that fits `stream`.

    "auto": colours on a terminal only, and not if NO_COLOR is set (https://no-color.org) or TERM is "dumb".
    """
    terminal = stream.isatty()
    wanted = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(wanted if when == "auto" else when == "always", _prints(stream), _width(stream) if terminal else WIDTH)


def _prints(stream: TextIO) -> bool:
    """True iff the stream's encoding has the Unicode marks."""
    try:
        "".join(_UNICODE.values()).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _width(stream: TextIO) -> int:
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return WIDTH
    return max(40, min(columns, WIDTH)) if columns else WIDTH
