"""Calls: inlined where the callee's body is certain, else an effect on the world.

An effect `f(args)` in world w, seeing memory M, leads to the world step(f, w, args, M); its result and all memory
afterwards are unknown functions of that world.  So two versions get the same answer iff they ask the same question in
the same state.  What a callee is assumed to do beyond that stands in `CallRule`s, and is named in the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from functools import partial

from verify.errors import UnsupportedC
from verify.execution.bits import BIT_BUILTINS, OVERFLOW_BUILTINS, UNDEFINED_FOR_ZERO
from verify.execution.bits import result as bit_result
from verify.execution.blocks import Blocks, undeclared
from verify.execution.callbacks import NO_CALLBACKS, callbacks, either_called, is_replaced, stands_for
from verify.execution.expressions import Local
from verify.execution.integers import convert
from verify.execution.memory import Setting, is_bytes, root
from verify.execution.state import (
    RESULT,
    RETURNED,
    STOPPED_SLOT,
    WARNINGS_SLOT,
    WORLD_SLOT,
    Hazard,
    Lost,
    Place,
    Site,
    State,
    Value,
    content,
    merge,
    site_of,
)
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.conditions import parse_condition
from verify.syntax.ctypes import (
    BOOL,
    INT,
    LONG,
    ULONG,
    VOID,
    ArrayOf,
    CType,
    FunctionOf,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    promote,
    width_of,
)
from verify.syntax.lookup import STATIC_CALL
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term
from verify.terms.worlds import POINTER_CALL
from verify.tuples import NamedTuple

_DEEPEST_INLINING = 24


class CallRule(NamedTuple):
    """What a callee that isn't inlined is assumed to do.

    `preserves`: locations that it doesn't write, with the widths of their contents and indices.  `pure`: it changes
    nothing, and its result depends on its arguments and on memory.  `constant`: on its arguments alone.  `silent`:
    nothing that is worth comparing.  `reason` is printed with the verdict.  `known`: what is assumed
    isn't named: the callee's code shows it, or it is a primitive of the kernel.
    """

    preserves: tuple[tuple[str, int, tuple[int, ...]], ...] = ()
    pure: bool = False
    constant: bool = False
    silent: bool = False
    reason: str = ""
    known: bool = False


class Frame:
    """One active function: where its returns, breaks and gotos go."""

    __slots__ = (
        "breaks",
        "callbacks",
        "continues",
        "function",
        "gotos",
        "loops",
        "passed",
        "result",
        "returns",
        "site",
    )

    def __init__(
        self, function: ast.Function, result: Place | None, site: Site, callbacks: Mapping[str, str] = NO_CALLBACKS
    ) -> None:
        self.function = function
        self.site = site
        self.result = result
        self.callbacks = callbacks  # the functions that parameters stand for
        self.returns: list[State] = []
        self.breaks: list[list[State]] = []
        self.continues: list[list[State]] = []
        self.gotos: dict[str, list[tuple[State, Span]]] = {}
        self.passed: set[str] = set()
        self.loops: dict[str, list[State]] = {}  # by the label that a goto goes back to, where that is under way

    def ways(
        self,
    ) -> tuple[
        list[State], list[list[State]], list[list[State]], dict[str, list[tuple[State, Span]]], dict[str, list[State]]
    ]:
        """The states that go elsewhere than on: by return, break, continue, and goto forward and backward."""
        return self.returns, self.breaks, self.continues, self.gotos, self.loops


class Calls(Blocks):
    """Evaluates calls.  `opaque` names functions that must not be inlined."""

    def __init__(
        self, types: Types, setting: Setting, state: State, rules: dict[str, CallRule], opaque: frozenset[str]
    ) -> None:
        super().__init__(types, setting, state)
        self.rules = rules
        self.opaque = opaque
        self.untyped: Container[str] = ()  # functions that are macros without types in some versions, perhaps
        self.frames: list[Frame] = []
        self.stopped: list[State] = []
        self.bounds: list[Hazard] = []
        self.refused: dict[str, UnsupportedC] = {}  # functions whose bodies can't be executed
        self.inlined: dict[str, None] = {}
        self.effects: dict[str, None] = {}
        self.whole: dict[tuple[str, str], bool | None] = {}
        self._locals: dict[str, int] = {}
        self._aside = -1  # the active functions where an operand isn't evaluated
        self.made: list[tuple[Site, str]] = []  # where each local object was made, and its location
        # What a call returns whose type isn't known, by its label; None: refused if used.
        self.unknown_result: Callable[[str], CType] | None = None

    def unevaluated(self, evaluate: Callable[[], Value]) -> Value:
        outer, self._aside = self._aside, len(self.frames)
        try:
            return super().unevaluated(evaluate)
        finally:
            self._aside = outer

    def refuse_jump(self, span: Span) -> None:
        """Refuses a jump out of an operand that isn't evaluated."""
        if self._aside == len(self.frames):
            raise UnsupportedC("a jump out of an operand that isn't evaluated", span)

    def run_body(self, function: ast.Function) -> None:
        raise NotImplementedError

    def special_call(self, node: ast.Call, name: str) -> Value | None:
        """A call that only the caller of this class knows, e.g. one of a spec."""
        del node, name
        return None

    def fresh_local(self, name: str, type_: CType, span: Span, site: Site | None = None) -> Place:
        """A new local object; `site` is that of the call whose body declares it, if that isn't the active one."""
        count = self._locals[name] = self._locals.get(name, 0) + 1
        location = f"local {name}" if count == 1 else f"local {name}#{count}"
        location = self.setting.locals.get(location, location)
        if isinstance(type_, VoidType | FunctionOf):
            raise UnsupportedC(f"a variable of type `{type_}`", span)
        self.made.append(((*(self._site() if site is None else site), site_of(span)), location))
        self.room[location] = type_
        return Place(location, (), type_, True, None)

    def _site(self) -> Site:
        return self.frames[-1].site if self.frames else ()

    def call(self, node: ast.Call) -> Value:
        function = self.definitions.callee(node)
        if isinstance(function, ast.Conditional):
            return self.value(either_called(node, function))
        if isinstance(function, ast.Generic):
            return self.call(node._replace(function=self.chosen(function)))
        if not isinstance(function, ast.Ident):
            return self.indirect(node, self.value(function))
        node = node._replace(function=function)
        name = function.name
        special = self.special_call(node, name)
        if special is not None:
            return special
        if name.startswith("__verify_"):
            return self.builtin(node, name)
        rule = self.rules.get(name)
        if rule is None:
            expanded = self.definitions.expand_call(node)
            if expanded is not None:
                return self.value(expanded)
        if self._is_local(name):
            pointer = self.value(function)
            passed = stands_for(name, self._callbacks, self._is_local)
            if passed and pointer.term is self.function_address(passed):
                return self.call(node._replace(function=function._replace(name=passed)))
            return self.indirect(node, pointer)
        expanded_name = self.definitions.expand_name(function._replace(binding=ast.PRIMARY)) if rule is None else None
        if expanded_name is not None:
            return self.call(node._replace(function=expanded_name))
        if rule is not None and rule.silent:
            if not rule.known:
                self.assume(f"{name}() {rule.reason or 'does nothing that matters here'}")
            evaluated = [a for a in node.arguments if not isinstance(a, ast.BadExpr | ast.TypeArgument | ast.String)]
            self.check_orders(evaluated)
            self.in_order([partial(self.value, a) for a in evaluated], node.span, tuple(evaluated))
            self.event("silent", name, (), node.span)
            return Value(VOID, None, note=f"the result of {name}(), which is assumed to do nothing")
        if not self.definitions.knows(name) and self.definitions.finds(name) and rule is None:
            return self.call(node)  # it may be a macro
        if rule is None and self.definitions.is_variable(name) and self.global_place(name, node.span) is not None:
            return self.indirect(node, self.value(function))
        bits = BIT_BUILTINS.get(name) if rule is None and len(node.arguments) == 1 else None
        if bits is not None:
            argument = self.convert(self.value(node.arguments[0]), bits.takes, node.span)
            term = self.scalar(argument, node.span)
            self.count(argument)
            if bits.kind in UNDEFINED_FOR_ZERO:
                self.hazard(t.eq(term, t.const(0, term.sort)), f"{name}() of 0", node.span)
            return Value(bits.returns, bit_result(bits, term))
        if name in OVERFLOW_BUILTINS and rule is None and len(node.arguments) == 3:
            return self.exactly(node, OVERFLOW_BUILTINS[name])
        if name not in self.opaque and (rule is None or rule == CallRule()):
            if self.is_block_function(node, name, rule is not None):
                return self.block_call(node, name, rule or CallRule())
        if rule is None and name not in self.opaque:
            inlined = self.try_inline(node, name)
            if inlined is not None:
                return inlined
        return self.effect_call(node, name, rule or CallRule())

    def exactly(self, node: ast.Call, op: str) -> Value:
        """Stores `one op other`, computed exactly, as far as it fits; the value is whether it doesn't."""
        one, other, pointer = map(self.value, node.arguments)
        type_ = pointer.type.target if isinstance(pointer.type, PointerTo) else None
        if not isinstance(type_, IntType) or type_.signed is None or type_ == BOOL:
            raise UnsupportedC("where the result is stored isn't known to be an integer", node.span)
        numbers = [self.integer(value, node.span) for value in (one, other)]
        widths = [term.sort for term, _ in numbers]
        width = max(sum(widths) if op == "*" else max(widths) + 1, type_.width) + 1
        a, b = ((t.sign_extend if kind.signed else t.zero_extend)(term, width) for term, kind in numbers)
        exact = {"+": t.add, "-": t.sub, "*": t.mul}[op](a, b)
        kept = t.extract(type_.width - 1, 0, exact)
        self.store(self.deref(pointer, node.span), Value(type_, kept), node.span)
        fits = t.eq((t.sign_extend if type_.signed else t.zero_extend)(kept, width), exact)
        return Value(BOOL, t.bool_to_bv(t.not_(fits), 1))

    @property
    def _callbacks(self) -> Mapping[str, str]:
        """The functions that the active function's parameters stand for."""
        return self.frames[-1].callbacks if self.frames else NO_CALLBACKS

    def _is_local(self, name: str) -> bool:
        return any(name in scope for scope in self.scopes)

    def _names_function(self, name: str) -> bool:
        if is_replaced(self.definitions, name):
            return False
        return bool(self.definitions.function_items(name)) or self.prototype(name) is not None

    def builtin(self, node: ast.Call, name: str) -> Value:
        match name:
            case "__verify_warn":
                for argument in node.arguments[1:]:
                    if self.definitions.has_effect(argument):
                        self.value(argument)
                warnings = self.state.slots[WARNINGS_SLOT]
                kind = node.arguments_text[0].strip('"')
                self.state.slots[WARNINGS_SLOT] = t.step(kind, warnings, (), ())
                self.event("warning", kind, (), node.span)
            case "__verify_bug":
                self.event("warning", "BUG", (), node.span)
                self.stop()
            case "__verify_config":
                symbol = node.arguments[0]
                if not isinstance(symbol, ast.Ident):
                    raise UnsupportedC("this isn't a CONFIG symbol", node.span)
                return Value(INT, t.bool_to_bv(self.config_term(symbol.name), INT.width))
            case "__verify_constant":
                return Value(INT, t.const(int(self.is_constant(node.arguments[0])), INT.width))
            case _:
                raise UnsupportedC(f"`{name}` isn't known", node.span)
        return Value(VOID, None)

    def is_constant(self, node: ast.Expr) -> bool:
        """What __builtin_constant_p says of `node`, as far as the text tells: compilers may know more."""
        if self.types.is_constant(node, {n for scope in self.scopes for n in scope}):
            return True
        try:
            term = self.unevaluated(lambda: self.value(node)).term
        except UnsupportedC:
            term = None
        if term is not None and t.const_value(term) is not None:
            raise UnsupportedC("whether this is a constant depends on how far the compiler looks", node.span)
        self.assume(f"`{node.span.text}` at {node.span.use} is no constant to the compiler (__builtin_constant_p)")
        return False

    def stop(self) -> None:
        """Nothing that the code would do from here on is done."""
        self.state.slots[STOPPED_SLOT] = t.TRUE
        self.stopped.append(self.state)
        self.kill()

    def kill(self) -> None:
        """Execution doesn't go on from here."""
        self.state = self.state.fork(t.FALSE)

    def arguments(
        self,
        node: ast.Call,
        params: tuple[CType, ...] | None,
        variadic: bool,
        evaluated: list[Value] | None = None,
    ) -> list[Value]:
        """The arguments' values, converted to the parameters' types if these are known.

        What is behind a pointer may be used as bytes if the parameter says no more of it; so it may, without a known
        type, by a function of which the rules speak, like memset(), if it gets a number, too.  What isn't declared
        takes numbers of any width, and so do functions in `untyped`.
        """
        self.check_orders(node.arguments)
        values = evaluated
        if values is None:
            values = self.in_order([partial(self.value, a) for a in node.arguments], node.span, node.arguments)
        name = node.function.name if isinstance(node.function, ast.Ident) else ""
        counted = name in self.rules and any(isinstance(value.type, IntType) for value in values)
        for i, (value, argument) in enumerate(zip(values, node.arguments, strict=True)):
            if counted if params is None else i < len(params) and is_bytes(params[i]):
                self.show_bytes(value, argument.span)
        if params is None:
            return [self._widened(self._promoted(v, a.span)) for v, a in zip(values, node.arguments, strict=True)]
        if len(values) < len(params) or (len(values) > len(params) and not variadic):
            raise UnsupportedC(f"{len(values)} arguments where {len(params)} are meant", node.span)
        converted = [self.convert(v, p, a.span) for v, p, a in zip(values, params, node.arguments, strict=False)]
        rest = list(zip(values, node.arguments, strict=True))[len(params) :]
        passed = converted + [self._promoted(v, a.span) for v, a in rest]
        return list(map(self._widened, passed)) if name in self.untyped else passed

    def _promoted(self, value: Value, span: Span) -> Value:
        if isinstance(value.type, IntType) and value.type.signed is not None and value.term is not None:
            type_ = promote(value.type, value.bits)
            return Value(type_, convert(value.term, value.type, type_))
        return value

    @staticmethod
    def _widened(value: Value) -> Value:
        if isinstance(value.type, IntType) and value.type.signed is not None and value.term is not None:
            type_ = LONG if value.type.signed else ULONG
            return Value(type_, convert(value.term, value.type, type_))
        return value

    def try_inline(self, node: ast.Call, name: str) -> Value | None:
        """The value of the call by executing the callee's body, or None if it must be an effect."""
        try:
            function = self.definitions.function(name)
        except UnsupportedC as error:
            self.refused.setdefault(name, error)
            return None
        if function is None or not self.is_compiled(function) or function.variadic or name in self.refused:
            return None
        if self.definitions.is_weak(name):
            return None
        if any(f.function.name == name for f in self.frames):
            raise UnsupportedC(f"`{name}` calls itself", node.span, "Recursion isn't supported.")
        if len(self.frames) >= _DEEPEST_INLINING:
            return None
        state, depth, scopes = self.state, self._depth, self.scopes
        hazards, events, stopped = len(self.hazards), len(self.events), len(self.stopped)
        written, frames, bounds, made = dict(self.written), len(self.frames), len(self.bounds), len(self.made)
        self.state = state.fork(t.TRUE)
        try:
            value = self.inline(node, function)
        except UnsupportedC as error:
            self.refused[name] = error
            self.state, self._depth, self.scopes, self.written = state, depth, scopes, written
            del (
                self.hazards[hazards:],
                self.events[events:],
                self.stopped[stopped:],
                self.frames[frames:],
                self.bounds[bounds:],
                self.made[made:],
            )
            if "calls itself" in error.message:
                raise
            return None
        self.inlined.setdefault(name)
        return value

    def is_compiled(self, function: ast.Function) -> bool:
        """True iff the `#if` conditions around `function` hold wherever execution stands now."""
        if not function.condition:
            return True
        parsed = parse_condition(function.condition)
        holds = None if parsed is None else self.preprocessor_condition(parsed)
        known = {part for condition in self.state.path for part in _conjuncts(condition)}
        return holds is not None and all(part in known for part in _conjuncts(holds))

    def inline(self, node: ast.Call, function: ast.Function) -> Value:
        """The value of the call by executing `function`'s body."""
        params = tuple(self.types.resolve(p.type, "", self.type_of) for p in function.params)
        values = self.arguments(node, tuple(map(_adjusted, params)), False)
        scope: dict[str, Local] = {}
        site = (*self._site(), site_of(node.span))
        for param, value in zip(function.params, values, strict=True):
            place = self.fresh_local(param.name or "unnamed", value.type, param.span, site)
            self.store(place, value, param.span)
            if param.name:
                scope[param.name] = Local(place.location, value.type)
        self.event("inlined", function.name, tuple(v.term for v in values if v.term is not None), node.span)
        returns = self.types.resolve(function.returns, "")
        result = None if isinstance(returns, VoidType) else self.fresh_local(f"{function.name}()", returns, node.span)
        passed = callbacks(function, node, self._callbacks, self._is_local, self._names_function)
        self.run_function(function, scope, result, site, passed)
        if result is None:
            return Value(VOID, None)
        if self.state.dead and is_scalar(returns):
            return Value(returns, t.const(0, width_of(returns)))
        return self.load(result, node.span)

    def run_function(
        self,
        function: ast.Function,
        scope: dict[str, Local],
        result: Place | None,
        site: Site = (),
        passed: Mapping[str, str] = NO_CALLBACKS,
    ) -> None:
        """Executes a body; afterwards the state is that behind the call, which is made at `site`.

        `passed`: the functions that its parameters stand for.
        """
        before, outer = self.state, self.scopes
        frame = Frame(function, result, site, passed)
        self.frames.append(frame)
        self.scopes = [scope]
        self.run_body(function)
        self.scopes = outer
        self.frames.pop()
        merged = merge((*frame.returns, self.state))
        self.state = before.fork(t.FALSE) if merged is None else merged

    def effect_call(self, node: ast.Call, name: str, rule: CallRule, evaluated: list[Value] | None = None) -> Value:
        """A call of a function whose body isn't executed; `evaluated` are its arguments if these are known already."""
        self.definitions.refuse_alias(name, node.span)
        if name.startswith("__builtin_") and name not in self.rules:
            raise UnsupportedC(f"what the compiler's own `{name}` does isn't known", node.span)
        if not self.is_declared(name):
            self.assume(undeclared(name))
        try:
            type_ = self.prototype(name)
        except UnsupportedC:
            type_ = None
        if type_ is None:
            values, returns = self.arguments(node, None, True, evaluated), None
        else:
            values, returns = self.arguments(node, type_.params, type_.variadic, evaluated), type_.returns
        label = name + self.setting.variant("function", name)
        note = "" if returns else f"the type that {name}() returns isn't known; name the header that declares it"
        result = self.effect(node, label, values, returns, rule, note)
        if self.definitions.never_returns(name):
            self.stop()
        return result

    def is_declared(self, name: str) -> bool:
        """True iff something that was read, or the compiler itself, says what the called `name` is."""
        return name.startswith(STATIC_CALL) or name in self.rules or self.definitions.knows(name)

    def indirect(self, node: ast.Call, callee: Value) -> Value:
        """A call through a pointer."""
        type_ = callee.type.target if isinstance(callee.type, PointerTo) else None
        if isinstance(type_, PointerTo):
            type_ = type_.target
        if not isinstance(type_, FunctionOf):
            raise UnsupportedC(f"a call of a `{callee.type}`", node.span)
        values = self.arguments(node, type_.params, type_.variadic)
        return self.effect(node, POINTER_CALL, [callee._replace(target=None), *values], type_.returns, CallRule(), "")

    def effect(
        self, node: ast.Call, label: str, values: list[Value], returns: CType | None, rule: CallRule, note: str
    ) -> Value:
        """Steps the world: the callee sees the arguments and all memory, and may change all memory."""
        values = [part for value in values for part in self.parts_of(value, node.span)]
        for value in values:
            self.let_escape(value)
            if not isinstance(value.type, PointerTo):
                self.count(value)
        terms = tuple(self.scalar(v, node.span) for v in values)
        if returns is None and self.unknown_result is not None:
            returns = self.unknown_result(label)
        before = self.state.world
        dirty = () if rule.constant else self.dirty()
        after = t.step(label, t.world("constant") if rule.constant else before, terms, dirty)
        if rule.pure or rule.constant:
            what = "its arguments and memory" if rule.pure else "its arguments alone"
            if not rule.known:
                self.assume(f"{shown(label)}() {rule.reason or f'changes nothing, and its result depends on {what}'}")
        else:
            self.effects.setdefault(label)
            self.havoc(after, rule, label)
        result: Value
        if returns is None or isinstance(returns, VoidType):
            result = Value(VOID, None, note=note)
        elif isinstance(returns, RecordType):
            plain = None if rule.pure or rule.constant else self.types.plain_members(returns, node.span)
            if plain is None:
                result = Value(VOID, None, note=f"the record that {label}() returns isn't known")
            else:
                result = self._returned_record(returns, plain, after, node.span)
        else:
            width = width_of(returns)
            result = Value(returns, self.under_facts(t.read(RESULT, after, (), width)))
        kind = "question" if rule.pure or rule.constant else "call"
        answered = (result.term,) if result.term is not None else ()
        self.event(kind, label, (*terms, *answered), node.span, after, bool(answered))
        return result

    def _returned_record(self, type_: RecordType, members: list[str], after: Term, span: Span) -> Value:
        """A record of scalars that a call returned: each is an unknown of its own."""
        place = self.fresh_local("returned", type_, span)
        for name in members:
            member = self.member(place, name, span)
            width = member.bits or width_of(member.type)
            unknown = t.read(f"{RETURNED}{name}", after, (), width)
            assert isinstance(member.type, IntType | PointerTo)
            self.store(member, Value(member.type, _extended(unknown, member.type)), span)
        return Value(type_, None, place)

    def parts_of(self, argument: Value, span: Span) -> list[Value]:
        """What a call's argument is to a callee that isn't inlined: one scalar."""
        if isinstance(argument.type, RecordType):
            raise UnsupportedC("a record passed by value to a function that isn't inlined", span)
        return [argument]

    def dirty(self) -> tuple[tuple[str, Term], ...]:
        """What was written since the last call and can be seen from outside, sorted by location."""
        world = self.state.world
        found: list[tuple[str, Term]] = []
        for location, held in self.state.slots.items():
            is_untouched = (held.op == "base" and held.args[0] is world) or _is_garbage(held)
            if self.is_visible(location) and not is_untouched:
                seen = _untouched_if_garbage(held, location, world)
                known = self._known(location)
                untouched = seen if known is t.TRUE else content(world, location, seen)
                found.append((location, t.ite(known, seen, untouched)))
        return tuple(sorted(found, key=lambda pair: pair[0]))

    def _known(self, location: str) -> Term:
        """When code outside of the function can get at `location`, which is visible on some path."""
        return self.known_outside(location) if location.startswith("local ") else t.TRUE

    def is_visible(self, location: str) -> bool:
        """True iff code outside of the function can get at `location`, on some path."""
        if location.startswith("@"):
            return False
        return not location.startswith("local ") or root(location) in self.escaped

    def havoc(self, after: Term, rule: CallRule, label: str) -> None:
        """All that is visible is unknown from now on, but for what the callee preserves."""
        kept: dict[str, Term] = {}
        for location, width, indices in rule.preserves:
            like = t.base(location, t.world("any"), width, indices) if indices else t.const(0, width)
            held = self.state.slots.get(location)
            kept[location] = content(self.state.world, location, like) if held is None else held
        if rule.preserves:
            self.assume(f"{shown(label)}() doesn't write {rule.reason}")
        for location in [k for k in self.state.slots if self.is_visible(k)]:
            held, known = self.state.slots.pop(location), self._known(location)
            if known is not t.TRUE:
                self.state.slots[location] = t.ite(known, content(after, location, held), held)
        for location in [k for k in self.state.targets if self.is_visible(k)]:
            if self._known(location) is not t.FALSE:
                self.state.targets[location] = Lost("a call may have made it point elsewhere")
        self.state.slots.update(kept)
        self.state.slots[WORLD_SLOT] = after


