"""Functions whose code shows that they change nothing: calls of them are questions, not actions.

`Quiet.is_quiet(name)` looks at each definition that may hold: it may write to its own variables only, and call nothing
but functions that are quiet themselves or assumed to be.  What isn't understood isn't quiet, so a wrong answer would
need code that writes without an assignment, a call or assembly.  Loops that never end aren't told from others.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import cast

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.conditions import truth
from verify.syntax.definitions import Definitions
from verify.syntax.index import Item

_LARGEST = 2000  # nodes that are looked at for one answer
_ACTS = pattern(r"(?<![=!<>])=(?!=)|\+\+|--|\basm\b|\b__asm|[A-Za-z_]\w*\s*\(|\{")
_BUILTINS = ("__verify_config", "__verify_constant")


class _Loud(Exception):
    """It may change something."""


class Quiet:
    """`silent` names functions and macros that are assumed to change nothing."""

    def __init__(self, definitions: Definitions, silent: Set[str]) -> None:
        self.definitions = definitions
        self.silent = silent
        self._known: dict[str, bool] = {}
        self._open: list[str] = []
        self._left = 0

    def is_quiet(self, name: str) -> bool:
        """True iff the code of the function `name` is known, and shows that calling it changes nothing."""
        known = self._known.get(name)
        if known is None:
            self._left = _LARGEST
            try:
                self._function(name)
                known = True
            except (_Loud, UnsupportedC, RecursionError):
                known = False
            self._open.clear()
            self._known[name] = known
        return known

    def _function(self, name: str) -> None:
        if name in self.silent or name in self._open or self._known.get(name):
            return
        if self._known.get(name) is False or self.definitions.is_weak(name):
            raise _Loud
        items = self.definitions.function_items(name)
        if not items and self.definitions.finds(name):
            items = self.definitions.function_items(name)
        items = [item for item in items if truth(item.condition, self.definitions.config) is not False]
        if not items or self._may_be_elsewhere(name, items):
            raise _Loud
        self._open.append(name)
        for item in items:
            function = self.definitions.parsed(item, item.condition)
            own = {p.name: True for p in function.params if p.name}
            self._node(function.body, own)

    def _may_be_elsewhere(self, name: str, items: list[Item]) -> bool:
        """True iff the bodies may stand in for another one that isn't here: under an #if, beside a declaration."""
        config = self.definitions.config
        if any(truth(item.condition, config) for item in items):
            return False
        declared = [item for file in self.definitions.files_of(name) for item in file.globals.get(name, ())]
        return any(truth(item.condition, config) is not False for item in declared)

    def _node(self, node: object, own: dict[str, bool]) -> None:
        """Raises `_Loud` if `node` may act.

        `own` are the function's variables in this scope, as far as they are declared; True for those that are
        certainly its own, and not static.
        """
        self._left -= 1
        if self._left < 0:
            raise _Loud
        match node:
            case ast.BadStmt() | ast.BadExpr() | ast.Label() | ast.Goto():
                raise _Loud
            case ast.Assign(_, target, value, _):
                self._written(target, own)
                self._node(value, own)
            case ast.IncDec(_, _, operand, _):
                self._written(operand, own)
            case ast.Declarator(name, _, init, storage, _, cleanup):
                if cleanup:
                    raise _Loud
                own[name] = not {"static", "extern"} & set(storage)
                self._node(init, own)
            case ast.Call():
                self._call(node, own)
            case ast.Ident(name, _, span):
                if name not in own:
                    self._name(node, name, span)
            case ast.ForEach(head, body, _):
                loop = self.definitions.expand_loop(head)
                if loop is None:
                    raise _Loud
                scope = dict(own)
                self._parts(loop if isinstance(loop, ast.For) else (loop,), scope)
                self._node(body, scope)
            case ast.ConfigIf(_, then, otherwise, _):
                one, other = dict(own), dict(own)
                self._parts(then, one)
                self._parts(otherwise, other)
                own.update({name: bool(one.get(name) and other.get(name)) for name in (*one, *other)})
            case ast.Block() | ast.For() | ast.Switch() | ast.Scoped():
                self._parts(node, dict(own))
            case ast.Sizeof() | ast.TypeArgument() | Span():
                return
            case _ if isinstance(node, ast.TypeSyntax):
                return
            case _ if isinstance(node, tuple):
                self._parts(cast("tuple[object, ...]", node), own)
            case _:
                return

    def _parts(self, parts: Iterable[object], own: dict[str, bool]) -> None:
        for part in parts:
            self._node(part, own)

    def _written(self, target: ast.Expr, own: dict[str, bool]) -> None:
        """Accepts a write to a variable of the function's own, or to a member of one that is a record."""
        while isinstance(target, ast.Field) and not target.arrow:
            target = target.object
        if not isinstance(target, ast.Ident) or not own.get(target.name):
            raise _Loud

    def _call(self, node: ast.Call, own: dict[str, bool]) -> None:
        if not isinstance(node.function, ast.Ident) or node.function.name in own:
            raise _Loud
        name = node.function.name
        if name in self.silent or name in _BUILTINS:
            self._node(node.arguments, own)
            return
        if not self.definitions.knows(name):
            self.definitions.discover(name)
        expanded = self.definitions.expand_call(node)
        if expanded is not None:
            self._node(expanded, own)
            return
        block = self.definitions.expand_statements(node)
        if block is not None:
            self._node(block, own)
            return
        self._node(node.arguments, own)
        self._function(name)

    def _name(self, node: ast.Ident, name: str, span: Span) -> None:
        bodies = [m.body for m in self.definitions.macros(name) if m.params is None]
        if any(map(_ACTS.search, bodies)):
            self._node(self.definitions.expand_name(node), {})
