"""Statements and declarations for the concrete interpreter (C17 6.7, 6.8), with jumps in every direction.

`break`, `continue`, `return` and `goto` are Python exceptions; a jump into a statement is a run of that statement which
skips all that stands before the label it seeks.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress

from verify.errors import UnsupportedC
from verify.execution.concrete_initialisers import Initialisers
from verify.execution.concrete_types import Variable
from verify.execution.concrete_values import NotReplayable, Place, Value, to_integer
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.conditions import builtin_symbol, comparison_truth, parse_condition, symbol_truth, symbols_of_test
from verify.syntax.ctypes import POINTER_WIDTH, VOID, ArrayOf, CType, IntType, RecordType, is_scalar
from verify.syntax.expansion import cleaning
from verify.syntax.lookup import UNIQUE
from verify.syntax.tables import constant_elements, is_constant, stays

_MOST_JUMPS = 100_000


class Leave(Exception):
    """Control leaves a statement."""


class Broken(Leave):
    """`break`."""


class Continued(Leave):
    """`continue`."""


class Returned(Leave):
    """`return`."""


class Stopped(Leave):
    """BUG(): execution doesn't go on."""


class Jumped(Leave):
    """`goto label`."""

    def __init__(self, label: str, span: Span) -> None:
        super().__init__(label)
        self.label = label
        self.span = span


