"""The concrete interpreter: runs one entry function on numbers, to check the symbolic executor's counterexamples.

It takes the same syntax tree, but shares no code with the executor, and computes in Python integers.  What lies
outside of the code (memory as found, what calls return) an `Oracle` answers.  Raises `NotReplayable` for what it can't
follow and lets the syntax stage's `UnsupportedC` through; undefined behaviour ends up in `Machine.problem`, not in an
exception.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

from verify.errors import UnsupportedC
from verify.execution.callbacks import NO_CALLBACKS, callbacks, either_called, is_replaced, stands_for
from verify.execution.concrete_bits import CHECKED, computed, types_of
from verify.execution.concrete_blocks import BlockCalls
from verify.execution.concrete_memory import Held
from verify.execution.concrete_statements import Broken, Continued, Jumped, Returned, Stopped
from verify.execution.concrete_types import BUILTIN_PREFIX, Elsewhere, Special, Variable
from verify.execution.concrete_values import (
    CallMade,
    ConcreteRule,
    Local,
    NotReplayable,
    Oracle,
    Place,
    Value,
    promoted_type,
    to_bits,
    to_integer,
    wrap,
)
from verify.execution.state import RETURNED, Site, Step, site_of
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import (
    BOOL,
    INT,
    LONG,
    ULONG,
    VOID,
    CType,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    decayed,
    is_scalar,
    width_of,
)
from verify.syntax.types import Types
from verify.terms.worlds import POINTER_CALL

_DEEPEST_CALL = 100
_RECURSION_LIMIT = 100_000  # Python's frames are on the heap


Recall = Callable[[str, tuple[int, ...], ConcreteRule], int | None]


class Machine(BlockCalls):
    """One run of one version.

    After `run`: `result` (unsigned bits; None for void, and if BUG() was reached) and `result_type`; the `calls` with
    an effect and, parallel to them, what each callee could see of the memory written (`seen`); `questions` are calls
    without an effect, with the epoch and what was visible in `views`; `inlined` the functions entered; `warnings`,
    `stopped`, `stores`, `memory`, and `problem`, the first undefined behaviour that was met.

    `recall` answers questions that are asked while `looking`, with None if it can't.
    """

    def __init__(
        self,
        types: Types,
        oracle: Oracle,
        rules: Mapping[str, ConcreteRule],
        opaque: frozenset[str],
        unroll: int = 10_000,
        version: str = "new",
        variant: Callable[[str, str], str] = lambda kind, name: "",
    ) -> None:
        super().__init__(types, oracle, rules, version, variant)
        self.opaque = opaque
        self.unroll = unroll
        self.function: ast.Function | None = None
        self.result: int | None = None
        self.result_type: CType = VOID
        self.calls: list[CallMade] = []
        self.seen: list[dict[str, Held]] = []
        self.questions: list[CallMade] = []
        self.views: list[tuple[int, dict[str, Held]]] = []
        self.recall: Recall = self._own_answer
        # What a call returns whose type isn't known, by its label; None: refused if used.
        self.unknown_result: Callable[[str], CType] | None = None
        self.untyped: frozenset[str] = frozenset()  # what takes numbers of any width, where code is stepped over
        self.steps: Mapping[str, tuple[Step, ...]] = {}  # taken over code that isn't looked into (`stepping`)
        self.inlined: list[str] = []
        self.warnings: list[str] = []
        self.stopped = False
        self._inputs: list[Value] = []
        self._entry: dict[str, Variable] = {}
        self._looking = 0
        # The functions that each active call's parameters stand for.
        self._callbacks: list[Mapping[str, str]] = [NO_CALLBACKS]
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))

    def bind(self, function: ast.Function, names: tuple[str, ...]) -> None:
        """Takes the parameters' values on entry; `names` are the inputs' names, by position."""
        self.function = function
        self.result_type = self.types.resolve(function.returns, "")
        self._inputs = []
        for position, (param, name) in enumerate(zip(function.params, names, strict=True)):
            type_ = decayed(self.types.resolve(param.type, ""))
            if not is_scalar(type_):
                raise NotReplayable(f"a parameter of type `{type_}` at {param.span}")
            value = value_of_bits(type_, self.oracle.parameter(position, name, width_of(type_)))
            self._inputs.append(value)
            for known in {name, param.name or name}:
                location = f"local entry {known}"
                place = Place(Local(location, type_), location, (), type_, 0)
                self.store(place, value, param.span)
                self._entry[known] = Variable(type_, place)

    def run(self, function: ast.Function, names: tuple[str, ...]) -> None:
        """Runs `function` from its entry to its end; the results are attributes."""
        self.bind(function, names)
        try:
            value = self._enter(function, list(self._inputs), function.span, "@result", names)
        except Stopped:
            self.stopped = True
            return
        if is_scalar(value.type):
            self.result = self.number(value)

    @contextmanager
    def looking(self, special: Special | None = None) -> Generator[None]:
        """Lets expressions be evaluated over the parameters' values on entry and the memory as it is now.

        `special` gives a meaning to what only a claim knows.  Whatever is evaluated leaves no trace.
        """
        saved = dict(self.__dict__)
        self.memory = {location: dict(cells) for location, cells in self.memory.items()}
        self.epochs, self.escaped, self.stores = dict(self.epochs), list(self.escaped), list(self.stores)
        self.warnings, self.questions, self.inlined = list(self.warnings), list(self.questions), list(self.inlined)
        self.scopes, self.active, self.special, self.problem = [self._entry], [], special, None
        self._callbacks = [NO_CALLBACKS]
        self._looking += 1
        try:
            yield
            if self.problem is not None:
                raise NotReplayable(f"an expression that is asked about is undefined: {self.problem}")
        except Stopped:
            raise NotReplayable("an expression that is asked about reaches BUG()") from None
        finally:
            self.__dict__.update(saved)

    def value_at_end(self, expr: ast.Expr) -> tuple[int, CType]:
        """The value of a scalar expression over the parameters on entry and memory as it is now, as unsigned bits."""
        with self.looking():
            value = self.value(expr)
            self.check_scalar(value, expr.span)
            return self.number(value), value.type

    def _checked(self, node: ast.Call, compute: Callable[[int, int], int]) -> Value:
        """One of gcc's "Integer Overflow Builtins"."""
        one, other, pointer = map(self.value, node.arguments)
        exact = compute(self.integer(one, node.span)[0], self.integer(other, node.span)[0])
        type_ = pointer.type.target if isinstance(pointer.type, PointerTo) else None
        if not isinstance(type_, IntType) or type_ == BOOL:
            raise NotReplayable(f"where the result is stored isn't known to be an integer at {node.span}")
        kept = self.convert(Value(type_, to_integer(exact, type_)), type_, node.span)
        self.store(self.deref(pointer, node.span), kept, node.span)
        return Value(BOOL, int(kept.number != exact))

    def place_at_end(self, expr: ast.Expr) -> Place:
        """Where the lvalue `expr` lies, over the parameters on entry and memory as it is now."""
        with self.looking():
            return self.place(expr)

    def call(self, node: ast.Call) -> Value:
        """A call that isn't the use of a macro."""
        function = self.definitions.callee(node)
        if isinstance(function, ast.Conditional):
            return self.value(either_called(node, function))
        if isinstance(function, ast.Generic):
            return self.call(node._replace(function=self.chosen(function)))
        if not isinstance(function, ast.Ident):
            return self._indirect(node, self.value(function))
        name = function.name
        if name.startswith(BUILTIN_PREFIX):
            return self._builtin(node, name)
        rule = self.rules.get(name)
        if rule is None and (self.variable(name) is not None or self._is_variable(function)):
            pointer = self.value(function)
            passed = stands_for(name, self._callbacks[-1], self._is_local)
            if passed and pointer.number == self.function_address(passed):
                return self.call(node._replace(function=function._replace(name=passed)))
            return self._indirect(node, pointer)
        if rule is not None and rule.silent:
            for argument in node.arguments:
                if not isinstance(argument, ast.BadExpr | ast.TypeArgument | ast.String):
                    self.value(argument)
            return Value(VOID, note=f"the result of {name}(), which is assumed to do nothing")
        bits = types_of(name) if rule is None and len(node.arguments) == 1 else None
        if bits is not None:
            argument = self.convert(self.value(node.arguments[0]), bits[0], node.span)
            found, trouble = computed(name, argument.number, bits[0].width)
            if trouble:
                self.trouble(trouble, node.span)
            return Value(bits[1], found)
        if name in CHECKED and rule is None and len(node.arguments) == 3:
            return self._checked(node, CHECKED[name])
        if self.is_block_call(node, name):
            self.inlined.append(name)
            return self.block_call(node, name)
        body = self._body(name)
        if body is not None:
            return self._inline(node, body)
        known = self.prototype(name)
        values = self._argument_values(node, None if known is None else known.params, known is None or known.variadic)
        label = f"{name}{self.variant('function', name)}"
        returns = None if known is None else known.returns
        result = self._outside_call(node, label, values, returns, rule or ConcreteRule())
        if self.definitions.never_returns(name):
            raise Stopped
        return result

    def _is_local(self, name: str) -> bool:
        return self.variable(name) is not None

    def _names_function(self, name: str) -> bool:
        return not is_replaced(self.definitions, name) and self.is_function(name)

    def _is_variable(self, node: ast.Ident) -> bool:
        return self.definitions.is_variable(node.name) and self.file_scope(node.name, node.span) is not None

    def _body(self, name: str) -> ast.Function | None:
        """The definition of the function `name` if its calls are inlined."""
        if name in self.opaque or name in self.rules or self.definitions.is_weak(name):
            return None
        try:
            function = self.definitions.function(name)
        except UnsupportedC:
            return None
        if function is None or function.variadic or (function.condition and not self.compiled(function.condition)):
            return None
        return function

    def _builtin(self, node: ast.Call, name: str) -> Value:
        argument = node.arguments[0] if node.arguments else None
        if name == "__verify_warn":
            for other in node.arguments[1:]:
                if self.definitions.has_effect(other):
                    self.value(other)
            self.warnings.append(node.arguments_text[0].strip('"'))
        elif name == "__verify_bug":
            raise Stopped
        elif name == "__verify_config" and isinstance(argument, ast.Ident):
            return Value(INT, int(self.config(argument.name)))
        elif name == "__verify_constant" and argument is not None:
            return Value(INT, int(self.types.is_constant(argument, {n for scope in self.scopes for n in scope})))
        else:
            raise UnsupportedC(f"`{name}` isn't known", node.span)
        return Value(VOID)

    def _argument_values(self, node: ast.Call, params: tuple[CType, ...] | None, variadic: bool) -> list[Value]:
        """The arguments, converted as C17 6.5.2.2p6 and p7 say."""
        values = [self.value(argument) for argument in node.arguments]
        types = () if params is None else tuple(map(decayed, params))
        if len(values) < len(types) or (len(values) > len(types) and not variadic):
            raise NotReplayable(f"{len(values)} arguments where {len(types)} are meant at {node.span}")
        converted = [self.convert(v, t, node.span) for v, t in zip(values, types, strict=False)]
        return converted + [self._default_promoted(v, params is None) for v in values[len(types) :]]

    def _default_promoted(self, value: Value, widened: bool) -> Value:
        """The argument as C17 6.5.2.2p6 says; `widened`: as a number of 64 bits, as nothing declares what is called."""
        if not isinstance(value.type, IntType) or value.type.signed is None or value.note:
            return value
        type_ = promoted_type(value.type, value.bits)
        if widened:
            type_ = LONG if type_.signed else ULONG
        return Value(type_, to_integer(value.number, type_), value.to)

    def _inline(self, node: ast.Call, function: ast.Function) -> Value:
        params = tuple(self.types.resolve(p.type, "") for p in function.params)
        values = self._argument_values(node, params, False)
        if len(self.active) > _DEEPEST_CALL:
            raise NotReplayable(f"calls are nested too deeply at {node.span}")
        self.inlined.append(function.name)
        site = (*(self.sites[-1] if self.sites else ()), site_of(node.span))
        self._callbacks.append(callbacks(function, node, self._callbacks[-1], self._is_local, self._names_function))
        try:
            return self._enter(function, values, node.span, f"local {function.name}()", (), site)
        finally:
            self._callbacks.pop()

    def _enter(
        self,
        function: ast.Function,
        values: list[Value],
        span: Span,
        result: str,
        names: tuple[str, ...],
        site: Site = (),
    ) -> Value:
        """Executes a body; `result` names the object that the value is returned in."""
        self.sites.append(site)
        try:
            return self._execute(function, values, span, result, names)
        finally:
            self.sites.pop()

    def _execute(
        self, function: ast.Function, values: list[Value], span: Span, result: str, names: tuple[str, ...]
    ) -> Value:
        scope: dict[str, Variable] = {}
        for position, (param, value) in enumerate(zip(function.params, values, strict=True)):
            name = param.name or (names[position] if names else "unnamed")
            place = self.fresh(name, value.type, param.span)
            self.store(place, value, param.span)
            if param.name:
                scope[param.name] = Variable(value.type, place)
        returns = self.types.resolve(function.returns, "")
        place = None if isinstance(returns, VoidType) else Place(Local(result, returns), result, (), returns, 0)
        outer = self.scopes, self.returns_to
        self.scopes, self.returns_to = [scope], place
        self.active.append(function)
        try:
            self.items(function.body.items)
        except Returned:
            pass
        except (Broken, Continued, Jumped) as left:
            raise NotReplayable(f"`{function.name}` is left by a {type(left).__name__.lower()} jump") from None
        finally:
            self.active.pop()
            self.scopes, self.returns_to = outer
        if place is None:
            return Value(VOID)
        owner = place.owner
        if is_scalar(returns) and result != "@result" and owner is not None and not owner.cells:
            # Undefined only if the caller uses it: C17 6.9.1p12.
            return Value(returns, note=f"{function.name}() ended without a return")
        return self.load(place, span)

    def _indirect(self, node: ast.Call, callee: Value) -> Value:
        """A call through a pointer: what it points at isn't known."""
        type_ = self.function_type(callee.type, node.span)
        values = self._argument_values(node, type_.params, type_.variadic)
        return self._outside_call(
            node, POINTER_CALL, [callee._replace(to=None), *values], type_.returns, ConcreteRule()
        )

    def _outside_call(
        self, node: ast.Call, label: str, values: list[Value], returns: CType | None, rule: ConcreteRule
    ) -> Value:
        """A call that isn't inlined: it sees the arguments and memory and, if it has an effect, changes memory."""
        values = [part for value in values for part in self._parts_of(value, node.span)]
        for value in values:
            self.check_scalar(value, node.span)
            self.escape(value.to)
        arguments = tuple(self.number(value) for value in values)
        effect = not (rule.pure or rule.constant)
        if returns is None and self.unknown_result is not None:
            returns = self.unknown_result(label)
        width = width_of(returns) if returns is not None and is_scalar(returns) else None
        if self._looking:
            recalled = None if effect else self.recall(label, arguments, rule)
            if recalled is None:
                raise NotReplayable(f"the claim itself calls {label}() at {node.span}")
            number = recalled
        else:
            seen = {} if rule.constant else self.visible()
            number = self.oracle.answer(label, arguments, effect, width)
            widths = tuple(width_of(value.type) for value in values)
            made = CallMade(label, arguments, None if width is None else to_bits(number, width), widths)
            if effect:
                self.calls.append(made)
                self.seen.append(seen)
                self.forget(rule.preserves)
            else:
                self.questions.append(made)
                self.views.append((self.epoch, seen))
        if returns is None:
            return Value(VOID, note=f"the type that {label}() returns isn't known")
        if isinstance(returns, RecordType):
            return self.returned_record(returns, label, effect and not self._looking, node.span)
        return Value(VOID) if width is None else value_of_bits(returns, number)

    def returned_record(self, type_: RecordType, label: str, known: bool, span: Span) -> Value:
        """A record of scalars that the last call returned, member by member as the oracle has them."""
        names = self.types.plain_members(type_, span) if known else None
        if names is None:
            return Value(VOID, note=f"the record that {label}() returns isn't known")
        place = self.fresh("returned", type_, span)
        for name in names:
            member = self.member(place, name, span)
            width = member.bits or width_of(member.type)
            number = self.oracle.read(self.epoch, f"{RETURNED}{name}", (), width)
            self.store(member, value_of_bits(member.type, number), span)
        return Value(type_, 0, place)

    def _parts_of(self, argument: Value, span: Span) -> list[Value]:
        """What the outside gets as an argument: of a record its members, sorted by name, of a union its bits."""
        type_, place = argument.type, argument.to
        if not isinstance(type_, RecordType) or not isinstance(place, Place):
            return [argument]
        if type_.kind == "union":
            return [self.load(leaf, span) for leaf in self.leaves(place, span)]
        names = self.types.plain_members(type_, span)
        if names is None:
            raise NotReplayable(f"a `{type_}` is passed by value at {span}")
        return [self.load(self.member(place, name, span), span) for name in names]

    def _own_answer(self, label: str, arguments: tuple[int, ...], rule: ConcreteRule) -> int | None:
        """What the code was answered to the same question, if that depends on the arguments alone."""
        asked = (made for made in self.questions if rule.constant and made[:2] == (label, arguments))
        return next((made.result for made in asked), None)


def value_of_bits(type_: CType, number: int) -> Value:
    """A scalar of `type_` from its unsigned bits."""
    if isinstance(type_, PointerTo) or type_ == BOOL:
        return Value(type_, to_bits(number, width_of(type_)))
    return Value(type_, wrap(number, type_))


__all__ = ["CallMade", "ConcreteRule", "Elsewhere", "Machine", "NotReplayable", "Oracle", "Value", "value_of_bits"]
