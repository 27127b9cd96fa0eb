"""An executor that steps over code that it can't look into, e.g. inline assembly or a loop without a bound.

Such a piece of code is one unknown function of all that it can see: its text, the variables that it names, and memory.
It changes memory and those variables, and has an unknown value.  So two versions agree behind it iff they ran the same
text, with the same meaning, in the same state.  That never makes a difference disappear: code whose text or meaning
differs counts as two functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, cast

from verify.errors import UnsupportedC
from verify.execution.calls import CallRule, Frame
from verify.execution.executor import Executor, Outcome, labels_inside, statements_inside
from verify.execution.expressions import Local
from verify.execution.memory import Setting, root
from verify.execution.state import (
    BLOCK_FUNCTIONS,
    CODE,
    GLOBAL,
    GOES_TO,
    OUT,
    Lost,
    Place,
    State,
    Step,
    Value,
    key_of,
    unknown_result,
)
from verify.patterns import pattern
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.convert import convert_function
from verify.syntax.ctypes import (
    BOOL,
    INT,
    POINTER_WIDTH,
    ULONG,
    VOID,
    ArrayOf,
    CType,
    FunctionOf,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    width_of,
)
from verify.syntax.lexer import KEPT, TOKEN, canonical, names_in
from verify.syntax.types import Types, name_of
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_PATIENCE = 4  # iterations that may or may not happen, before a loop is stepped over as a whole
_FEW = 2  # iterations that are followed of a loop whose end isn't known
_MOST_STATEMENTS = 800  # that are reached in callees; beyond, calls have to be stepped over
LOOP = "a loop whose end isn't known"
_WORD = pattern(r"[A-Za-z_]\w*")
_ASM = r"\b(?:asm|__asm__|__asm)\b"
_TAKEN = r"(?:^|[(,=?:;{}!~|^+\-*/%<>]|\breturn\b)\s*&(?!&)"  # the operator &
_ADDRESS = pattern(f"{_TAKEN}|{_ASM}")
_CHANGES = pattern(rf"(?<![=!<>])=(?!=)|\+\+|--|{_TAKEN}|{_ASM}")
_ASSIGNING = frozenset("= += -= *= /= %= &= |= ^= <<= >>= ++ --".split())
_LINES = pattern(r"(?<!\\)\n")
_TYPE_QUESTIONS = frozenset(("_Generic", "__builtin_types_compatible_p"))
_CLEANS = pattern(r"\b__cleanup__\b|\b(?:__cleanup|__free)\s*\(|__attribute(?:__)?\b[^;]*\bcleanup\s*\(")
_T = TypeVar("_T")


def common_type(types: Types, name: str) -> FunctionOf | None:
    """The type of a function with several definitions, if they all have one; that of memset() and the like is C's."""
    if name in BLOCK_FUNCTIONS:
        return FunctionOf(
            PointerTo(VOID), (PointerTo(VOID), INT if name == "memset" else PointerTo(VOID), ULONG), False
        )
    kinds: list[FunctionOf] = []
    for item in types.definitions.function_items(name):
        span = item.span
        try:
            function = convert_function(span.source, span.start, span.end, types.definitions.is_type)
            syntax = ast.FunctionType(function.returns, function.params, function.variadic, function.span)
            resolved = types.resolve_target(syntax, name)
        except UnsupportedC:
            return None
        if isinstance(resolved, FunctionOf):
            kinds.append(resolved)
    return kinds[0] if kinds and all(k == kinds[0] for k in kinds) else None


class TooLong(UnsupportedC):
    """There is too much to look into."""


class Reach(NamedTuple):
    """What a piece of code uses: all names, the texts of its macros, and "@version" if its meaning differs."""

    names: frozenset[str]
    bodies: str
    suffix: str


class Tolerance(NamedTuple):
    """`reach(text, locals)` tells what a text uses; `alike(name)` whether a function is the same in both versions.

    `passes(name)`: whether its calls aren't looked into, although they could be.  `unrolls`: a loop whose end isn't
    known isn't stepped over, but followed for a few iterations, which become a bound.  `quiet(name)`: whether a
    function's code shows that it changes nothing.  `differs(text)`: whether what a text uses has another meaning in the
    other version.
    """

    reach: Callable[[str, frozenset[str]], Reach]
    alike: Callable[[str], bool]
    passes: Callable[[str], bool]
    unrolls: bool
    quiet: Callable[[str], bool]
    differs: Callable[[str], bool]


