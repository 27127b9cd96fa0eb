"""Where the characters of a TOML string stand in the file: with escapes, they stand elsewhere than in its value.

`place` takes the file's text, a position and a value; it returns the span of the first string from there on that has
this value.  A span of a string with escapes has a source of its own, whose lines and columns are those of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verify.patterns import pattern
from verify.source.text import Source, Span

_STRING = pattern(
    r'#[^\n]*|"""(?:\r?\n)?(?P<long>(?:\\.|[^\\])*?)"""(?!")|\'\'\'(?:\r?\n)?(?P<long_plain>.*?)\'\'\'(?!\')'
    r'|"(?P<short>(?:\\.|[^"\\\n])*)"|\'(?P<short_plain>[^\'\n]*)\'',
    re.S,
)
_CHARACTER = pattern(r"\\[ \t]*\r?\n\s*|\\u(?P<four>.{4})|\\U(?P<eight>.{8})|\\(?P<one>.)|\r\n|.", re.S)
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class Quoted(Source):
    """The value of a string in `file`; `places` are its characters' offsets there, and its end's."""

    __slots__ = ("file", "places")

    def __init__(self, file: Source, text: str, places: Sequence[int]) -> None:
        super().__init__(file.name, text)
        self.file = file
        self.places = places

    def position(self, offset: int) -> tuple[int, int]:
        return self.file.position(self.places[min(offset, len(self.places) - 1)])

    def line_text(self, line: int) -> str:
        return self.file.line_text(line).removesuffix("\r")


def place(file: Source, start: int, value: str) -> Span | None:
    """The first string from `start` on whose value is `value`, without its quotes; None if there is none."""
    for found in _STRING.finditer(file.text, start):
        kind = found.lastgroup
        if kind is None:
            continue  # a comment
        raw = found[kind]
        if raw == value and ("\\" not in raw or kind.endswith("plain")):
            return Span(file, found.start(kind), found.end(kind))
        if "\\" in raw or "\r" in raw:
            characters = list(_characters(raw, found.start(kind), kind.endswith("plain")))
            if "".join(c for c, _ in characters) == value:
                places = [*(at for _, at in characters), found.end(kind)]
                return Span(Quoted(file, value, places), 0, len(value))
    return None


def _characters(raw: str, start: int, plain: bool) -> Iterator[tuple[str, int]]:
    """What the text between quotes stands for: each character with its offset."""
    for found in _CHARACTER.finditer(raw):
        text, at = found[0], start + found.start()
        if text == "\r\n":
            yield "\n", at
        elif plain or text[0] != "\\":
            yield from ((c, at + i) for i, c in enumerate(text))
        elif found["four"] or found["eight"]:
            yield chr(int(found["four"] or found["eight"], 16)), at
        elif found["one"]:
            yield _ESCAPES[found["one"]], at
