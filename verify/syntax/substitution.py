"""A function-like macro's replacement text, from its body and its arguments' texts (C17 6.10.3)."""

from __future__ import annotations

from collections.abc import Sequence

from verify.errors import UnsupportedC
from verify.source.text import Span
from verify.syntax.index import Macro
from verify.syntax.lexer import TOKEN


def substitute(macro: Macro, body: str, arguments: Sequence[str], use: Span, replaced: Sequence[str] = ()) -> str:
    """The replacement text of a function-like macro: C17 6.10.3, with # and ##; nested uses stay as they are.

    `replaced`: the arguments with their macros replaced, for where neither # nor ## takes them.
    """
    params = list(macro.params or ())
    if params and params[-1].endswith("..."):
        params[-1] = params[-1].removesuffix("...") or "__VA_ARGS__"
    table = dict(zip(params, _values(macro, arguments, use), strict=True))
    plain = dict(zip(params, _values(macro, replaced, use), strict=True)) if replaced else table
    words = [t.group() for t in TOKEN.finditer(body)]
    out: list[str] = []
    i = 0
    while i < len(words):
        word = words[i]
        if word == "#" and i + 1 < len(words) and words[i + 1] in table:
            spaced = (" " if t.lastgroup == "space" else t.group() for t in TOKEN.finditer(table[words[i + 1]].strip()))
            text = "".join(spaced).replace("\\", "\\\\").replace('"', '\\"')
            out.append(f'"{text}"')
            i += 2
            continue
        if word == "##":
            while out and out[-1].isspace():
                out.pop()
            while i + 1 < len(words) and words[i + 1].isspace():
                i += 1
            following = words[i + 1] if i + 1 < len(words) else ""
            if following == params[-1] and macro.params and macro.params[-1].endswith("...") and out[-1:] == [","]:
                if not table[following]:
                    out.pop()  # GNU: `, ## __VA_ARGS__` without arguments drops the comma
        elif word in table:
            # A substituted argument's tokens never join with their neighbours', except by ## (C17 6.10.3.3).
            pasted = _neighbour(words, i, -1) == "##" or _neighbour(words, i, 1) == "##"
            out.append(table[word] if pasted else f" {plain[word]} ")
        else:
            out.append(word)
        i += 1
    return "".join(out)


def _values(macro: Macro, arguments: Sequence[str], use: Span) -> list[str]:
    """What stands for each parameter of a macro: what is left for the last one if that is variadic."""
    params, values = macro.params or (), list(arguments)
    if params and params[-1].endswith("..."):
        fixed = len(params) - 1
        if len(values) < fixed:
            raise UnsupportedC(f"the macro `{macro.name}` takes at least {fixed} arguments", use)
        values = [*values[:fixed], ", ".join(values[fixed:])]
    if len(params) == 1 and not values:
        values = [""]
    if len(values) != len(params):
        raise UnsupportedC(f"the macro `{macro.name}` takes {len(params)} arguments, not {len(values)}", use)
    return values


def _neighbour(words: list[str], i: int, step: int) -> str:
    """The next word that isn't white space, before or behind word `i`."""
    i += step
    while 0 <= i < len(words) and words[i].isspace():
        i += step
    return words[i] if 0 <= i < len(words) else ""
