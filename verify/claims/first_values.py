"""What variables hold at first, compared between two versions: those of file scope, and static ones in functions.

No version need start with the first value when its function is called; but a value that differs may be what the other
version never holds, so it isn't taken for the same.  What can't be compared differs.  `data_culprit` looks for all data
that a piece of code uses.
"""

from __future__ import annotations

from verify.claims.likeness import Likeness, Meanings, words_of
from verify.errors import UnsupportedC
from verify.execution.executor import statements_inside
from verify.patterns import pattern
from verify.syntax import ast
from verify.syntax.ctypes import BOOL, ArrayOf, CType, RecordType, is_scalar
from verify.syntax.definitions import Definitions
from verify.syntax.lexer import canonical, names_in

_STATICS = pattern(r"\bstatic\b[^;]*")


def same_first_value(likeness: Likeness, name: str) -> bool:
    """True iff the variable `name` of file scope certainly holds the same at first in both versions.

    One that only one version has differs from nothing.
    """
    sides = (likeness.old, likeness.new)
    if not all(m.of(name).texts for m in sides):
        return True
    one, other = (_initialisers(m, name) for m in sides)
    if one is None or other is None:
        return likeness.old.of(name).texts == likeness.new.of(name).texts
    return _same(likeness, one, other) and same_members(likeness, name)


def same_members(likeness: Likeness, name: str) -> bool:
    """True iff an initialiser of `name` that is the same in both versions gives its values to the same members."""
    found: list[CType] = []
    init: ast.Expr | None = None
    for meanings in (likeness.old, likeness.new):
        try:
            declared = meanings.definitions.declaration("globals", name) or ()
            declarator = next((d for d in declared if d.name == name and d.init is not None), None)
            if declarator is None:
                return True
            init = declarator.init
            found.append(meanings.types.resolve(declarator.type, name))
        except UnsupportedC:
            return True  # it isn't read
    return is_scalar(found[0]) or (init is not None and _Members(likeness).filled(found[0], found[1], init))


class _Members:
    """Which members of two types, one of each version, an initialiser gives its values to (C17 6.7.9)."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._old, self._new = likeness.old.types, likeness.new.types

    def filled(self, one: CType, other: CType, init: ast.Expr) -> bool:
        """True iff those that `init` names, or finds by position, are the same in both."""
        if self._alike(one, other):
            return True
        items = init.items if isinstance(init, ast.InitList) else ()
        if isinstance(one, ArrayOf) and isinstance(other, ArrayOf):
            values = [v for path, v in items if len(path) < 2]
            return 0 < len(values) == len(items) and all(self.filled(one.element, other.element, v) for v in values)
        if not isinstance(one, RecordType) or not isinstance(other, RecordType) or not items:
            return False
        for path, value in items:
            if len(path) != 1 or not isinstance(path[0], str):
                return False
            try:
                members = self._old.member(one, path[0]), self._new.member(other, path[0])
            except UnsupportedC:
                return False
            if not self.filled(members[0].type, members[1].type, value):
                return False
        return True

    def _alike(self, one: CType, other: CType) -> bool:
        """True iff both have the same members in one order, but for some that come last."""
        if isinstance(one, RecordType) and isinstance(other, RecordType):
            try:
                old, new = self._old.record(one), self._new.record(other)
                return one.kind == other.kind and all(
                    name == old.members[i][0]
                    and member.condition == old.members[i][1].condition
                    and self._alike(self._old.member_type(old, i), self._new.member_type(new, i))
                    for i, (name, member) in enumerate(new.members[: len(old.members)])
                )
            except UnsupportedC:
                tag = f"{one.kind} {one.key}"
                return one == other and bool(self._likeness.old.record(tag)) and not self._likeness.record_changed(tag)
        if isinstance(one, ArrayOf) and isinstance(other, ArrayOf):
            return one.length == other.length and self._alike(one.element, other.element)
        return is_scalar(one) and is_scalar(other) and (one == BOOL) == (other == BOOL)


def same_static(likeness: Likeness, function: str, name: str) -> tuple[bool, bool]:
    """Whether the static variable `name` of `function` certainly has the same type, and first value, in both versions.

    One that only one version has differs from nothing.
    """
    found = [statics_of(m.definitions, function, name) for m in (likeness.old, likeness.new)]
    if not any(found):
        same = _made_alike(likeness, function, name)
        return same, same
    if not all(found):
        return True, True
    if any(len(f) > 1 for f in found):
        return False, False
    (one,), (other,) = found
    types = [_type(m, d) for m, d in ((likeness.old, one), (likeness.new, other))]
    inits = (() if d.init is None else (d.init,) for d in (one, other))
    same_type = types[0] == types[1] is not None
    same = _same(likeness, *inits) and (one.init is None or (same_type and _fills_alike(likeness, types[0], one.init)))
    return same_type, same


def data_culprit(likeness: Likeness, text: str, declared: frozenset[str]) -> str:
    """What `text` uses, maybe through macros, that is no code and that the versions define differently; "" if nothing.

    That is a number, a type, a member or a variable: where code (a function, a macro with parameters) differs, it is
    compared itself or named.  `declared` are the variables of the function that `text` stands in.
    """
    words, _ = likeness.new.reach(text, declared)
    for name in sorted(words.names - declared):
        one, other = likeness.old.of(name).texts, likeness.new.of(name).texts
        if one != other and all(_is_number_or_type(m, name) for m in (likeness.old, likeness.new)):
            return name
        if not _is_function(likeness, name) and _is_variable(likeness, name) and not same_first_value(likeness, name):
            return name
    culprits = (likeness.member_culprit(member) for member in sorted(words.members))
    return next((culprit for culprit in culprits if culprit), "")


def _is_number_or_type(meanings: Meanings, name: str) -> bool:
    """True iff `name` is a macro without parameters, an enumerator or a type."""
    return any(
        name in index.enumerators or name in index.typedefs or any(m.params is None for m in index.macros.get(name, ()))
        for index in meanings.definitions.files_of(name)
    )


def _initialisers(meanings: Meanings, name: str) -> tuple[ast.Expr, ...] | None:
    """What the declarations of a variable initialise it with: one at most; None if it isn't certain."""
    try:
        declared = meanings.definitions.declaration("globals", name) or ()
    except UnsupportedC:
        return None
    found = tuple(d.init for d in declared if d.name == name and d.init is not None)
    return found if len(found) < 2 else None


