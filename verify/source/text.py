"""Source texts and spans of them.

A `Source` is a named text; a `Span` is a half-open character range of one source.  Offsets are characters, lines and
columns are counted from 1.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right

from verify.tuples import NamedTuple

_LONGEST_EXCERPT = 100


def decoded(data: bytes) -> str:
    """A file's text: UTF-8, or else Latin-1, so that no two files read alike that aren't; lines end with a newline.

    A byte order mark in front is no part of it, as compilers have it.
    """
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n")


class Source:
    """One named text, for example a file's content or a claim's expression.

    `parsed` is for whoever parses a part of it: what was made of the part, to be found again.
    """

    __slots__ = ("_line_starts", "name", "parsed", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.parsed: dict[object, list[tuple[dict[str, bool], object]]] = {}
        self._line_starts: list[int] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column, both from 1, of the character at `offset`."""
        if self._line_starts is None:
            starts = [0]
            start = self.text.find("\n")
            while start >= 0:
                starts.append(start + 1)
                start = self.text.find("\n", start + 1)
            self._line_starts = starts
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of line number `line`, without its newline."""
        assert self._line_starts is not None or self.position(0)
        starts = self._line_starts or [0]
        start = starts[line - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


class Span(NamedTuple):
    """The characters `start` to `end` (exclusive) of `source`; `via` is the use of the macro whose text this is."""

    source: Source
    start: int
    end: int
    via: Span | None = None

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def use(self) -> Span:
        """Where this text was used: the outermost macro use, or the span itself."""
        span = self
        while span.via is not None:
            span = span.via
        return span

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"

    def excerpt(self) -> str:
        """The source line, or a part of it, with carets under the span, and where the macro was used, if it was."""
        line, column = self.source.position(self.start)
        text = self.source.line_text(line)
        if len(text) > _LONGEST_EXCERPT:
            first = max(0, column - 1 - _LONGEST_EXCERPT // 2)
            before, after = "…" * (first > 0), "…" * (len(text) > first + _LONGEST_EXCERPT)
            text = f"{before}{text[first : first + _LONGEST_EXCERPT]}{after}"
            column += len(before) - first
        width = max(1, min(self.end - self.start, len(text) - column + 1))
        margin = "".join("\t" if c == "\t" else " " for c in text[: column - 1])
        shown = f"    {text}\n    {margin}{'^' * width}"
        return f"{shown}\n  expanded from {self.via}\n{self.via.excerpt()}" if self.via else shown