class _Saved(NamedTuple):
    state: State
    depth: int
    scopes: list[dict[str, Local]]
    written: dict[str, Place]
    lengths: tuple[int, ...]
    frames: list[tuple[int, list[int], list[int], dict[str, int], dict[str, int], set[str]]]


class Tolerant(Executor):
    """`steps` is what was stepped over, by `key_of`."""

    def __init__(
        self,
        types: Types,
        setting: Setting,
        rules: dict[str, CallRule],
        opaque: frozenset[str],
        unroll: int,
        tolerance: Tolerance,
    ) -> None:
        super().__init__(types, setting, rules, opaque, unroll)
        self.patience = _FEW if tolerance.unrolls else _PATIENCE
        self.unknown_result = unknown_result
        self.untyped = rules
        self.tolerance = tolerance
        self.steps: dict[str, tuple[Step, ...]] = {}
        self.passed_over: set[str] = set()  # functions alike in both versions that weren't inlined
        self.called_by_name: set[str] = set()  # macros whose definitions aren't certain
        self.asked_only: set[str] = set()  # functions that aren't looked into and change nothing
        self._strict = 0
        self._executed = 0

    def run(self, function: ast.Function, names: tuple[str, ...]) -> Outcome:
        outcome = super().run(function, names)
        return outcome._replace(
            steps=self.steps,
            passed_over=frozenset(self.passed_over),
            called_by_name=frozenset(self.called_by_name),
            asked_only=frozenset(self.asked_only),
        )

    def statement(self, node: ast.Stmt) -> None:
        self._executed += len(self.frames) > 1
        if self._executed > _MOST_STATEMENTS:
            raise TooLong(f"more than {_MOST_STATEMENTS} statements of callees are reached", node.span)
        if isinstance(
            node, ast.Block | ast.If | ast.Switch | ast.ConfigIf | ast.Case | ast.Default | ast.Label | ast.Scoped
        ):
            if not isinstance(node, ast.If | ast.Switch):
                super().statement(node)
                return
        elif isinstance(node, ast.Break | ast.Continue | ast.Goto):
            super().statement(node)
            return
        self._attempt(lambda: super(Tolerant, self).statement(node), lambda error: self._step_statement(node, error))

    def condition(self, node: ast.Expr) -> Term:
        if isinstance(node, ast.Binary) and node.op in ("&&", "||"):
            return super().condition(node)
        return self._attempt(
            lambda: super(Tolerant, self).condition(node),
            lambda error: t.nonzero(self._step_value(node, BOOL, error)),
        )

    def declaration(self, node: ast.Declaration) -> None:
        for declarator in node.declarators:
            single = node._replace(declarators=(declarator,))
            if declarator.init is None or "static" in declarator.storage:
                super().declaration(single)
            else:
                self._attempt(
                    lambda single=single: super(Tolerant, self).declaration(single),
                    lambda error, d=declarator, single=single: self._step_declaration(single, d, error),
                )

    def return_statement(self, value: ast.Expr | None, span: Span) -> None:
        result = self.frame.result
        if value is None or result is None or not is_scalar(result.type):
            super().return_statement(value, span)
            return

        def instead(error: UnsupportedC) -> None:
            self.store(result, Value(result.type, self._step_value(value, result.type, error)), span)
            self.frame.returns.append(self.state)
            self.kill()

        self._attempt(lambda: super(Tolerant, self).return_statement(value, span), instead)

    def assign(self, node: ast.Assign) -> Value:
        if node.op != "=":
            return super().assign(node)

        def instead(error: UnsupportedC) -> Value:
            place = self.place(node.target)
            if not is_scalar(place.type) or place.bits is not None:
                raise error
            value = Value(place.type, self._step_value(node.value, place.type, error))
            self.store(place, value, node.span)
            return value

        return self._attempt(lambda: super(Tolerant, self).assign(node), instead)

    def loop(
        self, condition: ast.Expr | None, body: ast.Stmt, step: ast.Expr | None, body_first: bool, span: Span
    ) -> None:
        bounds = len(self.bounds)
        super().loop(condition, body, step, body_first, span)
        if len(self.bounds) > bounds and not self.tolerance.unrolls:
            raise UnsupportedC(LOOP, span)

    def goto_loop(self, label: ast.Label, body: tuple[ast.Stmt, ...], entries: dict[int, State] | None) -> None:
        bounds = len(self.bounds)
        super().goto_loop(label, body, entries)
        if len(self.bounds) > bounds and not self.tolerance.unrolls:
            raise UnsupportedC(LOOP, label.span)

    def is_constant(self, node: ast.Expr) -> bool:
        """What depends on the compiler is taken to be no constant; kernel code does the same for either answer."""
        try:
            return super().is_constant(node)
        except UnsupportedC:
            self.assume(f"`{node.span.text}` at {node.span.use} is no constant to the compiler (__builtin_constant_p)")
            return False

    def call(self, node: ast.Call) -> Value:
        """A call; the use of a macro whose definition isn't certain counts as one if it can't change its arguments."""
        function = node.function
        if isinstance(function, ast.Ident) and function.name not in self.rules:
            try:
                self.definitions.macro(function.name, node.span)
            except UnsupportedC:
                if any(self._is_variable(a) for a in node.arguments) or self._strict:
                    raise
                self.called_by_name.add(function.name)
                return self.effect_call(node, function.name, CallRule())
        return super().call(node)

    def parts_of(self, argument: Value, span: Span) -> list[Value]:
        """A record that is passed by value is its members, sorted by name, if they are scalars; or its bits."""
        type_, place = argument.type, argument.target
        if not isinstance(type_, RecordType) or not isinstance(place, Place):
            return super().parts_of(argument, span)
        if type_.kind == "union":
            return [self.load(leaf, span) for leaf in self.leaves(place, span)]
        names = self.types.plain_members(type_, span)
        if names is None:
            return super().parts_of(argument, span)
        return [self.load(self.member(place, name, span), span) for name in names]

    def effect_call(self, node: ast.Call, name: str, rule: CallRule, evaluated: list[Value] | None = None) -> Value:
        if name not in self.rules and name not in self.called_by_name and self.tolerance.quiet(name):
            self.asked_only.add(name)
            rule = CallRule(pure=True, known=True)
        return super().effect_call(node, name, rule, evaluated)

    def address(self, node: ast.Unary) -> Value:
        """`&name`; a name that nothing declares is that of an object which a macro declares."""
        name = node.operand.name if isinstance(node.operand, ast.Ident) else ""
        if name and not any(name in s for s in self.scopes) and not self.definitions.knows(name):
            if not self.definitions.discover(name):
                address = t.var(f"&{name}", POINTER_WIDTH)
                self.objects[str(address.value)] = 1  # at least
                return Value(PointerTo(VoidType()), address)
        return super().address(node)

    def expression_statement(self, expr: ast.Expr) -> None:
        if isinstance(expr, ast.Call) and isinstance(expr.function, ast.Ident):
            try:
                self.definitions.macro(expr.function.name, expr.span)
            except UnsupportedC:
                self.value(expr)
                return
        super().expression_statement(expr)

    def _is_variable(self, node: ast.Expr) -> bool:
        """True for what a macro could change behind its user's back, and for what is no value at all."""
        if isinstance(node, ast.Ident):
            return any(node.name in scope for scope in self.scopes)
        return isinstance(node, ast.TypeArgument | ast.BadExpr)

    def prototype(self, name: str) -> FunctionOf | None:
        """The type of a function; where it has several definitions, that of all of them."""
        try:
            found = super().prototype(name)
        except UnsupportedC:
            found = None
        return common_type(self.types, name) if found is None else found

    def try_inline(self, node: ast.Call, name: str) -> Value | None:
        if any(f.function.name == name for f in self.frames):
            return None
        strict = self.tolerance.alike(name)
        if self.tolerance.passes(name):
            self.passed_over.add(name)
            return None
        self._strict += strict
        try:
            return super().try_inline(node, name)
        finally:
            self._strict -= strict

    def _attempt(self, action: Callable[[], _T], instead: Callable[[UnsupportedC], _T]) -> _T:
        """What `action` returns; or, where it meets what isn't supported, what `instead` does in the state before."""
        if self._strict or not self.frames or self.state.dead:
            return action()
        saved = self._save()
        try:
            return action()
        except UnsupportedC as error:
            if "calls itself" in error.message or isinstance(error, TooLong):
                raise
            self._restore(saved)
            return instead(error)

    def _save(self) -> _Saved:
        return _Saved(
            self.state.fork(t.TRUE),
            self._depth,
            [dict(scope) for scope in self.scopes],
            dict(self.written),
            (len(self.hazards), len(self.events), len(self.stopped), len(self.bounds), len(self.made)),
            [
                (
                    len(f.returns), list(map(len, f.breaks)), list(map(len, f.continues)),
                    {k: len(v) for k, v in f.gotos.items()}, {k: len(v) for k, v in f.loops.items()}, set(f.passed),
                )
                for f in self.frames
            ],
        )  # fmt: skip

    def _restore(self, saved: _Saved) -> None:
        self.state, self._depth, self.scopes, self.written = saved.state, saved.depth, saved.scopes, saved.written
        logs = (self.hazards, self.events, self.stopped, self.bounds, self.made)
        for found, length in zip(logs, saved.lengths, strict=True):
            del found[length:]
        del self.frames[len(saved.frames) :]
        for frame, was in zip(self.frames, saved.frames, strict=True):
            _cut(frame, *was)

    def _step_statement(self, node: ast.Stmt, error: UnsupportedC) -> None:
        if labels_inside(node):
            raise error
        loops = isinstance(node, ast.While | ast.For | ast.ForEach)
        for inner in node.declarators if isinstance(node, ast.Declaration) else ():
            if inner.name:
                raise error
        after = self._step(node, None, error, loops, isinstance(node, ast.Switch))
        result = self.frame.result
        step = self.steps[key_of(node)][-1]
        if step.returns:
            leaves = t.eq(t.read("returns", after, (), 1), t.const(1, 1))
            left = self.state.fork(leaves)
            here, self.state = self.state, left
            if result is not None:
                self.store(result, Value(result.type, t.read("returned", after, (), width_of(result.type))), node.span)
            self.frame.returns.append(self.state)
            self.state = here.fork(t.not_(leaves))
        for label in step.gotos:
            leaves = t.eq(t.read(f"{GOES_TO}{label}", after, (), 1), t.const(1, 1))
            here = self.state
            self.state = here.fork(leaves)
            super().statement(ast.Goto(label, node.span))
            self.state = here.fork(t.not_(leaves))

    def _step_value(self, node: ast.Expr, type_: CType, error: UnsupportedC) -> Term:
        """The unknown value of an expression that is converted to `type_`."""
        after = self._step(node, type_, error, False, False)
        return t.read("result", after, (), width_of(type_))

    def _step_declaration(self, node: ast.Declaration, declarator: ast.Declarator, error: UnsupportedC) -> None:
        """A variable whose initialiser isn't looked into."""
        assert declarator.init is not None
        super().declaration(node._replace(declarators=(declarator._replace(init=None),)))
        local = self.scopes[-1].get(declarator.name)
        if local is None:
            raise error
        if not is_scalar(local.type):
            for location in [k for k in self.state.slots if root(k) == local.location]:
                del self.state.slots[location]
            self._expose(local)
            self._step(
                declarator.init, VoidType(), error, False, False, _by_places(self.types, local.type, declarator.init)
            )
            return
        value = Value(local.type, self._step_value(declarator.init, local.type, error))
        self.store(Place(local.location, (), local.type, True, None), value, declarator.span)

    def _step(
        self,
        node: ast.Expr | ast.Stmt,
        type_: CType | None,
        error: UnsupportedC,
        loop: bool,
        switch: bool,
        given: str = "",
    ) -> Term:
        """The world behind `node`; raises `error` where it may be left by a jump.  `given`: what it says by places."""
        text = canonical(node.span.text)
        variables = frozenset(name for scope in self.scopes for name in scope)
        reach = self.tolerance.reach(text, variables)
        code = f"{text}\n{reach.bodies}"
        words = frozenset(_WORD.findall(code))
        own = frozenset(_WORD.findall(text))
        if not own.isdisjoint(_TYPE_QUESTIONS):
            raise error  # what it does may hang on qualifiers, which types here don't have
        returns = "return" in own
        left_for = () if type_ is not None else _gotos(cast("ast.Stmt", node), text)
        jumps: set[str] = set() if left_for else {"goto"}
        if not loop:
            jumps.update(("continue",) if switch else ("continue", "break", "case", "default"))
        result = self.frame.result
        if "goto" in words - own or own & jumps or (returns and type_ is not None) or "return" in words - own:
            raise error
        if not loop and words - own & jumps and _leaves(reach.bodies, switch):
            raise error
        if returns and result is not None and not is_scalar(result.type):
            raise error
        if _CLEANS.search(code) and isinstance(node, ast.Expr | ast.ExprStmt | ast.Declaration):
            raise error  # it may declare what is cleaned up much later
        inputs: list[str] = []
        outputs: list[tuple[str, Local]] = []
        exposed: list[str] = []
        signature: list[str] = [f"in order: {given}"] if given else []
        terms: list[Term] = []
        changes = _CHANGES.search(reach.bodies) is not None
        exposes = _ADDRESS.search(code) is not None
        in_assembly = re.search(_ASM, code) is not None
        suffix = reach.suffix
        only_set = self._only_set(node, text, reach.bodies)
        for name in sorted(reach.names):
            local = next((s[name] for s in reversed(self.scopes) if name in s), None)
            if local is None:
                continue
            where = f" at {local.at.location}" if local.at is not None and local.at.location.startswith(GLOBAL) else ""
            described = self._described(local.type)
            if described and not suffix and self.tolerance.differs(described):
                suffix = f"@{self.setting.version}"
            signature.append(f"{name}: {local.type}{where}{described}")
            if in_assembly and re.search(rf"\b{name}\b(?! (?:\.|->|\[))", text):
                self._show(local.type)
            if local.at is not None:
                continue
            if not is_scalar(local.type):
                self._expose(local)
                exposed.append(name)
                continue
            held = self.state.slots.get(local.location)
            if held is not None and name != only_set:
                inputs.append(name)
                terms.append(held)
                target = self.state.targets.get(local.location)
                self.let_escape(Value(local.type, held, target))
            if exposes:
                self._expose(local)
                exposed.append(name)
            if changes or (name in changed_names(text) if name in own else _CHANGES.search(text)):
                outputs.append((name, local))
        kind = "" if type_ is None else f" as {type_}"
        returned = f" returns {result.type}" if returns and result is not None else ""
        label = f"{CODE}{text}\0{', '.join(signature)}{kind}{returned}{suffix}"
        before = self.state.world
        after = t.step(label, before, tuple(terms), self.dirty())
        self.havoc(after, CallRule(), label)
        for name, local in outputs:
            width = width_of(local.type)
            self.state.slots[local.location] = t.read(f"{OUT}{name}", after, (), width)
            if isinstance(self.state.targets.pop(local.location, None), Place | Lost):
                self.state.targets[local.location] = Lost("code that isn't looked into may have changed it")
        valued = type_ is not None and is_scalar(type_)
        answer = (t.read("result", after, (), width_of(type_)),) if type_ is not None and valued else ()
        self.event("call", label, (*terms, *answer), node.span, after, valued)
        names = tuple(name for name, _ in outputs)
        step = Step(label, error, tuple(inputs), names, tuple(exposed), type_, returns, left_for, node.span)
        others = (s for s in self.steps.get(key_of(node), ()) if (s.inputs, s.label) != (step.inputs, label))
        self.steps[key_of(node)] = (*others, step)
        return after

    def _only_set(self, node: ast.Expr | ast.Stmt, text: str, bodies: str) -> str:
        """The variable that the assignment `node` sets without asking what it held; "" if there is none."""
        match node:
            case ast.ExprStmt(expr=ast.Assign(op="=", target=ast.Ident(name=name))):
                local = next((scope[name] for scope in reversed(self.scopes) if name in scope), None)
                known = local is None or root(local.location) in self.address_taken
                made = "##" in bodies  # which may be the name, without a word that tells
                return "" if known or made or _WORD.findall(f"{text}\n{bodies}").count(name) != 1 else name
            case _:
                return ""

    def _show(self, type_: CType) -> None:
        """Notes that the bytes of the record that a variable of this type is, or points at, are open to assembly."""
        while isinstance(type_, PointerTo | ArrayOf):
            type_ = type_.target if isinstance(type_, PointerTo) else type_.element
        if isinstance(type_, RecordType) and type_.kind != "unknown":
            self.shown.setdefault(type_)

    def _described(self, type_: CType) -> str:
        """The text of the record behind a variable's type, if nothing outside of the function tells which it is.

        Others are looked for, so that their members can be compared.
        """
        while isinstance(type_, PointerTo | ArrayOf):
            type_ = type_.target if isinstance(type_, PointerTo) else type_.element
        if not isinstance(type_, RecordType):
            return ""
        key, files_of = f"{type_.kind} {type_.key}", self.definitions.files_of
        if self.definitions.discover(key) or any(key in file.tags for file in files_of(key)):
            return ""
        if any(type_.key in file.typedefs for file in files_of(type_.key)):
            return ""
        try:
            return f" {canonical(self.types.record(type_).text)}"
        except UnsupportedC:
            return ""  # nothing can be done with what it holds

    def _expose(self, local: Local) -> None:
        """From here on, code that isn't looked into may know this variable's address."""
        location = root(local.location)
        self.address_taken.setdefault(location)
        place = Place(location, (), local.type, True, None)
        self.let_escape(Value(PointerTo(local.type), None, place))