def _conjuncts(condition: Term) -> tuple[Term, ...]:
    return condition.args if condition.op == "and" else () if condition is t.TRUE else (condition,)


def _extended(bits: Term, type_: CType) -> Term:
    """A bit-field's bits as a value of its type, from which they are cut again where they are stored."""
    width = width_of(type_)
    return bits if bits.sort == width else t.zero_extend(bits, width)


def _is_garbage(held: Term) -> bool:
    """True for the content of a variable that was never written: no code may depend on it (C17 6.3.2.1p2)."""
    return held.op == "var" and str(held.value).startswith("uninitialised ")


def _untouched_if_garbage(held: Term, location: str, world: Term) -> Term:
    """`held`; where it was never written on some path only, it is what `location` held in `world`."""
    done: dict[int, Term] = {}
    stack = [held]
    while stack:
        part = stack[-1]
        branches = part.args[1:] if part.op == "ite" and part.sort != t.MEMORY else ()
        waiting = [branch for branch in branches if branch.id not in done]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        if _is_garbage(part):
            done[part.id] = t.read(location, world, (), part.sort)
        elif any(done[branch.id] is not branch for branch in branches):
            done[part.id] = t.ite(part.args[0], *(done[branch.id] for branch in branches))
        else:
            done[part.id] = part
    return done[held.id]


def shown(label: str) -> str:
    """The label of a call as a reader knows it: "f@old" is the old version's f, which differs from the new one's."""
    name, _, version = label.partition("@")
    return f"the {version} version's {name}" if version else name


def _adjusted(type_: CType) -> CType:
    """A parameter's type: arrays become pointers (C17 6.7.6.3p7)."""
    return PointerTo(type_.element) if isinstance(type_, ArrayOf) else type_
