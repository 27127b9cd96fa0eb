"""Functions, types and variables that a macro's use at file scope makes, as `DEFINE_GETTER(rax)` may define get_rax().

Such a name need not occur anywhere: it may be pasted together.  So it is looked for by its parts: `uses_by_argument`
tells which uses of macros at file scope have a part of it as an argument, and `expanded` is the file's index with these
uses replaced by what they stand for, as the preprocessor would read it (C17 6.10.3).  Bodies are left as they are, as
macros in them are expanded when they are evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Set
from functools import lru_cache

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax.index import FileIndex, Item, Macro, index_file
from verify.syntax.lexer import KEPT, TOKEN, commas_of, without_comments
from verify.tuples import NamedTuple

_USE = pattern(r"^(?:static[ \t]+|inline[ \t]+|__always_inline[ \t]+)*([A-Za-z_]\w*)[ \t]*\(", re.M)
_JOINTS = pattern(r"_|(?<=[a-z0-9])(?=[A-Z])")
_WORD = pattern(r"\s*(\w+)\s*")
_DEEPEST = 8  # macros within macros
_MOST_PARTS = 12

Substitute = Callable[[Macro, tuple[str, ...], Span], str]


class Use(NamedTuple):
    """The use of a macro at the beginning of a line, outside of any braces as far as the text shows."""

    macro: str
    arguments: tuple[str, ...]
    start: int
    end: int


@lru_cache(maxsize=KEPT)
def uses_in(text: str) -> tuple[Use, ...]:
    """The uses of macros that may define something, and whatever else looks like them."""
    found = ((match, *arguments_of(text, match.end())) for match in _USE.finditer(text))
    return tuple(Use(match.group(1), arguments, match.start(), end) for match, arguments, end in found if end)


def words_of_arguments(text: str) -> frozenset[str]:
    """The arguments of `uses_in(text)` that are single words: names may be made of them."""
    if "\n" not in text:
        return frozenset()
    found = (_WORD.fullmatch(a) for use in uses_in(text) for a in use.arguments)
    return frozenset(m.group(1) for m in found if m is not None)


def parts_of(name: str) -> Iterator[str]:
    """What `name` may be made of, the longest first: itself, each run of its parts between underscores or capitals."""
    joints = [(m.start(), m.end()) for m in _JOINTS.finditer(name)]
    if len(joints) >= _MOST_PARTS:
        return
    starts, ends = [0, *(end for _, end in joints)], [*(start for start, _ in joints), len(name)]
    runs = {name[start:end] for start in starts for end in ends if end > start}
    yield from sorted((run for run in runs if run.strip("_")), key=lambda run: (-len(run), run))


def expanded(
    index: FileIndex,
    name: str,
    arguments: Set[str],
    macro_of: Callable[[str], Macro | None],
    substitute: Substitute,
) -> FileIndex | None:
    """What the uses in a file that have one of the words `arguments` define, each under the conditions of its use.

    `macro_of` gives the macro of a name, `substitute` its text.  None if nothing of it is called `name`; a use of a
    macro whose definition isn't certain defines nothing.
    """
    text = index.source.text
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    position = length = 0
    for use in uses_in(text):
        if use.start < position or not any(a.strip() in arguments for a in use.arguments):
            continue
        span = Span(index.source, use.start, use.end)
        try:
            macro = macro_of(use.macro)
            made = None if macro is None or macro.params is None else substitute(macro, use.arguments, span)
            made = None if made is None else _outside_of_braces(made, macro_of, substitute, span, 0)
        except UnsupportedC:
            continue
        if made is None:
            continue
        pieces += [text[position : use.start], made]
        length += use.start - position
        places.append((length, length + len(made)))
        length += len(made)
        position = use.end
    if not places or not any(name in piece for piece in (text, *pieces[1::2])):
        return None
    whole = index_file(Source(index.source.name, "".join((*pieces, text[position:]))))

    def own(table: dict[str, list[Item]]) -> dict[str, list[Item]]:
        kept = {n: [i for i in found if any(a <= i.span.end - 1 < b for a, b in places)] for n, found in table.items()}
        return {n: found for n, found in kept.items() if found}

    functions, typedefs, variables = own(whole.functions), own(whole.typedefs), own(whole.globals)
    return FileIndex(whole.source, {}, functions, {}, typedefs, variables, {}, (), {})


def _outside_of_braces(
    text: str, macro_of: Callable[[str], Macro | None], substitute: Substitute, use: Span, depth: int
) -> str:
    """`text` with the uses of function-like macros replaced that stand outside of braces."""
    if depth > _DEEPEST:
        raise UnsupportedC("macros are nested too deeply", use)
    pieces: list[str] = []
    position = braces = 0
    for token in TOKEN.finditer(text):
        symbol = token.group()
        if token.start() < position or symbol in ("{", "}"):
            braces += (symbol == "{") - (symbol == "}") if token.start() >= position else 0
            continue
        if braces or token.lastgroup != "name":
            continue
        opening = re.compile(r"\s*\(").match(text, token.end())
        macro = macro_of(symbol) if opening is not None else None
        if opening is None or macro is None or macro.params is None:
            continue
        arguments, end = arguments_of(text, opening.end())
        if end:
            inner = _outside_of_braces(substitute(macro, arguments, use), macro_of, substitute, use, depth + 1)
            pieces += [text[position : token.start()], inner]
            position = end
    return "".join((*pieces, text[position:]))


def arguments_of(text: str, start: int) -> tuple[tuple[str, ...], int]:
    """The arguments of a macro's use behind its `(` at `start`, and where it ends; the end is 0 if it has none."""
    commas, end = commas_of(text, start)
    if not end:
        return (), 0
    begins = (start, *(comma + 1 for comma in commas))
    pieces = (text[one:other] for one, other in zip(begins, (*commas, end - 1), strict=True))
    return tuple(without_comments(piece).strip() for piece in pieces), end
