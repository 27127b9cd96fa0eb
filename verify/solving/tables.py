"""Constant tables: objects of file scope that are `const` and initialised, but whose initialisers aren't read.

What such an object holds is an unknown to the solver, though the code fixes it.  So a proof is right, but a
counterexample that rests on the object's content may have one that it never has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.errors import UnsupportedC
from verify.execution.state import GLOBAL
from verify.syntax import ast
from verify.syntax.definitions import Definitions
from verify.syntax.tables import constant_elements
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verify.terms.evaluate import Evaluation


def is_constant_table(definitions: Definitions, name: str) -> bool:
    """True iff `name` is such an object."""
    try:
        declared = definitions.declaration("globals", name) or ()
    except UnsupportedC:
        return True  # which of several definitions counts isn't certain
    return any(d.name == name and "const" in d.storage and d.init is not None and _is_own(d.type) for d in declared)


def _is_own(type_: ast.TypeSyntax) -> bool:
    """True iff a `const` in front of the declaration speaks of the object, not of what it points at."""
    while isinstance(type_, ast.ArrayType):
        type_ = type_.of
    return not isinstance(type_, ast.PointerType | ast.FunctionType)


def is_read_table(read: Term, types: Types) -> bool:
    """True iff `read` is what lies outside of a constant array whose elements are known."""
    if read.op != "read" or not str(read.value).startswith(GLOBAL):
        return False
    name = str(read.value).removeprefix(GLOBAL).partition("@")[0]
    try:
        declared = types.definitions.declaration("globals", name) or ()
        return any(
            d.name == name and constant_elements(types, types.resolve(d.type, name), d) is not None for d in declared
        )
    except UnsupportedC:
        return False


def table_relied_on(goal: Term, evaluation: Evaluation, known: Iterable[Definitions]) -> str:
    """The name of a constant table without whose content `goal` need not be false; "" if there is none."""
    known = tuple(known)
    tables: dict[str, bool] = {}

    def table_of(read: Term) -> str:
        location = str(read.value)
        names = [location.removeprefix(GLOBAL)] if location.startswith(GLOBAL) else []
        for index in t.postorder(read.args[1:]):
            if index.op == "var" and str(index.value).startswith("&"):
                names.append(str(index.value)[1:])
        for name in (n.partition("@")[0].partition(".")[0] for n in names):
            if name not in tables:
                tables[name] = any(is_constant_table(d, name) for d in known)
            if tables[name]:
                return name
        return ""

    parts = tuple(t.postorder((goal,)))
    reads = {part.id: table_of(part) for part in parts if part.op == "read"}
    if not any(reads.values()):
        return ""
    relied: dict[int, str] = {}
    for part in parts:
        relied[part.id] = reads.get(part.id) or _relied(part, relied, evaluation)
    return relied[goal.id]


def _relied(part: Term, relied: dict[int, str], evaluation: Evaluation) -> str:
    if part.op == "ite":
        condition, then, otherwise = part.args
        return relied[condition.id] or relied[(then if evaluation.evaluate(condition) else otherwise).id]
    if part.op in ("and", "or"):
        deciding = part.op == "or"
        value = evaluation.evaluate(part)
        if bool(value) is deciding:
            # One argument decides; that some other rests on a table doesn't matter if one doesn't.
            found = [relied[a.id] for a in part.args if bool(evaluation.evaluate(a)) is deciding]
            return "" if "" in found else found[0]
    return next((relied[a.id] for a in part.args if relied[a.id]), "")
