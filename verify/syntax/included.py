"""Items that include a file in their midst, as `enum e {\\n#define ENTRY(x) E_##x,\\n#include "entries.h"\\n};` does.

What is included is put in place (C17 6.10.2), and with it what the macros stand for that are defined within the item or
in what it includes: these lists give the same macro another text each time.  All other macros are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax.generated import arguments_of
from verify.syntax.index import DIRECTIVE, DIRECTIVE_LINE, Macro, index_file
from verify.syntax.lexer import TOKEN, names_in, without_comments

_DEFINED = pattern(r"\bdefined\s*(?:\(\s*(\w+)\s*\)|(\w+))")
_NAMED = pattern(r"\s*[<\"]([^>\"]+)[>\"]\s*")
_OWN = pattern(r"^[ \t]*#[ \t]*(define|undef)[ \t]+(\w+)", re.M)
_SYMBOL = pattern(r"\bCONFIG_\w+")
_TESTS = {"ifdef": "defined({})", "ifndef": "!defined({})"}
_CALLED = pattern(r"([A-Za-z_]\w*)\s*\(")
_DEEPEST = 8  # files within files
_MOST_USES = 10_000

Read = Callable[[str], Source | None]
IsTrue = Callable[[str], bool | None]
IsMacro = Callable[[str], bool]
IsOnce = Callable[[Source], bool]
Substitute = Callable[[Macro, tuple[str, ...], Span], str]


def including(text: str) -> bool:
    """True iff the text of an item may include something."""
    return "#" in text and any(m.group(1).startswith(("include", "import")) for m in _directives(text))


def _directives(text: str) -> list[re.Match[str]]:
    found = (DIRECTIVE.match(m.group()) for m in DIRECTIVE_LINE.finditer(without_comments(text)))
    return [match for match in found if match is not None]


class Unfolding:
    """One item's text in the making.

    `read` gives the file that is included by a name, `is_true` a condition's truth, `is_macro` whether a name may be a
    macro by what stands elsewhere, `is_once` whether a file is included nowhere else, `substitute` a macro's text with
    its arguments.
    """

    def __init__(self, read: Read, is_true: IsTrue, is_macro: IsMacro, is_once: IsOnce, substitute: Substitute) -> None:
        self._read = read
        self._is_once = is_once
        self._is_true = is_true
        self._is_macro = is_macro
        self._substitute = substitute
        self._macros: dict[str, Macro] = {}
        self._own: set[str] = set()  # what the item, or what it includes, defines or undefines as a macro somewhere
        self._kept: set[str] = set()  # what a file defines for good that may have been included before
        self._uses = 0

    def text(self, span: Span) -> str:
        """The text of `span` with what it includes in place, each file on the line of its `#include`.

        Raises `UnsupportedC` where that isn't certain.
        """
        text = without_comments(span.text)
        self._note_own(text)
        pieces: list[str] = []
        position = 0
        depth = 0  # of `#if`s that stay
        for line in DIRECTIVE_LINE.finditer(text):
            place = Span(span.source, span.start + line.start(), span.start + line.end())
            pieces.append(self._replaced(text[position : line.start()], place))
            position = line.end()
            directive = DIRECTIVE.match(line.group())
            word = directive.group(1) if directive is not None else ""
            if word in ("define", "undef", "include"):
                if depth:
                    raise UnsupportedC(f"#{word} under a condition, in what includes a file in its midst", place)
                pieces.append(self._directive(word, line.group(), place, 0))
            else:
                depth += word.startswith("if") - (word == "endif")
                pieces.append(line.group())
        pieces.append(self._replaced(text[position:], span))
        return "".join(pieces)

    def _note_own(self, text: str) -> tuple[set[str], set[str]]:
        """The names that `text` defines and undefines as macros."""
        found = _OWN.findall(text)
        defined, undefined = ({name for word, name in found if word == kind} for kind in ("define", "undef"))
        self._own |= defined | undefined
        return defined, undefined

    def _directive(self, word: str, line: str, place: Span, depth: int) -> str:
        """What stands for a directive; the newlines of its own are kept."""
        match = DIRECTIVE.match(line)
        assert match is not None
        rest, kept = match.group(2).strip(), "\n" * line.count("\n")
        if word == "define":
            for name, found in index_file(Source(place.source.name, f"{line}\n")).macros.items():
                self._macros[name] = found[0]
        elif word == "undef":
            self._macros.pop(rest, None)
        elif word == "include":
            name = _NAMED.fullmatch(rest)
            file = self._read(name.group(1)) if name is not None else None
            if file is None or depth == _DEEPEST:
                raise UnsupportedC("what is included here isn't known", place)
            return self._included(file, place, depth + 1) + kept
        else:
            raise UnsupportedC(f"#{word} in what is included in the midst of code", place)
        return kept

    def _included(self, file: Source, place: Span, depth: int) -> str:
        """The text of an included file, on one line."""
        text = without_comments(file.text)
        defined, undefined = self._note_own(text)
        if not self._is_once(file):
            self._kept.update(defined - undefined)
        pieces: list[str] = []
        position = 0
        open_groups: list[tuple[bool, bool]] = []  # of each `#if`: whether its branch is taken, and whether one was
        for line in DIRECTIVE_LINE.finditer(text):
            taken = all(now for now, _ in open_groups)
            pieces.append(self._replaced(text[position : line.start()], place) if taken else "")
            position = line.end()
            directive = DIRECTIVE.match(line.group())
            if directive is None:
                continue
            word, rest = directive.group(1), directive.group(2).replace("\\\n", " ").strip()
            if word.startswith("if"):
                holds = taken and self._holds(_TESTS.get(word, "{}").format(rest), place)
                open_groups.append((holds, holds))
            elif word in ("elif", "else", "endif"):
                if not open_groups:
                    raise UnsupportedC(f"#{word} without #if in `{file.name}`, which is included here", place)
                _, before = open_groups.pop()
                around = all(now for now, _ in open_groups)
                holds = around and not before and (word == "else" or (word == "elif" and self._holds(rest, place)))
                if word != "endif":
                    open_groups.append((holds, before or holds))
            elif taken:
                pieces.append(self._directive(word, line.group(), place, depth))
        if open_groups:
            raise UnsupportedC(f"#if without #endif in `{file.name}`, which is included here", place)
        pieces.append(self._replaced(text[position:], place))
        return " ".join("".join(pieces).split("\n"))

    def _holds(self, condition: str, place: Span) -> bool:
        """Whether a condition holds; which of the own macros are defined is known.  Raises if it isn't certain."""

        def known(match: re.Match[str]) -> str:
            name = match.group(1) or match.group(2)
            if name in self._macros:
                return "1"
            if name in self._kept:
                return match.group()
            return "0" if name in self._own and not self._is_macro(name) else match.group()

        test = _DEFINED.sub(known, condition)
        found = None if names_in(test) & self._macros.keys() else self._is_true(test)
        if found is None:
            symbol = _SYMBOL.search(test)
            raise UnsupportedC(
                f"whether `#if {condition}` holds in what is included here isn't known",
                place,
                f"Fix the configuration, e.g. --define {symbol.group()}=y" if symbol is not None else "",
            )
        return found

    def _replaced(self, text: str, place: Span) -> str:
        """`text` with the item's own macros replaced (C17 6.10.3)."""
        done: list[str] = []
        within: list[tuple[str, int]] = []  # the macros whose text is being read, and how much is left behind it
        position = 0
        while (token := TOKEN.match(text, position)) is not None:
            name = token.group()
            macro = self._macros.get(name) if token.lastgroup == "name" else None
            opening = re.compile(r"\s*\(").match(text, token.end()) if macro is not None else None
            if macro is None or (macro.params is not None and opening is None):
                done.append(name)
                position = token.end()
                continue
            arguments, end = ((), token.end())
            if macro.params is not None and opening is not None:
                arguments, end = arguments_of(text, opening.end())
            within = [one for one in within if len(text) - end >= one[1] and len(text) - position > one[1]]
            self._uses += 1
            if not end or any(name == one for one, _ in within) or self._uses > _MOST_USES:
                raise UnsupportedC(f"the macro `{name}` isn't understood in what is included here", place)
            made = self._made(macro, arguments, place)
            made = f" {made} "  # its tokens never join with their neighbours'
            text, position = made + text[end:], 0
            within.append((name, len(text) - len(made)))
        return "".join(done)

    def _made(self, macro: Macro, arguments: tuple[str, ...], place: Span) -> str:
        """The text that a macro's use stands for.

        An argument is replaced before it is put in place, but where # or ## takes it: that makes no difference if it
        has no macros, or goes nowhere where they would be operands of # or ##.
        """
        body = macro.body.replace("\\\n", " ")
        if macro.params is None:
            return body
        named = names_in(" ".join(arguments))
        passes_on = any(w in self._macros or self._is_macro(w) for w in _CALLED.findall(body))
        for name in sorted(named):
            if name in self._macros or (passes_on and self._is_macro(name)):
                raise UnsupportedC(f"the macro `{name}` is an argument of `{macro.name}`, which isn't followed", place)
        return self._substitute(macro._replace(body=body), arguments, place)