def statics_of(definitions: Definitions, function: str, name: str) -> list[ast.Declarator]:
    """The declarations of the static variable `name` in `function`, which may have several definitions.

    Raises `UnsupportedC` if one of these can't be parsed.
    """
    if not definitions.function_items(function):
        definitions.discover(function)
    return [
        d
        for item in definitions.function_items(function)
        for node in statements_inside(definitions.parsed(item, item.condition).body)
        if isinstance(node, ast.Declaration)
        for d in node.declarators
        if d.name == name and "static" in d.storage
    ]


def _fills_alike(likeness: Likeness, type_: CType | None, init: ast.Expr) -> bool:
    return type_ is not None and (is_scalar(type_) or _Members(likeness).filled(type_, type_, init))


def _made_alike(likeness: Likeness, function: str, name: str) -> bool:
    """True iff macros declare a static variable of `function` in the same words in both versions."""
    found: list[list[str]] = []
    for meanings in (likeness.old, likeness.new):
        items = meanings.definitions.function_items(function)
        bodies = [meanings.reach(item.span.text, frozenset())[1] for item in items]
        declared = (d for body in bodies for d in _STATICS.findall(body) if name in names_in(d))
        found.append(sorted(map(canonical, declared)))
    return found[0] == found[1] and not any(likeness.text_culprit(text, frozenset((name,))) for text in found[0])


def _type(meanings: Meanings, declarator: ast.Declarator) -> CType | None:
    try:
        return meanings.types.resolve(declarator.type, declarator.name)
    except UnsupportedC:
        return None


def _same(likeness: Likeness, one: tuple[ast.Expr, ...], other: tuple[ast.Expr, ...]) -> bool:
    """True iff both initialisers certainly give one value; none is zero (C17 6.7.9p10)."""
    if not one and not other:
        return True
    sides = ((likeness.old, one), (likeness.new, other))
    numbers = [_number(meanings, init) for meanings, init in sides]
    if numbers != [None, None]:
        return numbers[0] == numbers[1]
    texts = [canonical(init.span.text) for _, inits in sides for init in inits]
    if len(texts) < 2 or texts[0] != texts[1]:
        return False
    words = sorted(words_of(texts[0]).names)
    return not any(likeness.culprit(word) for word in words if not _is_function(likeness, word))


def _number(meanings: Meanings, init: tuple[ast.Expr, ...]) -> int | None:
    if not init:
        return 0
    try:
        return meanings.types.constant(init[0])
    except UnsupportedC:
        return None


def _is_function(likeness: Likeness, name: str) -> bool:
    """True iff `name` is a function in both versions: its address is the same, whatever its code does."""
    return all(m.definitions.function_items(name) for m in (likeness.old, likeness.new))


def _is_variable(likeness: Likeness, name: str) -> bool:
    """True iff both versions declare the variable `name`."""
    sides = (likeness.old, likeness.new)
    return all(
        any(i.kind == "global" for f in m.definitions.files_of(name) for i in f.globals.get(name, ())) for m in sides
    )


def value_culprit(likeness: Likeness, name: str) -> str:
    """The function that differs of those that the first value of a variable names; "" if there is none.

    A variable that a macro's use defines is compared by that use.
    """
    sides = (likeness.old, likeness.new)
    if not _is_variable(likeness, name):
        made = all(m.of(name).texts and not m.definitions.knows(name) for m in sides)
        return likeness.culprit(name) if made else ""
    inits = [init.span.text for m in sides for init in _initialisers(m, name) or ()]
    words = sorted(words_of("\n".join(inits)).names)
    return next((word for word in words if _is_function(likeness, word) and likeness.culprit(word)), "")