class Statements(Initialisers):
    """Executes statements; `unroll` bounds the turns of each loop."""

    unroll = 10_000
    returns_to: Place | None = None  # where the running function's result goes

    @contextmanager
    def scope(self) -> Generator[None]:
        self.scopes.append({})
        try:
            yield
        finally:
            self.scopes.pop()

    def items(self, items: tuple[ast.Stmt, ...], seek: ast.Stmt | None = None) -> None:
        """Executes statements in the current scope, from the label `seek` on if that is given."""
        items = self.flattened(items)
        position = 0
        if seek is not None:
            position = next(i for i, item in enumerate(items) if self._holds(item, seek))
            self._declare_skipped(items[:position])
        jumps = 0
        while position < len(items):
            try:
                self.statement(items[position], seek)
            except Jumped as jump:
                found = self._label(items, jump.label)
                if found is None:
                    raise
                jumps += 1
                if jumps > _MOST_JUMPS:
                    raise NotReplayable(f"a goto goes round for ever at {jump.span}") from None
                position, seek = found
                self._declare_skipped(items[:position])
                continue
            seek = None
            position += 1

    def block_value(self, block: ast.Block) -> Value:
        """The value of a GNU statement expression."""
        with self.scope():
            items = self.flattened(block.items)
            last = items[-1] if items else None
            if not isinstance(last, ast.ExprStmt):
                self.items(items)
                return Value(VOID)
            self.items(items[:-1])
            return self.value(last.expr)

    def _declare_skipped(self, items: tuple[ast.Stmt, ...]) -> None:
        """Makes the objects whose declarations a jump passes over; they have no value (C17 6.2.4p6)."""
        for item in items:
            for declarator in item.declarators if isinstance(item, ast.Declaration) else ():
                if declarator.name and declarator.name not in self.scopes[-1]:
                    self._declare(declarator, skipped=True)

    def flattened(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """The items of a block, as configured, and with the scopes of variables that are cleaned up."""
        return self.definitions.scoped(self.configured(items))

    def configured(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """`items` with each `#if` replaced by what is compiled of it."""
        if not any(isinstance(item, ast.ConfigIf) for item in items):
            return items
        found: list[ast.Stmt] = []
        for item in items:
            if isinstance(item, ast.ConfigIf):
                found.extend(self.configured(item.then if self.compiled(item.condition) else item.otherwise))
            else:
                found.append(item)
        return tuple(found)

    def compiled(self, text: str) -> bool:
        """The truth of the `#if` condition `text`."""
        condition = parse_condition(text)
        if condition is None:
            raise NotReplayable(f"whether `#if {text}` holds isn't known")
        return self._config_condition(condition)

    def _config_condition(self, node: ast.Expr) -> bool:
        symbols = symbols_of_test(node)
        if symbols:
            return any(self.config(symbol) for symbol in symbols)
        match node:
            case ast.Number(value=value):
                return value != 0
            case ast.Unary("!", operand, _):
                return not self._config_condition(operand)
            case ast.Binary("&&", left, right, _):
                return self._config_condition(left) and self._config_condition(right)
            case ast.Binary("||", left, right, _):
                return self._config_condition(left) or self._config_condition(right)
            case _:
                known = comparison_truth(node)
                if known is None:
                    raise NotReplayable(f"a `#if` condition isn't understood at {node.span}")
                return known

    def config(self, symbol: str) -> bool:
        """The truth of a CONFIG symbol."""
        known = symbol_truth(symbol, self.definitions.config)
        if known is not None:
            return known
        if not symbol.startswith("CONFIG_"):
            raise NotReplayable(f"whether `{symbol}` is defined isn't known")
        base = builtin_symbol(symbol)
        if base is not None and self.config(base):
            return False
        return bool(self.oracle.constant(symbol, 1))

    def statement(self, node: ast.Stmt, seek: ast.Stmt | None = None) -> None:
        """Executes one statement; `seek` is a label in it to begin at, or the statement itself."""
        self.definitions.check_whole(node)
        match node:
            case ast.ExprStmt() | ast.Declaration() if self.definitions.cleaned(node) is not None:
                raise NotReplayable(f"a variable that is cleaned up isn't supported here at {node.span}")
            case ast.Scoped():
                self._scoped(node, seek)
            case ast.ExprStmt(expr, _):
                self._expression_statement(expr)
            case ast.Declaration():
                self._declaration(node)
            case ast.If():
                self._if(node, seek)
            case ast.Return(value, span):
                self._return(value, span)
            case ast.Block(items, _):
                with self.scope():
                    self.items(items, seek)
            case ast.Switch():
                self._switch(node, seek)
            case ast.While(condition, body, body_first, span):
                self._loop(condition, body, None, body_first, span, seek)
            case ast.For(init, condition, step, body, span):
                with self.scope():
                    if init is not None and seek is not None:
                        self._declare_skipped((init,))
                    elif init is not None:
                        self.statement(init)
                    self._loop(condition, body, step, False, span, seek)
            case ast.ForEach(head, body, span):
                loop = self.definitions.expand_loop(head)
                if not isinstance(loop, ast.For) or seek is not None:
                    raise NotReplayable(f"this loop macro isn't known at {span}")
                self.statement(loop._replace(body=body, span=span))
            case ast.Break():
                raise Broken
            case ast.Continue():
                raise Continued
            case ast.Goto(label, span):
                raise Jumped(label, span)
            case ast.ConfigIf():
                self._refuse_scoped((node,))
                self.items((node,), seek)
            case ast.BadStmt(reason, span):
                raise UnsupportedC(reason, span)
            case ast.Case() | ast.Default() | ast.Label():
                pass

    def _expression_statement(self, expr: ast.Expr) -> None:
        block = self._statement_macro(expr)
        if block is None:
            self.value(expr)
        else:
            self._refuse_scoped(block.items)
            self.items(block.items)

    def _refuse_scoped(self, items: tuple[ast.Stmt, ...]) -> None:
        """Refuses a variable that is cleaned up behind the end of `items`."""
        if any(isinstance(item, ast.Scoped) for item in self.flattened(items)):
            raise NotReplayable(f"a variable that is cleaned up isn't supported here at {items[0].span}")

    def _scoped(self, node: ast.Scoped, seek: ast.Stmt | None) -> None:
        """A variable's scope; it is cleaned up wherever that is left."""
        if seek is not None:
            raise NotReplayable(f"a jump into the scope of a variable that is cleaned up at {node.span}")
        declarator = node.declaration.declarators[0]
        if declarator.name.startswith(UNIQUE):
            self.scopes[-1].pop(declarator.name, None)  # it is another one
        self._declaration(node.declaration)
        name, call = cleaning(declarator, len(self.scopes[-1]))
        self.scopes[-1][name] = self.scopes[-1][declarator.name]  # it may be hidden where it is cleaned up
        try:
            self.items(node.items)
        except (Returned, Broken, Continued, Jumped):
            self.value(call)
            raise
        self.value(call)

    def _statement_macro(self, expr: ast.Expr) -> ast.Block | None:
        """The statements that a macro's use as a whole statement stands for."""
        head = expr.function if isinstance(expr, ast.Call) else expr
        if not isinstance(head, ast.Ident) or head.name in self.rules or self.variable(head.name) is not None:
            return None
        return self.definitions.expand_statements(expr)

    def _substatement(self, node: ast.Stmt, seek: ast.Stmt | None) -> None:
        """A statement that is part of another one, a block of its own (C17 6.8.4p3, 6.8.5p5)."""
        with self.scope():
            self.statement(node, seek)

    def _check_macros(self, node: ast.Stmt | None, before_else: bool = False) -> None:
        """Refuses a macro as part of another statement if its text goes on behind that, or takes its else."""
        match node:
            case ast.ExprStmt(expr, span):
                block = self._statement_macro(expr)
                if block is not None and len(block.items) > 1:
                    raise NotReplayable(
                        f"only the first statement of this macro belongs to what is before it at {span}"
                    )
                if block is not None and before_else and any(map(_takes_else, block.items)):
                    raise NotReplayable(f"the else belongs to an if in this macro at {span}")
            case ast.If(_, then, otherwise, _):
                self._check_macros(then, otherwise is not None or before_else)
                self._check_macros(otherwise, before_else)
            case ast.While() | ast.For() | ast.ForEach():
                self._check_macros(node.body, before_else and not (isinstance(node, ast.While) and node.body_first))
            case _:
                pass

    def _if(self, node: ast.If, seek: ast.Stmt | None) -> None:
        self._check_macros(node)
        taken = self._holds(node.then, seek) if seek is not None else self.condition(node.condition)
        branch = node.then if taken else node.otherwise
        if branch is not None:
            self._substatement(branch, seek)

    def _return(self, value: ast.Expr | None, span: Span) -> None:
        if value is not None:
            found = self.value(value)
            if self.returns_to is not None:
                # C17 6.8.6.4p3: converted as if assigned to an object of the function's type.
                self.store(self.returns_to, self.convert(found, self.returns_to.type, span), span)
        raise Returned

    def _loop(
        self,
        condition: ast.Expr | None,
        body: ast.Stmt,
        step: ast.Expr | None,
        body_first: bool,
        span: Span,
        seek: ast.Stmt | None,
    ) -> None:
        self._check_macros(body)
        unchecked = body_first or seek is not None
        turns = 0
        while unchecked or condition is None or self.condition(condition):
            unchecked = False
            turns += 1
            if turns > self.unroll:
                raise NotReplayable(f"more than {self.unroll} turns of a loop at {span}")
            try:
                self._substatement(body, seek)
            except Broken:
                break
            except Continued:
                pass
            seek = None
            if step is not None:
                self.value(step)

    def _switch(self, node: ast.Switch, seek: ast.Stmt | None) -> None:
        with self.scope():
            items = self.definitions.labelled(node.items)
            if seek is None:
                number, type_ = self.integer(self.value(node.value), node.value.span)
                seek = self._chosen(items, number, type_)
                if seek is None:
                    return
            with suppress(Broken):
                self.items(items, seek)

    def _chosen(self, items: tuple[ast.Stmt, ...], number: int, type_: IntType) -> ast.Stmt | None:
        """The label that a switch over `number` goes to (C17 6.8.4.2p5); `case low ... high` is GNU's."""
        default: ast.Stmt | None = None
        matching: ast.Stmt | None = None
        for label in self._switch_labels(items):
            if isinstance(label, ast.Default):
                default = label
            elif matching is None:
                low = to_integer(self.types.constant(label.low), type_)
                high = low if label.high is None else to_integer(self.types.constant(label.high), type_)
                if low <= number <= high:
                    matching = label
        return matching or default

    def _switch_labels(self, items: tuple[ast.Stmt, ...]) -> Iterator[ast.Case | ast.Default]:
        for item in items:
            for inner in self._within(item, into_switches=False):
                if isinstance(inner, ast.Case | ast.Default):
                    yield inner
                elif isinstance(inner, ast.ExprStmt):
                    head = inner.expr.function if isinstance(inner.expr, ast.Call) else inner.expr
                    if isinstance(head, ast.Ident) and self.definitions.hides_labels(head.name):
                        raise NotReplayable(f"`{head.name}` may be a macro that holds case labels")

    def _within(self, node: ast.Stmt, into_switches: bool = True) -> Iterator[ast.Stmt]:
        """`node` and all that is compiled of the statements in it."""
        yield node
        inner: tuple[ast.Stmt | None, ...] = ()
        match node:
            case ast.Block(items, _):
                inner = items
            case ast.Switch(_, items, _) if into_switches:
                inner = items
            case ast.If(_, then, otherwise, _):
                inner = (then, otherwise)
            case ast.While() | ast.For() | ast.ForEach():
                inner = (node.body,)
            case ast.ConfigIf():
                inner = self.flattened((node,))
            case _:
                pass
        for one in inner:
            if one is not None:
                yield from self._within(one, into_switches)

    def _holds(self, node: ast.Stmt, seek: ast.Stmt) -> bool:
        return any(inner is seek for inner in self._within(node))

    def _label(self, items: tuple[ast.Stmt, ...], name: str) -> tuple[int, ast.Stmt] | None:
        """The position of the item that holds the label `name`, and the label."""
        for position, item in enumerate(items):
            for inner in self._within(item):
                if isinstance(inner, ast.Label) and inner.name == name:
                    return position, inner
        return None

    def _declaration(self, node: ast.Declaration) -> None:
        for declarator in node.declarators:
            self.types.note_enumerators(declarator.type)
            if "typedef" in declarator.storage:
                raise NotReplayable(f"a typedef inside of a function at {declarator.span}")
            if declarator.name:
                self._declare(declarator)
            else:
                self.resolve(declarator.type, self.scope_key(declarator.name))

    def _declare(self, declarator: ast.Declarator, skipped: bool = False) -> None:
        name, syntax, init, storage, span, _ = declarator
        if isinstance(syntax, ast.FunctionType) or "extern" in storage:
            if any(name in scope for scope in self.scopes):  # C17 6.2.1p4
                raise NotReplayable(f"`{name}` of file scope hides a local variable at {span}")
            return
        type_ = self.array_length(self.resolve(syntax, self.scope_key(name)), syntax, init)
        if "static" in storage:
            self._declare_static(declarator, type_)
            return
        known = self.scopes[-1].get(name)
        if known is not None and known.place is not None and known.place.owner is not None:
            # A goto went back over the declaration: it is the same object, without a value (C17 6.2.4p6).
            known.place.owner.cells.clear()
            place = known.place
        else:
            place = self.fresh(name, type_, span)
        self.declare(name, type_, place)  # before its initialiser: C17 6.2.1p7
        if init is not None and not skipped:
            self.initialise(place, init, span)

    def _declare_static(self, declarator: ast.Declarator, type_: CType) -> None:
        """A static local: memory that outlives the function, unless it is a constant number or pointer."""
        name, _, init, _, span, _ = declarator
        numbers = constant_elements(self.types, type_, declarator)
        if not is_scalar(type_) and not isinstance(type_, ArrayOf | RecordType):
            raise NotReplayable(f"a static local of type `{type_}` at {span}")
        if init is not None and is_scalar(type_) and is_constant(declarator, self.definitions):
            place = self.fresh(name, type_, span)
            self.declare(name, type_, place)
            self.initialise(place, init, span)
            return
        full = f"{self.active[-1].name}.{name}"
        suffix = self.variant("static", full)
        if not is_scalar(type_) and stays(declarator, self.definitions):
            suffix = suffix or self.variant("first value", full)
        address = self.oracle.constant(f"&{full}{suffix}", POINTER_WIDTH)
        record = isinstance(type_, RecordType)
        location, indices = (type_.key, (address,)) if record else (f"global static {full}{suffix}", ())
        place = Place(None, location, indices, type_, address)
        if numbers is not None:
            self.know_table(place.location, numbers)
        self.scopes[-1][name] = Variable(type_, place)


def _takes_else(node: ast.Stmt) -> bool:
    """True iff an `else` behind `node` would belong to an if in it (C17 6.8.4.1p3)."""
    match node:
        case ast.If(_, _, otherwise, _):
            return otherwise is None or _takes_else(otherwise)
        case ast.While(_, body, False, _) | ast.For(_, _, _, body, _) | ast.ForEach(_, body, _):
            return _takes_else(body)
        case _:
            return False
