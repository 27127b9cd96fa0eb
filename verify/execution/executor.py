"""Symbolic execution of one entry function into an `Outcome`: statements, on top of expressions and calls.

States fork at a branch and merge behind it, so the work is linear in the text, not in its paths.  Trusted: this package
and the smart constructors of `verify.terms.term`; checked against gcc on random functions (`verify/differential/`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from verify.deadline import tick
from verify.errors import UnsupportedC
from verify.execution.calls import CallRule, Calls, Frame
from verify.execution.expressions import Local
from verify.execution.integers import convert
from verify.execution.memory import Embedded, Followed, Reached, Setting, root
from verify.execution.sightings import Sightings
from verify.execution.state import (
    GLOBAL,
    STOPPED_SLOT,
    WARNINGS_SLOT,
    WORLD_SLOT,
    Event,
    Hazard,
    Label,
    NullTest,
    Place,
    Site,
    State,
    Step,
    Value,
    merge,
)
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    POINTER_WIDTH,
    ArrayOf,
    CType,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    width_of,
)
from verify.syntax.expansion import cleaning
from verify.syntax.lookup import UNIQUE
from verify.syntax.tables import counted, is_constant, stays
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_MOST_LABEL_SPLITS = 4  # `#if`s with labels of one switch that are undecided; each doubles the work
UNROLL = 40  # iterations of a loop before its end becomes a condition to be proved


class Outcome(NamedTuple):
    """What one version does: its final state and what was met on the way.

    `hazards` are conditions for undefined behaviour, `bounds` for loops that go on past the bound.  `written` are the
    places behind the locations that it may change.
    """

    state: State
    result: Place | None
    hazards: tuple[Hazard, ...]
    bounds: tuple[Hazard, ...]
    events: tuple[Event, ...]
    assumptions: tuple[str, ...]
    written: dict[str, Place]
    inlined: tuple[str, ...]
    effects: tuple[str, ...]
    refused: dict[str, UnsupportedC]
    params: dict[str, Local]
    steps: dict[str, tuple[Step, ...]] = {}  # noqa: RUF012 (never changed); by where they are taken
    passed_over: frozenset[str] = frozenset()
    called_by_name: frozenset[str] = frozenset()
    asked_only: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()  # functions that pointers are made of
    escaped: frozenset[str] = frozenset()  # local variables whose addresses may be known outside, on some path
    room: dict[str, CType] = {}  # noqa: RUF012 (never changed); the types of local variables
    given_away: dict[tuple[str, int], CType] = {}  # noqa: RUF012 (never changed); as `Memory` has them
    shown: tuple[RecordType, ...] = ()  # records whose bytes may be known outside
    null_tests: dict[int, NullTest] = {}  # noqa: RUF012 (never changed); as `Memory` has them
    reached: dict[int, dict[Reached, None]] = {}  # noqa: RUF012 (never changed); numbers behind pointers, by width
    conditions: dict[int, Label | Span] = {}  # noqa: RUF012 (never changed); where conditions' terms come from
    followed: tuple[Followed, ...] = ()  # pointers that are read or written through
    embedded: tuple[Embedded, ...] = ()  # records in others that are read or written
    whole: dict[tuple[str, str], bool | None] = {}  # noqa: RUF012 (never changed); as `Blocks` has it
    made: dict[Site, str] = {}  # noqa: RUF012 (never changed); local objects that are the only ones of their place
    objects: dict[str, int] = {}  # noqa: RUF012 (never changed); addresses of variables, and their sizes
    sightings: Sightings | None = None  # what the memory behind pointers was seen as

    @property
    def crashes(self) -> Term:
        """When memory is read or written through a NULL pointer or an error pointer (include/linux/err.h)."""
        return t.or_(*(pointer.crashes for pointer in self.followed))


def initial_state() -> State:
    """The state on entry: nothing called, nothing warned, all memory as found."""
    return State(
        (),
        {WORLD_SLOT: t.world("entry"), WARNINGS_SLOT: t.world("no warnings"), STOPPED_SLOT: t.FALSE},
        {},
    )


class Executor(Calls):
    """Executes statements.  Create one for each version and execution."""

    def __init__(
        self,
        types: Types,
        setting: Setting,
        rules: dict[str, CallRule],
        opaque: frozenset[str] = frozenset(),
        unroll: int = UNROLL,
        state: State | None = None,
    ) -> None:
        super().__init__(types, setting, state or initial_state(), rules, opaque)
        self.unroll = unroll
        self._statics: dict[str, int] = {}
        # The switches whose labels were checked, in this run: what macros hold isn't the same for all files.
        self.checked: dict[int, tuple[ast.Stmt, ...]] = {}
        self.patience = unroll  # iterations that may or may not happen before a loop counts as one without an end

    def bind_parameters(self, function: ast.Function, names: tuple[str, ...]) -> dict[str, Local]:
        """The entry's parameters as inputs; `names` are the inputs' names, by position."""
        scope: dict[str, Local] = {}
        for param, name in zip(function.params, names, strict=True):
            type_ = self.types.resolve(param.type, "", self.type_of)
            if isinstance(type_, ArrayOf):
                type_ = PointerTo(type_.element)
            if not is_scalar(type_):
                raise UnsupportedC(f"a parameter of type `{type_}`", param.span)
            place = self.fresh_local(param.name or name, type_, param.span)
            self.state.slots[place.location] = self.under_facts(t.var(name, width_of(type_)))
            if param.name:
                scope[param.name] = Local(place.location, type_)
        return scope

    def run(self, function: ast.Function, names: tuple[str, ...]) -> Outcome:
        """Executes the entry `function`.  Raises `UnsupportedC` if what is reached is outside of the subset."""
        scope = self.bind_parameters(function, names)
        returns = self.types.resolve(function.returns, "")
        result = None if isinstance(returns, VoidType) else Place("@result", (), returns, True, None)
        self.run_function(function, dict(scope), result)
        merged = merge((self.state, *self.stopped))
        if merged is None:
            raise UnsupportedC("no path through this function ends", function.span)
        return Outcome(
            merged,
            result,
            tuple(self.hazards),
            tuple(self.bounds),
            tuple(self.events),
            tuple(self.assumptions),
            self.written,
            tuple(self.inlined),
            tuple(self.effects),
            dict(self.refused),
            scope,
            reached=self.reached,
            conditions=self.conditions,
            followed=tuple(self.followed.values()),
            embedded=tuple(self.embedded.values()),
            whole=self.whole,
            made=_single(self.made),
            escaped=frozenset(self.escaped),
            room=self.room,
            given_away=self.given_away,
            shown=tuple(self.shown),
            null_tests=self.null_tests,
            objects=self.objects,
            sightings=self.sightings,
            addresses=frozenset(self.addresses),
        )

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def run_body(self, function: ast.Function) -> None:
        self.items(self.flattened(function.body.items))
        for pending in self.frame.gotos.values():
            for state, span in pending:
                if not state.dead:
                    raise UnsupportedC("a goto backwards or into a nested statement", span)

    def block_value(self, block: ast.Block) -> Value:
        """The value of a statement expression's block."""
        self.scopes.append({})
        items = self.flattened(block.items)
        if items and isinstance(items[-1], ast.Scoped):
            raise UnsupportedC("a variable that is cleaned up in a statement expression", items[-1].span)
        self.items(items[:-1])
        value = Value(VoidType(), None)
        if items:
            last = items[-1]
            if isinstance(last, ast.ExprStmt) and not self.state.dead:
                value = self.value(last.expr)
            else:
                self.items(items[-1:])
        self.scopes.pop()
        if self.state.dead and value.term is None and items and isinstance(items[-1], ast.ExprStmt):
            typed = self.unevaluated(lambda: self.value(items[-1].expr))  # type: ignore[union-attr]
            if is_scalar(typed.type):
                return Value(typed.type, t.const(0, width_of(typed.type)))
        return value

    def flattened(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """The items of a block, as configured, and with the scopes of variables that are cleaned up."""
        return self.definitions.scoped(self.configured(items))

    def configured(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """`items` with each `#if` that the configuration decides replaced by the branch that is compiled."""
        if not any(isinstance(i, ast.ConfigIf) for i in items):
            return items
        found: list[ast.Stmt] = []
        for item in items:
            condition = self.config_condition(item) if isinstance(item, ast.ConfigIf) else None
            if isinstance(item, ast.ConfigIf) and condition is t.TRUE:
                found.extend(self.configured(item.then))
            elif isinstance(item, ast.ConfigIf) and condition is t.FALSE:
                found.extend(self.configured(item.otherwise))
            else:
                found.append(item)
        return tuple(found)

    def config_condition(self, item: ast.ConfigIf) -> Term | None:
        from verify.syntax.conditions import parse_condition

        parsed = parse_condition(item.condition)
        return None if parsed is None else self.preprocessor_condition(parsed)

    def items(self, items: tuple[ast.Stmt, ...], entries: dict[int, State] | None = None) -> None:
        """Executes statements in order.  `entries`: the states that a switch sends to the label with that position."""
        done = 0
        for position, item in enumerate(items):
            if position < done:
                continue
            if isinstance(item, ast.Case | ast.Default):
                if entries is None:
                    raise UnsupportedC("a case label inside of a nested statement", item.span)
                entry = entries.get(position)
                if entry is not None:
                    self.state = merge((self.state, entry)) or self.state
            elif isinstance(item, ast.Label):
                self.frame.passed.add(item.name)
                arriving = self.frame.gotos.pop(item.name, [])
                self.state = merge((self.state, *(s for s, _ in arriving))) or self.state
                done = _end_of_loop(items, position)
                if done > position + 1:
                    own = {p - position - 1: s for p, s in (entries or {}).items()}
                    self.goto_loop(item, items[position + 1 : done], None if entries is None else own)
            elif not self.state.dead or self.awaits_goto(item):
                self.statement(item)

    def awaits_goto(self, item: ast.Stmt) -> bool:
        """True iff a goto is under way to a label inside of `item`."""
        return bool(self.frame.gotos) and any(label in self.frame.gotos for label in labels_inside(item))

    def statement(self, node: ast.Stmt) -> None:
        tick()
        self.definitions.check_whole(node)
        match node:
            case ast.ExprStmt() | ast.Declaration() if self.definitions.cleaned(node) is not None:
                raise UnsupportedC("a variable that is cleaned up isn't supported here", node.span)
            case ast.ExprStmt(expr, _):
                self.expression_statement(expr)
            case ast.Declaration():
                self.declaration(node)
            case ast.Scoped():
                self.scoped(node)
            case ast.If():
                self.if_statement(node)
            case ast.Return(value, span):
                self.return_statement(value, span)
            case ast.Block(items, _):
                self.scopes.append({})
                self.items(self.flattened(items))
                self.scopes.pop()
            case ast.Switch():
                self.switch(node)
            case ast.Break(span):
                self._leave(self.frame.breaks, span, "break")
            case ast.Continue(span):
                self._leave(self.frame.continues, span, "continue")
            case ast.While(condition, body, body_first, span):
                self.loop(condition, body, None, body_first, span)
            case ast.For(init, condition, step, body, span):
                self.scopes.append({})
                if init is not None:
                    self.statement(init)
                self.loop(condition, body, step, False, span)
                self.scopes.pop()
            case ast.ForEach():
                self.for_each(node)
            case ast.Goto(label, span):
                self.refuse_jump(span)
                if label in self.frame.loops:
                    self.frame.loops[label].append(self.state)
                elif label in self.frame.passed:
                    raise UnsupportedC("a goto backwards into a nested statement, or from a macro", span)
                else:
                    self.frame.gotos.setdefault(label, []).append((self.state, span))
                self.kill()
            case ast.ConfigIf():
                self.config_if(node)
            case ast.BadStmt(reason, span):
                raise UnsupportedC(reason, span)
            case ast.Case() | ast.Default() | ast.Label():
                self.items((node,))

    def _leave(self, targets: list[list[State]], span: Span, word: str) -> None:
        if not targets:
            raise UnsupportedC(f"a {word} outside of a loop or switch", span)
        targets[-1].append(self.state)
        self.kill()

    def expression_statement(self, expr: ast.Expr) -> None:
        if isinstance(expr, ast.Call | ast.Ident):
            name = expr.function if isinstance(expr, ast.Call) else expr
            if isinstance(name, ast.Ident) and name.name not in self.rules:
                local = any(name.name in scope for scope in self.scopes)
                if not local and not self.definitions.knows(name.name):
                    self.definitions.finds(name.name)  # it may be a macro for statements
                block = None if local else self.definitions.expand_statements(expr)
                if block is not None:
                    self.items(self.configured(block.items))
                    return
        self.value(expr)

    def return_statement(self, value: ast.Expr | None, span: Span) -> None:
        self.refuse_jump(span)
        result = self.frame.result
        if value is not None and result is not None:
            self.store(result, self.convert(self.value(value), result.type, span), span)
        elif value is not None:
            self.value(value)
        self.frame.returns.append(self.state)
        self.kill()

    def if_statement(self, node: ast.If) -> None:
        condition = t.FALSE if self.state.dead else self.condition(node.condition)
        before = self.state
        self.definitions.check_alone(node.then)
        self.definitions.check_alone(node.otherwise)
        after: list[State] = []
        for taken, branch in ((condition, node.then), (t.not_(condition), node.otherwise)):
            self.state = before.fork(taken)
            if branch is not None and (taken is not t.FALSE or self.awaits_goto(branch)):
                self.scopes.append({})
                self.items((branch,) if not isinstance(branch, ast.Block) else self.flattened(branch.items))
                self.scopes.pop()
            after.append(self.state)
        self.state = merge(after) or before.fork(t.FALSE)

    def config_if(self, node: ast.ConfigIf) -> None:
        condition = self.config_condition(node)
        if condition is None:
            raise UnsupportedC(f"whether `#if {node.condition}` holds isn't known", node.span, "Use --define.")
        if any(
            isinstance(s, ast.Declaration | ast.Case | ast.Default | ast.Label) for s in (*node.then, *node.otherwise)
        ):
            raise UnsupportedC(
                f"declarations or labels under `#if {node.condition}`", node.span,
                "Fix the configuration, e.g. --define " + node.condition.split("(")[-1].rstrip(")") + "=y",
            )  # fmt: skip
        before = self.state
        after: list[State] = []
        for taken, branch in ((condition, node.then), (t.not_(condition), node.otherwise)):
            self.state = before.fork(taken)
            self.items(self.configured(branch))
            after.append(self.state)
        self.state = merge(after) or before.fork(t.FALSE)

    def scoped(self, node: ast.Scoped) -> None:
        """A variable's scope, wherever it is left: the state there goes on to where it was bound for when it is cleaned
        up.
        """
        frame = self.frame
        if any(label in frame.gotos for label in labels_inside(node)):
            raise UnsupportedC("a goto into the scope of a variable that is cleaned up", node.span)
        declarator = node.declaration.declarators[0]
        if declarator.name.startswith(UNIQUE):
            self.scopes[-1].pop(declarator.name, None)  # it is another one
        self.declaration(node.declaration)
        name, call = cleaning(declarator, len(self.scopes[-1]))
        self.scopes[-1][name] = self.scopes[-1][declarator.name]  # it may be hidden where it is cleaned up
        returns, breaks, continues, gotos, loops = frame.ways()
        frame.returns, frame.gotos, frame.loops = [], {}, {label: [] for label in loops}
        frame.breaks, frame.continues = [*breaks, []], [*continues, []]
        try:
            self.items(node.items)
            inner = frame.ways()
        finally:
            frame.returns, frame.breaks, frame.continues, frame.gotos, frame.loops = (
                returns,
                breaks,
                continues,
                gotos,
                loops,
            )
        end = self.state
        returns += self._cleaned(inner[0], call)
        for left, outer, word in ((inner[1][-1], breaks, "break"), (inner[2][-1], continues, "continue")):
            if left and not outer:
                raise UnsupportedC(f"a {word} outside of a loop or switch", node.span)
            if left:
                outer[-1] += self._cleaned(left, call)
        for label, pending in inner[3].items():
            gotos.setdefault(label, []).extend((s, node.span) for s in self._cleaned([s for s, _ in pending], call))
        for label, taken in inner[4].items():
            loops[label] += self._cleaned(taken, call)
        self.state = end
        self._clean(call)

    def _cleaned(self, states: list[State], call: ast.Call) -> list[State]:
        merged = merge(states)
        if merged is None:
            return []
        self.state = merged
        self._clean(call)
        return [self.state]

    def _clean(self, call: ast.Call) -> None:
        if not self.state.dead:
            self.value(call)

    def declaration(self, node: ast.Declaration) -> None:
        for declarator in node.declarators:
            self.types.note_enumerators(declarator.type)
            if "typedef" in declarator.storage:
                raise UnsupportedC("a typedef inside of a function", declarator.span)
            scope_key = f"{self.frame.function.name}@{declarator.name}" if self.frames else declarator.name
            if not declarator.name:
                self.types.resolve(declarator.type, scope_key, self.type_of)
                continue
            if isinstance(declarator.type, ast.FunctionType) or "extern" in declarator.storage:
                name = declarator.name
                if any(name in scope for scope in self.scopes):  # C17 6.2.1p4
                    raise UnsupportedC(f"a local variable that `{name}` of file scope hides", declarator.span)
                if not self.definitions.finds(name):  # elsewhere, its type has to be the same: C17 6.2.7p2
                    raise UnsupportedC(f"`{name}` is declared in this block only", declarator.span)
                continue
            type_ = self.types.resolve(declarator.type, scope_key, self.type_of)
            if isinstance(type_, ArrayOf) and type_.length is None:
                type_ = self._sized_by_initialiser(type_, declarator)
            if "static" in declarator.storage:
                self._static(declarator, type_)
                continue
            place = self._declared(declarator.name, type_, declarator.span)
            self.scopes[-1][declarator.name] = Local(place.location, type_)  # before its initialiser: C17 6.2.1p7
            if declarator.init is not None:
                self.initialise(place, declarator.init, declarator.span)
            elif not is_scalar(type_):
                self.leave_uninitialised(place, declarator.span)

    def _declared(self, name: str, type_: CType, span: Span) -> Place:
        """A new object; or, behind a goto back over its declaration, the same one without a value (C17 6.2.4p6)."""
        known = self.scopes[-1].get(name)
        if known is None or known.at is not None or known.type != type_:
            return self.fresh_local(name, type_, span)
        for table in (self.state.slots, self.state.targets):
            for location in [k for k in table if root(k) == known.location]:
                del table[location]
        return Place(known.location, (), type_, True, None)

    def _sized_by_initialiser(self, type_: ArrayOf, declarator: ast.Declarator) -> ArrayOf:
        if not isinstance(declarator.type, ast.ArrayType) or declarator.type.length is not None:
            raise UnsupportedC("an array whose length isn't a known constant", declarator.span)
        found = counted(self.types, type_, declarator)
        if not isinstance(found, ArrayOf) or found.length is None:
            raise UnsupportedC("an array without a length", declarator.span)
        return found

    def _static(self, declarator: ast.Declarator, type_: CType) -> None:
        """A static local: memory that outlives the function, unless it is a constant number or pointer."""
        if not is_scalar(type_) and not isinstance(type_, ArrayOf | RecordType):
            raise UnsupportedC(f"a static local of type `{type_}`", declarator.span)
        if declarator.init is not None and is_scalar(type_) and is_constant(declarator, self.definitions):
            place = self.fresh_local(declarator.name, type_, declarator.span)
            self.initialise(place, declarator.init, declarator.span)
            self.scopes[-1][declarator.name] = Local(place.location, type_)
            return
        name = f"{self.frame.function.name}.{declarator.name}"
        if self._statics.setdefault(name, declarator.span.start) != declarator.span.start:
            raise UnsupportedC(f"two static variables called `{declarator.name}` in one function", declarator.span)
        suffix = self.setting.variant("static", name)
        if not is_scalar(type_) and stays(declarator, self.definitions):
            suffix = suffix or self.setting.variant("first value", name)
        self.note_first_value(name, suffix)
        address = t.var(f"&{name}{suffix}", POINTER_WIDTH)
        self.note_object(address, type_)
        if isinstance(type_, RecordType):
            place = Place(type_.key, (address,), type_, False, address)
        else:
            place = Place(f"{GLOBAL}static {name}{suffix}", (), type_, False, address)
        self.read_table(place, declarator)
        self.scopes[-1][declarator.name] = Local(place.location, type_, place)

    def leave_uninitialised(self, place: Place, span: Span) -> None:
        """Gives each scalar of a new record a value of its own that nothing is known of."""
        try:
            leaves = [] if isinstance(place.type, ArrayOf) else list(self.leaves(place, span))
        except UnsupportedC:
            leaves = []
        for leaf in leaves:
            if not leaf.indices:
                width = leaf.storage or leaf.bits or width_of(leaf.type)
                self.state.slots[leaf.location] = t.var(
                    f"uninitialised {leaf.location} in {self.setting.version}", width
                )

    def switch(self, node: ast.Switch) -> None:
        if self.state.dead:
            self._switch_body(node, {})
            return
        value = self.value(node.value)
        self.count(value)
        term, type_ = self.integer(value, node.value.span)
        self._switch_on(node, term, type_, self._body_of(node), _MOST_LABEL_SPLITS)

    def _body_of(self, node: ast.Switch) -> tuple[ast.Stmt, ...]:
        return self.flattened(self.definitions.labelled(node.items))

    def _switch_on(
        self, node: ast.Switch, term: Term, type_: IntType, items: tuple[ast.Stmt, ...], splits: int
    ) -> None:
        """The switch with this body; labels under an `#if` that isn't decided make it one switch for each branch."""
        for position, item in enumerate(items):
            if not isinstance(item, ast.ConfigIf) or not _has_labels_of_its_own(item):
                continue
            condition = self.config_condition(item)
            inner = {label for one in items for label in labels_inside(one)}
            if condition is None or not splits or not inner.isdisjoint(self.frame.gotos):
                break
            before, ends = self.state, list[State]()
            for compiled, branch in ((condition, item.then), (t.not_(condition), item.otherwise)):
                if t.not_(compiled) in before.path:
                    continue
                self.state = before.fork(compiled)
                self.frame.passed -= inner
                whole = self.definitions.scoped((*items[:position], *self.configured(branch), *items[position + 1 :]))
                self._switch_on(node, term, type_, whole, splits - 1)
                ends.append(self.state)
            self.state = merge(ends) or before.fork(t.FALSE)
            return
        check_labels(self, items)
        self._check_apart(items, type_)
        before = self.state
        entries: dict[int, State] = {}
        default: int | None = None
        others: list[Term] = []
        for position, item in enumerate(items):
            if isinstance(item, ast.Default):
                default = position
            elif isinstance(item, ast.Case):
                condition = self._matches(item, term, type_)
                if item.high is None:
                    self.conditions.setdefault(condition.id, Label(node.value, item.low))
                if condition is not t.FALSE:
                    others.append(condition)
                    entries[position] = before.fork(condition)
        rest = before.fork(t.not_(t.or_(*others)))
        if default is not None:
            entries[default] = rest
        self._switch_body(node, entries, items)
        if default is None:
            self.state = merge((self.state, rest)) or before.fork(t.FALSE)

    def _switch_body(
        self, node: ast.Switch, entries: dict[int, State], items: tuple[ast.Stmt, ...] | None = None
    ) -> None:
        before = self.state
        self.state = before.fork(t.FALSE)
        self.frame.breaks.append([])
        self.scopes.append({})
        self.items(self._body_of(node) if items is None else items, entries)
        self.scopes.pop()
        self.state = merge((*self.frame.breaks.pop(), self.state)) or before.fork(t.FALSE)

    def _matches(self, case: ast.Case, term: Term, type_: IntType) -> Term:
        """The condition that a switch over `term` goes to `case` (C17 6.8.4.2p5; ranges: GNU)."""
        low = self._label_value(case.low, type_)
        known = self.setting.ranges.get(term.id)
        if known is not None and not type_.signed and self._outside(case, low, known, type_):
            return t.FALSE
        if case.high is None:
            return self.under_facts(t.eq(term, low))
        high = self._label_value(case.high, type_)
        at_most = t.sle if type_.signed else t.ule
        return self.under_facts(t.and_(at_most(low, term), at_most(term, high)))

    def _outside(self, case: ast.Case, low: Term, known: tuple[int, int], type_: IntType) -> bool:
        first = t.const_value(low)
        last = first if case.high is None else t.const_value(self._label_value(case.high, type_))
        assert first is not None and last is not None
        return last < known[0] or first > known[1]

    def _check_apart(self, items: Iterable[ast.Stmt], type_: IntType) -> None:
        """Refuses two labels with one value, which no compiler takes (C17 6.8.4.2p3)."""
        width = type_.width
        ranges: list[tuple[int, int, ast.Case]] = []
        for item in items:
            if isinstance(item, ast.Case):
                ends = (item.low, item.low if item.high is None else item.high)
                bits = (self.types.constant(e) % (1 << width) for e in ends)
                first, last = (t.signed(b, width) if type_.signed else b for b in bits)
                if first <= last:
                    ranges.append((first, last, item))
        ranges.sort(key=lambda one: one[:2])
        for (_, last, _), (first, _, item) in pairwise(ranges):
            if first <= last:
                raise UnsupportedC("two case labels have one value", item.span)

    def _label_value(self, expr: ast.Expr, type_: IntType) -> Term:
        return t.const(self.types.constant(expr), type_.width)

    def loop(
        self, condition: ast.Expr | None, body: ast.Stmt, step: ast.Expr | None, body_first: bool, span: Span
    ) -> None:
        before = self.state
        if before.dead:
            raise UnsupportedC("a goto into a loop", span)
        self.definitions.check_alone(body)
        exits: list[State] = []
        self.frame.breaks.append([])
        undecided = 0
        labels = labels_inside(body)
        for iteration in range(self.unroll + 1):
            self.frame.passed.difference_update(labels)
            holds = t.TRUE
            if condition is not None and not (body_first and iteration == 0):
                holds = self.condition(condition)
            exits.append(self.state.fork(t.not_(holds)))
            self.state = self.state.fork(holds)
            if self.state.dead:
                break
            undecided += holds is not t.TRUE
            if iteration == self.unroll or undecided > self.patience:
                reached = self.state.condition
                self.bounds.append(Hazard(reached, f"more than {self.unroll} iterations of this loop", span))
                break
            self.frame.continues.append([])
            self.scopes.append({})
            self.statement(body)
            self.scopes.pop()
            self.state = merge((self.state, *self.frame.continues.pop())) or before.fork(t.FALSE)
            if self.state.dead:
                break
            if step is not None:
                self.value(step)
        self.state = merge((*exits, *self.frame.breaks.pop())) or before.fork(t.FALSE)

    def goto_loop(self, label: ast.Label, body: tuple[ast.Stmt, ...], entries: dict[int, State] | None) -> None:
        """Executes what stands between a label and the last goto back to it, as often as these are taken."""
        frame = self.frame
        before = self.state
        inner = {name for item in body for name in labels_inside(item)}
        exits: list[State] = []
        undecided = 0
        for iteration in range(1, self.unroll + 1):
            path = self.state.path
            taken: list[State] = []
            frame.loops[label.name] = taken
            frame.passed.difference_update(inner)
            self.items(body, entries)
            del frame.loops[label.name]
            exits.append(self.state)
            again = merge(taken)
            if again is None or again.condition is t.FALSE:
                break
            self.state, entries = again, None if entries is None else {}
            undecided += again.path != path
            if iteration == self.unroll or undecided > self.patience:
                self.bounds.append(
                    Hazard(again.condition, f"more than {self.unroll} iterations of this loop", label.span)
                )
                break
        self.state = merge(exits) or before.fork(t.FALSE)

    def for_each(self, node: ast.ForEach) -> None:
        loop = self.definitions.expand_loop(node.head)
        if not isinstance(loop, ast.For):
            name = node.head.function.name if isinstance(node.head.function, ast.Ident) else "this"
            raise UnsupportedC(f"the loop macro `{name}` isn't defined in what was read", node.head.span)
        self.statement(loop._replace(body=node.body, span=node.span))


def _single(made: list[tuple[Site, str]]) -> dict[Site, str]:
    counts = Counter(site for site, _ in made)
    return {site: location for site, location in made if counts[site] == 1}


def _end_of_loop(items: tuple[ast.Stmt, ...], label: int) -> int:
    """The position behind the last goto to the label at a position, or to labels in between; else right behind it."""
    last: dict[str, int] = {}
    for position in range(label + 1, len(items)):
        last.update((s.label, position) for s in statements_inside(items[position]) if isinstance(s, ast.Goto))
    end = position = label
    while position <= end:
        item = items[position]
        if isinstance(item, ast.Label):
            end = max(end, last.get(item.name, end))
        position += 1
    return end + 1


def labels_inside(node: ast.Stmt) -> tuple[str, ...]:
    """The names of the labels in `node`."""
    return tuple(s.name for s in statements_inside(node) if isinstance(s, ast.Label))


def statements_inside(node: ast.Stmt) -> list[ast.Stmt]:
    """`node` and every statement inside of it."""
    found: list[ast.Stmt] = []
    stack = [node]
    while stack:
        current = stack.pop()
        found.append(current)
        match current:
            case ast.Block() | ast.Switch() | ast.Scoped():
                stack.extend(current.items)
            case ast.If(_, then, otherwise, _):
                stack.extend((then,) if otherwise is None else (then, otherwise))
            case ast.While() | ast.ForEach():
                stack.append(current.body)
            case ast.For():
                stack.extend((current.body,) if current.init is None else (current.init, current.body))
            case ast.ConfigIf():
                stack.extend((*current.then, *current.otherwise))
            case _:
                pass
    return found


def _has_labels_of_its_own(item: ast.Stmt) -> bool:
    """True iff a switch's labels stand under the `#if` that `item` is."""
    return isinstance(item, ast.ConfigIf) and any(
        isinstance(inner, ast.Case | ast.Default) or _has_labels_of_its_own(inner)
        for inner in (*item.then, *item.otherwise)
    )


def check_labels(executor: Executor, items: tuple[ast.Stmt, ...]) -> None:
    """Refuses a switch with case labels where its dispatch wouldn't see them: in nested statements or in macros."""
    if executor.checked.get(id(items)) is items:
        return
    for item in items:
        if isinstance(item, ast.Case | ast.Default):
            continue
        stack: list[ast.Stmt] = [item]
        while stack:
            current = stack.pop()
            if current is not item and isinstance(current, ast.Case | ast.Default):
                raise UnsupportedC("a case label inside of a nested statement", current.span)
            if isinstance(current, ast.ExprStmt):
                head = current.expr.function if isinstance(current.expr, ast.Call) else current.expr
                if isinstance(head, ast.Ident) and _may_hide_labels(executor, head.name, current is item):
                    raise UnsupportedC(f"`{head.name}` may be a macro that holds case labels", current.span)
            if isinstance(current, ast.Switch):
                continue  # its labels are its own; it is checked when it runs
            match current:
                case ast.Block(inner, _) | ast.Scoped(_, inner, _):
                    stack.extend(inner)
                case ast.If(_, then, otherwise, _):
                    stack.extend((then,) if otherwise is None else (then, otherwise))
                case ast.While() | ast.ForEach() | ast.For():
                    stack.append(current.body)
                case ast.ConfigIf():
                    stack.extend((*current.then, *current.otherwise))
                case _:
                    pass
    executor.checked[id(items)] = items


def _may_hide_labels(executor: Executor, name: str, at_top: bool) -> bool:
    if executor.definitions.hides_labels(name):
        return True
    return at_top and name.isupper() and name not in executor.rules and not executor.definitions.knows(name)


__all__ = ["UNROLL", "CallRule", "Executor", "Outcome", "convert", "initial_state"]
