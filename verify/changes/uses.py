"""Uses of a static function that don't look like calls of it, in one version of a file.

Macros may paste its name together or have assembly name it, also macros of headers that the file includes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from verify.claims.likeness import Meanings, words_of
from verify.syntax.index import FileIndex, Macro
from verify.syntax.lexer import CLOSING, OPENING, TOKEN, canonical, closing_of, without_comments

_PASTED = re.compile(r"(?<!\w)(\w*) ?## ?(?=(\w*))")
_ASM = re.compile(r"\b(?:asm|__asm|__asm__)\b[^({;]*\(")
_DIRECTIVE = re.compile(r"^[ \t]*#[^\n]*$", re.M)
_ATTRIBUTE = r"__attribute__\s*\(\([^()]*(?:\([^()]*\))?\)\)|__\w+\s*(?:\([^()]*\))?"
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TYPE = re.compile(r"[\w\s*]*[\w*]\s*")  # in front of a prototype's name
_REST = re.compile(rf"\s*(?:(?:{_ATTRIBUTE})\s*)*;")  # behind its parameters


def is_named(name: str, code: str) -> bool:
    """True iff `code`, which stands outside of functions, has `name` other than in prototypes."""
    code = _DIRECTIVE.sub(";", code)
    return any(not _is_prototype(code, use) for use in re.finditer(rf"\b{name}\b", code))


def _is_prototype(code: str, use: re.Match[str]) -> bool:
    opening = re.compile(r"\s*\(").match(code, use.end())
    head = re.split("[;}]", code[: use.start()])[-1]
    if opening is None or _TYPE.fullmatch(_ATTRIBUTES.sub("", head)) is None:
        return False
    closing = closing_of(code, opening.end() - 1)
    return closing > 0 and _REST.match(code, closing + 1) is not None


class Uses:
    """What one version of a file may use without calling it by its name."""

    def __init__(self, index: FileIndex, meanings: Meanings) -> None:
        self.meanings = meanings
        words = _words(index.source.text)
        macros = list(_macros(sorted(words), meanings))
        self._words = words.union(*(_words(macro.body) for macro in macros))
        self._pasted = {pasted: macro.name for macro in macros for pasted in _pasted(macro)}
        self._made: dict[str, str] = {}

    def pasting(self, name: str) -> str:
        """A macro in reach of the file that may make `name` by `##`, of words in its reach; "" if there is none."""
        if name not in self._made:
            self._made[name] = ""  # nothing is a part of itself
            self._made[name] = next((m for pasted, m in self._pasted.items() if self._makes(name, pasted)), "")
        return self._made[name]

    def _makes(self, name: str, pasted: tuple[str, str]) -> bool:
        one, other = pasted
        if not one and not other:
            return any(name[:i] in self._words and name[i:] in self._words for i in range(1, len(name)))
        if not name.startswith(one) or not name.endswith(other):
            return False
        return name == one + other if one and other else self._is_part(name.removeprefix(one).removesuffix(other))

    def _is_part(self, name: str) -> bool:
        return not name or name in self._words or bool(self.pasting(name))

    def in_assembly(self, name: str, text: str) -> bool:
        """True iff the code `text` names `name` in assembly, or gives it to a macro with some."""
        text = without_comments(text)
        for start in _ASM.finditer(text):
            if re.search(rf"\b{name}\b", text[start.end() : closing_of(text, start.end() - 1)]):
                return True
        return any(_ASM.search(macro.body) for macro in _macros(sorted(_given_to(name, text)), self.meanings))


def _words(text: str) -> frozenset[str]:
    """What may be pasted: names and numbers."""
    return frozenset(t.group() for t in TOKEN.finditer(text) if t.lastgroup in ("name", "number"))


def _macros(words: list[str], meanings: Meanings) -> Iterator[Macro]:
    """The macros that `words` stand for, and those that these use."""
    definitions = meanings.definitions
    seen = set(words)
    while words:
        word = words.pop()
        if not definitions.knows(word):
            definitions.discover(word)
        for macro in definitions.macros(word):
            yield macro
            inner = words_of(macro.body).names - seen
            seen |= inner
            words += sorted(inner)


def _pasted(macro: Macro) -> list[tuple[str, str]]:
    """What names that a macro pastes together begin and end with; "" is what it is given."""
    params = macro.params or ()
    return [("" if a in params else a, "" if b in params else b) for a, b in _PASTED.findall(canonical(macro.body))]


def _given_to(name: str, text: str) -> set[str]:
    """What is called with an argument that holds `name`."""
    found: set[str] = set()
    open_: list[str] = []
    last = ""
    for token in TOKEN.finditer(text):
        symbol = token.group()
        if token.lastgroup == "space":
            continue
        if symbol in OPENING:
            open_.append(last)
        elif symbol in CLOSING:
            del open_[-1:]
        elif symbol == name:
            found.update(word for word in open_ if word.isidentifier())
        last = symbol
    return found
