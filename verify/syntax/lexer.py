"""C's tokens, as far as cutting text and substituting macros needs them (C17 6.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from verify.patterns import pattern
from verify.source.text import Span

TOKEN = pattern(
    r"""(?P<space>(?:\s|\\\n)+|//(?:\\\n|[^\n])*|/\*.*?\*/)"""
    r"""|(?P<string>L?"(?:\\.|[^"\\\n])*"|L?'(?:\\.|[^'\\\n])*')"""
    r"""|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)"""
    r"""|(?P<op>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\#\#|.)""",
    re.S,
)

KEPT = 2048  # texts of which what was found out is kept: most are asked for again soon
OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = {closing: opening for opening, closing in OPENING.items()}


def tokens(text: str) -> list[re.Match[str]]:
    """Every token of `text` in order, white space and comments included; their texts concatenate to `text`."""
    return list(TOKEN.finditer(text))


def is_balanced(text: str) -> bool:
    """True iff every bracket of `text` has its partner."""
    return unpaired(text) == ("", "")


def unpaired(text: str) -> tuple[str, str]:
    """The brackets that `text` lacks in front of it and behind it, the nearest first, if it is a part of a whole."""
    before = ""
    expected: list[str] = []
    for token in TOKEN.finditer(text):
        if token.lastgroup != "op":
            continue
        symbol = token.group()
        if symbol in OPENING:
            expected.append(OPENING[symbol])
        elif symbol in CLOSING:
            if expected and expected[-1] == symbol:
                expected.pop()
            else:
                before += CLOSING[symbol]
    return before, "".join(reversed(expected))


def whole_text(span: Span) -> str:
    """The text of `span` on one line, with the brackets around it that the syntax tree leaves out."""
    text, start, end = span.source.text, span.start, span.end
    before, behind = unpaired(span.text)
    while before or behind:
        start = text.rfind(before[0], 0, start) if before else start
        end = text.find(behind[0], end) + 1 if behind else end
        if start < 0 or end == 0:
            return " ".join(span.text.split())
        before, behind = unpaired(text[start:end])
    return " ".join(text[start:end].split())


def closing_of(text: str, opening: int) -> int:
    """Where the bracket at `opening` is closed, or -1; which brackets close which isn't asked."""
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if not depth:
            return place
    return -1


def commas_of(text: str, start: int) -> tuple[list[int], int]:
    """Where the commas between a macro's arguments are, which begin at `start`, and the end behind its `)`, or 0."""
    found: list[int] = []
    closing = [")"]
    for token in TOKEN.finditer(text, start):
        symbol = token.group()
        if token.lastgroup != "op":
            continue
        if symbol in OPENING:
            closing.append(OPENING[symbol])
        elif symbol in CLOSING:
            if closing.pop() != symbol:
                break
            if not closing:
                return found, token.end()
        elif symbol == "," and len(closing) == 1:
            found.append(token.start())
    return [], 0


# A literal, which stays, a comment or a line continuation.
_BLANKED = pattern(r"""\"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|/\*.*?\*/|//(?:\\\n|[^\n])*|\\\n""", re.S)


def without_comments(text: str) -> str:
    """`text` with each comment and each line continuation blanked out at equal length; newlines stay."""

    return _BLANKED.sub(_blank, text) if "/" in text or "\\" in text else text


def _blank(match: re.Match[str]) -> str:
    found = match.group()
    if found[0] in "\"'":
        return found
    if "\n" not in found or "\\\n" in found:
        return " " * len(found)
    return "\n".join([" " * len(line) for line in found.split("\n")])


@lru_cache(maxsize=KEPT)
def canonical(text: str) -> str:
    """The tokens of `text` separated by single spaces: equal iff the texts differ only in space and comments."""
    return " ".join(t.group() for t in TOKEN.finditer(text) if t.lastgroup != "space")


@lru_cache(maxsize=KEPT)
def names_in(text: str) -> frozenset[str]:
    """The identifiers among the tokens of `text`."""
    return frozenset(t.group() for t in TOKEN.finditer(text) if t.lastgroup == "name")


_ESCAPE = pattern(r"""\\(?:([abefnrtv\\'"?])|([0-7]{1,3})|x([0-9a-fA-F]+))""")
_ESCAPED = dict(zip("abefnrtv\\'\"?", "\a\b\x1b\f\n\r\t\v\\'\"?", strict=True))
_SHOWN = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def joined_strings(literals: Sequence[str]) -> str:
    """The one string that adjacent literals make (C17 6.4.5p5), each of its bytes written in one way.

    Literals with a prefix, or with escapes that aren't known, stay as they are, one behind the other.
    """
    found = ""
    for literal in literals:
        text = literal[1:-1].replace("\\\n", "").encode("utf-8", "surrogateescape").decode("latin-1")
        if not literal.startswith('"') or "\\" in _ESCAPE.sub("", text):
            return " ".join(literals)
        found += _ESCAPE.sub(_byte, text)
    return '"' + "".join(_SHOWN.get(c) or (c if " " <= c <= "~" else f"\\{ord(c):03o}") for c in found) + '"'


def _byte(escape: re.Match[str]) -> str:
    simple, octal, hexadecimal = escape.groups()
    return _ESCAPED[simple] if simple else chr((int(octal, 8) if octal else int(hexadecimal, 16)) & 0xFF)