def _gotos(node: ast.Stmt, text: str) -> tuple[str, ...]:
    """The labels that the gotos in `node` name; none if these aren't all that its text has."""
    found = [s.label for s in statements_inside(node) if isinstance(s, ast.Goto)]
    return tuple(dict.fromkeys(found)) if len(found) == _WORD.findall(text).count("goto") else ()


@lru_cache(maxsize=KEPT)
def changed_names(text: str) -> frozenset[str]:
    """The names in a `canonical` text that it may change themselves, if they are variables'."""
    if re.search(_ASM, text) or "__builtin_choose_expr" in text:  # which may stand for a variable
        return names_in(text)
    found: set[str] = set()
    tokens = text.split(" ")
    before = last = ""  # the token in front but for `(`, and that but for `)`
    for token in tokens:
        if before in ("++", "--", "&"):
            found.add(token)
        if token in _ASSIGNING:
            found.add(last)
        before = before if token == "(" else token
        last = last if token == ")" else token
    return names_in(text) & found


def _leaves(bodies: str, in_switch: bool) -> bool:
    """True unless each `break`, `continue` and label in macros' bodies belongs to a loop or switch in the same body.

    `in_switch`: only `continue` matters, as the uses stand in a switch.
    """
    return any(_leaves_body(body, in_switch) for body in _LINES.split(bodies))


