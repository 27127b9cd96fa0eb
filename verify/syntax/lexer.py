"""C's tokens, as far as cutting text and substituting macros needs them (C17 6.4)."""

from __future__ import annotations

import re

from verify.patterns import pattern

TOKEN = pattern(
    r"""(?P<space>(?:\s|\\\n)+|//(?:\\\n|[^\n])*|/\*.*?\*/)"""
    r"""|(?P<string>L?"(?:\\.|[^"\\\n])*"|L?'(?:\\.|[^'\\\n])*')"""
    r"""|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)"""
    r"""|(?P<op>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\#\#|.)""",
    re.S,
)

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


def canonical(text: str) -> str:
    """The tokens of `text` separated by single spaces: equal iff the texts differ only in space and comments."""
    return " ".join(t.group() for t in TOKEN.finditer(text) if t.lastgroup != "space")


def names_in(text: str) -> frozenset[str]:
    """The identifiers among the tokens of `text`."""
    return frozenset(t.group() for t in TOKEN.finditer(text) if t.lastgroup == "name")
