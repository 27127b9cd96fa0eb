"""What two versions define alike: a name means the same in both if its text does, and so does all that it uses.

Records are compared by the members that are used, not as a whole: a new member elsewhere changes no code that doesn't
name it.  What a name means is looked for in the files that each version includes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from verify.errors import UnsupportedC
from verify.execution.executor import statements_inside
from verify.syntax import ast
from verify.syntax.ctypes import KERNEL_TYPES
from verify.syntax.definitions import Definitions, idioms
from verify.syntax.index import FileIndex
from verify.syntax.lexer import TOKEN, canonical, without_comments
from verify.syntax.types import Types

_KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Bool "
    "__inline __always_inline noinline __attribute__ typeof __typeof__ asm __asm__ true false NULL defined".split()
)
_MEMBER = re.compile(
    r"(\w+)\s*(?:\[[^\]]*\]\s*)*(?::[^,;]*)?(?:__\w+(?:\([^)]*\))?\s*)*(?=[,;]|$)|\(\s*\*\s*(\w+)\s*\)"
)


class Words(NamedTuple):
    """The identifiers of a text: names of things, and members behind `.` or `->`."""

    names: frozenset[str]
    members: frozenset[str]


class Meaning(NamedTuple):
    """What a name stands for in one version: its definitions' texts, and the words that these use."""

    texts: tuple[str, ...]
    words: Words


_NOTHING = Meaning((), Words(frozenset(), frozenset()))


def words_of(text: str) -> Words:
    """The identifiers in `text` but for keywords and tags."""
    names: set[str] = set()
    members: set[str] = set()
    previous = ""
    for token in TOKEN.finditer(text):
        if token.lastgroup == "space":
            continue
        word = token.group()
        if token.lastgroup == "name" and word not in _KEYWORDS:
            if previous in (".", "->"):
                members.add(word)
            elif previous not in ("struct", "union", "enum"):
                names.add(word)
        previous = word
    return Words(frozenset(names), frozenset(members))


def declared_names(function: ast.Function) -> set[str]:
    """The names of a function's parameters and variables."""
    found = {p.name for p in function.params if p.name}
    for inner in statements_inside(function.body):
        if isinstance(inner, ast.Declaration):
            found.update(d.name for d in inner.declarators if d.name)
    return found


class Meanings:
    """The meanings of names in one version."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.definitions: Definitions = types.definitions
        self._known: dict[str, Meaning] = {}

    def of(self, name: str) -> Meaning:
        """The meaning of `name`; nothing if it isn't defined in what can be read."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> Meaning:
        if name in KERNEL_TYPES or name in idioms().macros:
            return _NOTHING
        definitions = self.definitions
        if not definitions.knows(name) and not definitions.discover(name):
            return _NOTHING
        if any(name in f.enumerators for f in definitions.files) and not definitions.function_items(name):
            try:
                value = self.types.enumerator(name)
            except UnsupportedC:
                value = None
            if value is not None:
                return Meaning((f"= {value}",), _NOTHING.words)
        texts = sorted(set(map(canonical, definitions.texts_of(name))))
        words = words_of("\n".join(texts))
        return Meaning(tuple(texts), words._replace(names=words.names - {name} - self._own_names(name)))

    def _own_names(self, name: str) -> set[str]:
        """The names that a function or a macro declares for itself."""
        macros = [m for f in self.definitions.files for m in f.macros.get(name, ())]
        if macros:
            return {p for p in macros[0].params or () if all(p in (m.params or ()) for m in macros)}
        try:
            function = self.definitions.function(name)
            if function is not None:
                return declared_names(function)
            declared = self.definitions.declaration("globals", name) or ()
        except UnsupportedC:
            return set()
        types = [d.type for d in declared if d.name == name]
        return {p.name for t in types if isinstance(t, ast.FunctionType) for p in t.params if p.name}

    def reach(self, text: str, declared: frozenset[str]) -> tuple[Words, str]:
        """All words that `text` uses through macros, and the macros' texts; `declared` are variables, not macros."""
        own = words_of(text)
        names, members = set(own.names), set(own.members)
        bodies: list[str] = []
        queue = sorted(names - declared)
        while queue:
            name = queue.pop()
            macros = idioms().macros.get(name) or [m for f in self.definitions.files for m in f.macros.get(name, ())]
            if not macros and not self.definitions.knows(name) and self.definitions.discover(name):
                macros = [m for f in self.definitions.files for m in f.macros.get(name, ())]
            for macro in macros:
                bodies.append(macro.body)
                inner = words_of(macro.body)
                members |= inner.members
                queue.extend(sorted(inner.names - names))
                names |= inner.names
        return Words(frozenset(names), frozenset(members)), "\n".join(bodies)


class Likeness:
    """Which names mean the same in both versions."""

    def __init__(self, old: Types, new: Types) -> None:
        self.old, self.new = Meanings(old), Meanings(new)
        self._alike: set[str] = set()
        self._culprits: dict[str, str] = {}  # a name that isn't alike, and what differs
        self._members: dict[str, bool] = {}

    def culprit(self, name: str) -> str:
        """ "" if `name` means the same in both versions, else what differs: itself, or something that it uses."""
        if name in self._alike:
            return ""
        if name not in self._culprits:
            found = self._search({name}, frozenset())
            if found:
                self._culprits[name] = found
        return self._culprits.get(name, "")

    def text_culprit(self, text: str, declared: frozenset[str]) -> str:
        """The same for a piece of code that stands in both versions; `declared` are its variables."""
        words = words_of(text)
        return self._search(set(words.names - declared), words.members)

    def _search(self, start: set[str], members: frozenset[str]) -> str:
        seen = set(start)
        queue = sorted(start)
        own_members = set(members)
        while queue:
            name = queue.pop()
            if name in self._alike:
                continue
            if name in self._culprits:
                return self._culprits[name]
            one, other = self.old.of(name), self.new.of(name)
            if one.texts != other.texts:
                self._culprits[name] = name
                return name
            own_members |= one.words.members
            fresh = one.words.names - seen
            seen |= fresh
            queue.extend(sorted(fresh))
        for member in sorted(own_members):
            if not self._same_member(member):
                return f"the member {member}"
        self._alike |= seen
        return ""

    def _same_member(self, name: str) -> bool:
        known = self._members.get(name)
        if known is None:
            one, other = (_declarations(m.definitions, name) for m in (self.old, self.new))
            known = self._members[name] = all(one[tag] == other[tag] for tag in one.keys() & other.keys())
        return known


def _declarations(definitions: Definitions, member: str) -> dict[str, str]:
    """How each record that has such a member declares it."""
    found: dict[str, str] = {}
    for index in definitions.files:
        for tag, text in _members_of(index).get(member, ()):
            found[tag] = f"{found.get(tag, '')};{text}"
    return found


_indexed: dict[int, tuple[FileIndex, dict[str, list[tuple[str, str]]]]] = {}


def _members_of(index: FileIndex) -> dict[str, list[tuple[str, str]]]:
    """For each member's name, the records of a file that have it, with its declaration."""
    known = _indexed.get(id(index))
    if known is None:
        found: dict[str, list[tuple[str, str]]] = {}
        for key, items in index.tags.items():
            if key.startswith("enum "):
                continue
            for item in items:
                text = without_comments(item.span.text)
                for piece in re.split(r"[;{}]", text[text.find("{") + 1 :]):
                    declared = " ".join(piece.split())
                    for match in _MEMBER.finditer(declared):
                        found.setdefault(match.group(1) or match.group(2), []).append((key, canonical(declared)))
        known = _indexed[id(index)] = (index, found)
    return known[1]