def _leaves_body(body: str, in_switch: bool) -> bool:
    around: list[tuple[str, int]] = []  # for each brace that is open, whose it is, and how many parentheses are
    head, parentheses = "", 0  # the loop or switch whose body comes next
    for token in TOKEN.finditer(body):
        word = token.group()
        if word in ("for", "while", "do", "switch"):
            head = "switch" if word == "switch" else "loop"
        elif word == "{":
            around.append((head, parentheses))
            head, parentheses = "", 0
        elif word == "}" and around:
            _, parentheses = around.pop()
            head = ""
        elif word in ("(", ")"):
            parentheses += 1 if word == "(" else -1
        elif word == ";" and not parentheses:
            head = ""
        elif word == "continue" or (word in ("break", "case", "default") and not in_switch):
            owners = {head, *(owner for owner, _ in around)}
            if "loop" not in owners and (word == "continue" or "switch" not in owners):
                return True
    return False


def _cut(
    frame: Frame,
    returns: int,
    breaks: list[int],
    continues: list[int],
    gotos: dict[str, int],
    loops: dict[str, int],
    passed: set[str],
) -> None:
    del frame.returns[returns:]
    for lists, lengths in ((frame.breaks, breaks), (frame.continues, continues)):
        del lists[len(lengths) :]
        for one, length in zip(lists, lengths, strict=True):
            del one[length:]
    for jumps, known in ((frame.gotos, gotos), (frame.loops, loops)):
        for label in list(jumps):
            if label in known:
                del jumps[label][known[label] :]
            else:
                del jumps[label]
    frame.passed = passed


def _by_places(types: Types, type_: CType, init: ast.Expr) -> str:
    """The members that an initialiser gives values to by their places alone (C17 6.7.9p17), in order."""
    if isinstance(type_, ArrayOf):
        if not isinstance(init, ast.InitList):
            return ""
        return " ".join(filter(None, (_by_places(types, type_.element, value) for _, value in init.items)))
    if not isinstance(type_, RecordType):
        return ""
    try:
        record = types.record(type_)
        names = [name_of(record, i) for i in range(len(record.members))]
        members = [types.member_type(record, i) for i in range(len(names))]
    except UnsupportedC:
        return ""
    if not isinstance(init, ast.InitList):
        return " ".join(names)  # braces may be left out (C17 6.7.9p20)
    found: list[str] = []
    position = 0
    for designators, value in init.items:
        if designators and designators[0] in names:
            position = names.index(str(designators[0]))
        elif position < len(names):
            found.append(names[position])
        if position < len(names):
            found.append(_by_places(types, members[position], value))
        position += 1
    return " ".join(filter(None, found))
