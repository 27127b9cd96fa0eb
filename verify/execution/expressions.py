"""The value and the side effects of C expressions (C17 6.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from verify.errors import UnsupportedC
from verify.execution.memory import OWN_NAME, STRING, Setting, as_index, root
from verify.execution.operators import Operators, sign_unknown
from verify.execution.state import (
    FROM_LEFT,
    GLOBAL,
    Label,
    Lost,
    Place,
    State,
    Value,
    merge,
)
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.conditions import builtin_symbol, comparison_truth, symbol_truth, symbols_of_test
from verify.syntax.ctypes import (
    CHAR,
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
    decayed,
    is_scalar,
    literal_type,
    width_of,
)
from verify.syntax.tables import constant_elements, counted, is_constant
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term
from verify.terms.worlds import address_of

_NO_SIZE = "the size of a string isn't read from its text"
_DEEPEST = 400  # nested expressions and expansions; beyond is a macro that expands for ever


class Local:
    """A declared name: its slot and its type; `at` is where another object is meant (a static, an inlined argument)."""

    __slots__ = ("at", "location", "type")

    def __init__(self, location: str, type_: CType, at: Place | None = None) -> None:
        self.location = location
        self.type = type_
        self.at = at


class Expressions(Operators):
    """Evaluates expressions in the current state and scope."""

    def __init__(self, types: Types, setting: Setting, state: State) -> None:
        super().__init__(types, setting, state)
        self.scopes: list[dict[str, Local]] = [{}]
        self.conditions: dict[int, Label | Span] = {}  # where each condition's term comes from
        self._depth = 0

    def call(self, node: ast.Call) -> Value:
        raise NotImplementedError

    def block_value(self, block: ast.Block) -> Value:
        raise NotImplementedError

    def compound_literal(self, type_syntax: ast.TypeSyntax, init: ast.InitList, span: Span) -> Place:
        raise NotImplementedError

    def special_name(self, node: ast.Ident) -> Value | None:
        """A name that only the caller of this class knows, e.g. one of a spec."""
        del node
        return None

    def value(self, node: ast.Expr) -> Value:
        """The rvalue of an expression."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise UnsupportedC("this expression is nested too deeply", node.span)
            return _VALUES[type(node)](self, node)
        finally:
            self._depth -= 1

    def condition(self, node: ast.Expr) -> Term:
        """The truth of an expression as a Boolean term."""
        found = self.truth(self.value(node), node.span)
        if not isinstance(node, ast.Binary) or node.op not in ("&&", "||"):
            self.conditions.setdefault(found.id, node.span)
        return found

    def number(self, node: ast.Number) -> Value:
        type_ = literal_type(node.value, node.suffix, node.decimal)
        if type_ is None:
            raise UnsupportedC("this literal fits no type", node.span)
        return Value(type_, t.const(node.value, type_.width))

    def character(self, node: ast.Character) -> Value:
        if node.value > 127:
            raise UnsupportedC(sign_unknown(CHAR), node.span)
        return Value(INT, t.const(node.value, INT.width))

    def string(self, node: ast.String) -> Value:
        return self._literal(f"{STRING}{self.definitions.string_text(node)}")

    def _literal(self, name: str) -> Value:
        address = t.var(name, POINTER_WIDTH)
        self.objects[str(address.value)] = 1  # at least the null character
        return Value(PointerTo(CHAR), address)

    def ident(self, node: ast.Ident) -> Value:
        special = self.special_name(node)
        if special is not None:
            return special
        expanded = self.definitions.expand_name(node)
        if expanded is not None:
            return self.value(expanded)
        place = self.named_place(node)
        if place is not None:
            constant = self.constant_object(node.name, place)
            return constant if constant is not None else self.load(place, node.span)
        constant_value = self.types.enumerator(node.name, node.span)
        if constant_value is not None:
            return Value(INT, t.const(constant_value, INT.width))
        if not self.definitions.knows(node.name) and self.definitions.finds(node.name):
            return self.ident(node)
        if self.definitions.function_items(node.name) or self.prototype(node.name) is not None:
            type_ = self.prototype(node.name) or FunctionOf(VOID, (), False)
            address = self.function_address(node.name)
            self.addresses.add(node.name)
            if self.definitions.function(node.name) is not None:  # one that is only declared may be weak, and missing
                self.objects[str(address.value)] = 1
            return Value(PointerTo(type_), address)
        if node.name in ast.OWN_NAMES:
            return self._literal(OWN_NAME)
        raise UnsupportedC(f"`{node.name}` isn't known", node.span, self._name_hint(node.name))

    def function_address(self, name: str) -> Term:
        return address_of(f"{name}{self.setting.variant('function', name)}")

    def _name_hint(self, name: str) -> Callable[[], str]:
        known = {n for scope in self.scopes for n in scope}

        def hint() -> str:
            import difflib

            for index in self.definitions.files:
                known.update(index.macros, index.globals, index.enumerators)
            close = difflib.get_close_matches(name, sorted(known), 3)
            if close:
                return f"Did you mean {' or '.join(f'`{c}`' for c in close)}?"
            return "Name the header that defines it."

        return hint

    def named_place(self, node: ast.Ident) -> Place | None:
        """The place of a variable, or None if `node` names none."""
        for scope in reversed(self.scopes):
            local = scope.get(node.name)
            if local is not None:
                return local.at or Place(local.location, (), local.type, True, None)
        return self.global_place(node.name, node.span)

    def global_place(self, name: str, span: Span) -> Place | None:
        """The place of a variable of file scope; both versions share it iff its definition is the same."""
        for declarator in self.definitions.declaration("globals", name, span) or ():
            if declarator.name == name and not isinstance(declarator.type, ast.FunctionType):
                type_ = counted(self.types, self.types.resolve(declarator.type, name), declarator)
                if isinstance(type_, FunctionOf):
                    continue  # by a typedef
                suffix = self.setting.variant("global", name)
                self.note_first_value(name, suffix)
                address = t.var(f"&{name}{suffix}", POINTER_WIDTH)
                if "extern" not in declarator.storage:
                    self.note_object(address, type_)
                if isinstance(type_, RecordType):
                    return Place(type_.key, (address,), type_, False, address)
                place = Place(f"{GLOBAL}{name}{suffix}", (), type_, False, address)
                self.read_table(place, declarator)
                return place
        return None

    def note_first_value(self, name: str, suffix: str) -> None:
        """Names what is assumed of a variable that is one in both versions (no `suffix`) and begins otherwise there."""
        if not suffix and self.setting.paired and self.setting.variant("first value", name):
            self.assume(f"`{name}` holds the same in both versions at the call, although its first value differs")

    def read_table(self, place: Place, declarator: ast.Declarator) -> None:
        """Notes what a `const` array of integers of file scope holds, if its initialiser says it plainly."""
        if place.location in self.tables or not isinstance(place.type, ArrayOf):
            return
        numbers = constant_elements(self.types, place.type, declarator)
        element = place.type.element
        if numbers is not None:
            width = width_of(element)
            memory = t.base(place.location, t.world("any"), width, (POINTER_WIDTH,))
            for index, number in numbers.items():
                memory = t.store(memory, (t.const(index, POINTER_WIDTH),), t.const(number, width))
            self.tables[place.location] = memory

    def note_object(self, address: Term, type_: CType) -> None:
        """Remembers where a variable lies, if it certainly takes room there."""
        size = self.types.size_of(type_)
        if size:
            self.objects[str(address.value)] = size

    def constant_object(self, name: str, place: Place) -> Value | None:
        """The value of a `const` scalar of file scope whose initialiser is a constant."""
        if place.local or not place.location.startswith(GLOBAL):
            return None
        for declarator in self.definitions.declaration("globals", name) or ():
            if declarator.name == name and declarator.init is not None and is_constant(declarator, self.definitions):
                if is_scalar(place.type):
                    outer, self.scopes = self.scopes, [{}]
                    try:
                        return self.convert(self.value(declarator.init), place.type, declarator.span)
                    except UnsupportedC:
                        return None
                    finally:
                        self.scopes = outer
        return None

    def prototype(self, name: str) -> FunctionOf | None:
        """The type of function `name` by its definition or its declarations."""
        function = self.definitions.function(name)
        if function is not None:
            syntax = ast.FunctionType(function.returns, function.params, function.variadic, function.span)
            found = self.types.resolve_target(syntax, name)
            return found if isinstance(found, FunctionOf) else None
        for declarator in self.definitions.declaration("globals", name) or ():
            if declarator.name == name and isinstance(declarator.type, ast.FunctionType | ast.NamedType):
                found = self.types.resolve_target(declarator.type, name)
                return found if isinstance(found, FunctionOf) else None
        return None

    def unary(self, node: ast.Unary) -> Value:
        match node.op:
            case "&":
                return self.address(node)
            case "*":
                found = self.pointed_at(node)
                return self.load(found, node.span) if isinstance(found, Place) else found
            case "!":
                return Value(INT, t.bool_to_bv(t.not_(self.condition(node.operand)), INT.width))
            case _:
                term, type_ = self.integer(self.value(node.operand), node.operand.span)
                return Value(type_, t.neg(term) if node.op == "-" else t.bvnot(term) if node.op == "~" else term)

    def pointed_at(self, node: ast.Unary) -> Place | Value:
        """`*pointer`: an object, or a function, which is known by a pointer to it."""
        pointer = self.value(node.operand)
        if isinstance(pointer.type, PointerTo) and isinstance(pointer.type.target, FunctionOf):
            return pointer
        return self.deref(pointer, node.span)

    def address(self, node: ast.Unary) -> Value:
        operand = node.operand
        if isinstance(operand, ast.Unary) and operand.op == "*":
            return self.value(operand.operand)
        if isinstance(operand, ast.Ident) and self.named_place(operand) is None:
            return self.value(operand)  # a function's name
        found = self.address_of(self.place(operand), node.span)
        if isinstance(operand, ast.Field) and found.term is not None and found.term.op == "bvadd":
            self.members.setdefault(found.term.id, node.span.text)
        return found

    def place(self, node: ast.Expr) -> Place:
        """The lvalue that `node` is."""
        match node:
            case ast.Ident(name, _, span):
                expanded = self.definitions.expand_name(node)
                if expanded is not None:
                    return self.place(expanded)
                special = self.special_name(node)
                if special is not None and isinstance(special.target, Place):
                    return special.target
                found = self.named_place(node)
                if found is None and self.definitions.discover(name):
                    return self.place(node)
                if found is None:
                    raise UnsupportedC(f"`{name}` isn't known", span, self._name_hint(name))
                return found
            case ast.Field(record, name, arrow, span):
                outer = self.deref(self.value(record), span) if arrow else self.record_place(record)
                return self.member(outer, name, span)
            case ast.Index():
                return self.indexed(node)
            case ast.Unary("*", operand, span):
                return self.deref(self.value(operand), span)
            case ast.Call(ast.Ident()):
                expanded = self.definitions.expand_call(node)
                if expanded is not None:
                    return self.place(expanded)
            case ast.CompoundLiteral(type_syntax, init, span):
                return self.compound_literal(type_syntax, init, span)
            case ast.Generic():
                return self.place(self.chosen(node))
            case ast.StatementExpr():
                value = self.value(node)
                if isinstance(value.target, Place) and isinstance(value.type, RecordType):
                    return value.target
            case _:
                pass
        raise UnsupportedC("this isn't an object that can be assigned or pointed at", node.span)

    def record_place(self, node: ast.Expr) -> Place:
        """The place of a record-valued expression."""
        if isinstance(node, ast.Ident | ast.Field | ast.Index | ast.Unary | ast.CompoundLiteral):
            return self.place(node)
        value = self.value(node)
        if isinstance(value.type, RecordType) and isinstance(value.target, Place):
            return value.target
        raise UnsupportedC(f"a member of a `{value.type}`", node.span)

    def indexed(self, node: ast.Index) -> Place:
        array = self.place_or_value(node.object)
        index = self.value(node.position)
        if isinstance(array, Place) and isinstance(array.type, ArrayOf):
            return self.element(array, as_index(index, node.position.span), node.span)
        pointer = self.load(array, node.span) if isinstance(array, Place) else array
        if not isinstance(pointer.type, PointerTo):
            raise UnsupportedC(f"an index into a `{pointer.type}`", node.span)
        moved = self.offset_pointer(pointer, as_index(index, node.position.span), node.span)
        return self.deref(moved, node.span)

    def place_or_value(self, node: ast.Expr) -> Place | Value:
        """The place of `node` if it is an lvalue of array type, else its value."""
        if isinstance(node, ast.Ident | ast.Field | ast.Index):
            if isinstance(node, ast.Ident):
                expanded = self.definitions.expand_name(node)
                if expanded is not None:
                    return self.place_or_value(expanded)
                if self.special_name(node) is not None:
                    return self.value(node)
                if node.name in ast.OWN_NAMES:
                    return self._literal(OWN_NAME)._replace(note=_NO_SIZE)
                if self.named_place(node) is None:
                    return self.place_or_value(node) if self.definitions.discover(node.name) else self.value(node)
            return self.place(node)
        if isinstance(node, ast.Unary) and node.op == "*":
            return self.pointed_at(node)
        if isinstance(node, ast.Call) and isinstance(node.function, ast.Ident):
            meant = self.definitions.expand_call(node) if node.function.name not in self._declared_names() else None
            if meant is not None:
                return self.place_or_value(meant)
        if isinstance(node, ast.CompoundLiteral):
            return self.compound_literal(node.type, node.init, node.span)
        if isinstance(node, ast.String):
            return self.string(node)._replace(note=_NO_SIZE)
        return self.value(node)

    def _declared_names(self) -> set[str]:
        return {name for scope in self.scopes for name in scope}

    def field(self, node: ast.Field) -> Value:
        return self.load(self.place(node), node.span)

    def index(self, node: ast.Index) -> Value:
        return self.load(self.indexed(node), node.span)

    def inc_dec(self, node: ast.IncDec) -> Value:
        place = self.place(node.operand)
        before = self.load(place, node.span)
        one = Value(INT, t.const(1, INT.width))
        after = self.convert(self.operate(node.op[0], before, one, node.span), place.type, node.span)
        self.store(place, after, node.span)
        return self.load(place, node.span) if node.prefix else before

    def assign(self, node: ast.Assign) -> Value:
        self.check_order(node.target, node.value)
        read = subexpressions(node.target) if node.op == "=" else (node.target,)
        place = self.place(node.target)
        slots = dict(self.state.slots) if read and self.may_change(node.value) else None
        world = self.state.world
        if node.op == "=":
            value = self.convert(self.value(node.value), place.type, node.span)
        else:
            right = self.value(node.value)
            result = self.operate(node.op[:-1], self.load(place, node.span), right, node.span)
            value = self.convert(result, place.type, node.span)
        if slots is not None:
            self._check_siblings(slots, self.state.world is not world, list(read), node.span)
        self.store(place, value, node.span)
        # The value of an assignment is what the object then holds (C17 6.5.16p3): a bit-field's is cut to its width.
        return self.load(place, node.span) if place.bits is not None or place.storage is not None else value

    def binary(self, node: ast.Binary) -> Value:
        op, one, other, span = node
        if op == "&&" or op == "||":
            return self.logical(node)
        if self.may_change(one) or self.may_change(other):
            self.check_order(one, other)
            left, right = self.in_order([lambda: self.value(one), lambda: self.value(other)], span, (one, other))
        else:
            left, right = self.value(one), self.value(other)
        return self.operate(op, left, right, span)

    def in_order(self, evaluations: list[Callable[[], Value]], span: Span, nodes: tuple[ast.Expr, ...]) -> list[Value]:
        """Evaluates operands whose order C leaves open from left to right, and says so if it may matter (C17 6.5p3)."""
        values: list[Value] = []
        changes = 0
        for evaluate, node in zip(evaluations, nodes, strict=True):
            world = self.state.world
            slots = dict(self.state.slots) if len(nodes) > 1 and self.may_change(node) else None
            values.append(evaluate())
            changed_world = self.state.world is not world
            changes += changed_world
            if slots is not None:
                self._check_siblings(slots, changed_world, [n for n in nodes if n is not node], span)
        if changes > 1:
            self.assume(f"the calls in one expression at {span} are made {FROM_LEFT}")
        return values

    def _check_siblings(self, slots: dict[str, Term], changed_world: bool, others: list[ast.Expr], span: Span) -> None:
        """Names the order of evaluation if what an operand changed, since `slots`, is read by another one."""
        now = self.state.slots
        changed = {k for k, held in slots.items() if now.get(k) is not held and not k.startswith("@")}
        changed |= {k for k in now if k not in slots and not k.startswith(("@", "local "))}
        if (changed or changed_world) and any(self._may_read(n, changed, changed_world) for n in others):
            self.assume(f"the operands in one expression at {span.use} are evaluated {FROM_LEFT}")

    def _local(self, name: str) -> Local | None:
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def may_change(self, node: ast.Expr) -> bool:
        """True unless evaluating `node` certainly changes nothing."""
        stack = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Ident):
                if self._local(part.name) is None and self._is_code(part):
                    return True
            elif part.__class__ in _CHANGING:
                return True
            elif not isinstance(part, ast.Number):
                stack += subexpressions(part)
        return False

    def _is_code(self, node: ast.Ident) -> bool:
        """True unless `node` is certainly no macro for more than a number."""
        try:
            meant = self.definitions.expand_name(node)
        except UnsupportedC:
            return True
        return not isinstance(meant, ast.Number) if meant is not None else not self.definitions.knows(node.name)

    def _may_read(self, node: ast.Expr, changed: set[str], changed_world: bool) -> bool:
        """True unless the value of `node` certainly depends on nothing that changed."""
        memory = changed_world or any(not k.startswith("local ") for k in changed)
        match node:
            case ast.Ident():
                local = self._local(node.name)
                if local is not None:
                    return local.location in changed or (changed_world and root(local.location) in self.escaped)
                meant = self.definitions.expand_name(node)
                if meant is not None:
                    return self._may_read(meant, changed, changed_world)
                return memory and self.global_place(node.name, node.span) is not None
            case ast.StatementExpr():
                return True
            case ast.Call(ast.Ident()):
                meant = self.definitions.expand_call(node)
                if meant is not None:
                    return self._may_read(meant, changed, changed_world)
                if memory and not changed_world:
                    return True  # the callee may read what was changed
            case ast.Field() | ast.Index():
                if memory or any(root(k) in self.escaped or "." in k for k in changed):
                    return True
            case ast.Unary("*"):
                return True
            case _:
                pass
        return any(self._may_read(n, changed, changed_world) for n in subexpressions(node))

    def logical(self, node: ast.Binary) -> Value:
        left = self.condition(node.left)
        taken = left if node.op == "&&" else t.not_(left)
        right = self.guarded(taken, lambda: self.condition(node.right))
        result = t.and_(left, right) if node.op == "&&" else t.or_(left, right)
        return Value(INT, t.bool_to_bv(result, INT.width))

    def guarded(self, taken: Term, evaluate: Callable[[], Term]) -> Term:
        """What `evaluate` returns when it runs only if `taken`; its side effects happen only then."""
        if taken is t.FALSE:
            return t.FALSE
        before = self.state
        self.state = before.fork(taken)
        result = evaluate()
        if taken is t.TRUE:
            return result
        if self.state.slots == before.slots and self.state.targets == before.targets and not self.state.dead:
            self.state = before
            return result
        self.state = merge((self.state, before.fork(t.not_(taken)))) or before.fork(t.FALSE)
        return result

    def conditional(self, node: ast.Conditional) -> Value:
        chosen = self.value(node.condition)
        condition = self.truth(chosen, node.condition.span)
        before = self.state
        if condition is t.TRUE or condition is t.FALSE:
            return self._decided(node, condition is t.TRUE, chosen)
        self.state = before.fork(condition)
        then = chosen if node.then is None else self.value(node.then)
        after_then = self.state
        self.state = before.fork(t.not_(condition))
        otherwise = self.value(node.otherwise)
        after_otherwise = self.state
        self.state = merge((after_then, after_otherwise)) or before.fork(t.FALSE)
        type_ = self.common_type(then, otherwise, node)
        if isinstance(type_, VoidType):
            return Value(VOID, None)
        if isinstance(type_, RecordType):
            raise UnsupportedC("`?:` between records", node.span)
        one, other = self.operand(then, type_, node.span), self.operand(otherwise, type_, node.span)
        target = one.target if one.target == other.target else Lost("it differs by a `?:`")
        return Value(type_, t.ite(condition, self.scalar(one, node.span), self.scalar(other, node.span)), target)

    def _decided(self, node: ast.Conditional, taken: bool, chosen: Value) -> Value:
        """A `?:` whose condition is known: only one operand is evaluated, but both give the type."""
        if node.then is None and taken:
            kept = chosen
        else:
            kept = self.value(node.then if taken and node.then is not None else node.otherwise)
        other_node = node.otherwise if taken else node.then
        try:
            other = chosen if other_node is None else self.unevaluated(lambda: self.value(other_node))
            type_ = self.common_type(kept, other, node)
        except UnsupportedC:
            if not isinstance(kept.type, PointerTo | VoidType | RecordType):
                raise
            type_ = kept.type
        return kept if isinstance(type_, VoidType | RecordType) else self.operand(kept, type_, node.span)

    def cast(self, node: ast.Cast) -> Value:
        type_ = self.resolve(node.type)
        return self.convert(self.value(node.operand), type_, node.span)

    def resolve(self, syntax: ast.TypeSyntax) -> CType:
        """The C type of `syntax`; `typeof` doesn't evaluate its operand."""
        return self.types.resolve(syntax, "", self.type_of)

    def type_of(self, node: ast.Expr) -> CType:
        """The type of an expression that isn't evaluated; arrays stay arrays."""
        return self._plain_type(node, "sizeof or typeof")

    def _plain_type(self, node: ast.Expr, asked: str) -> CType:
        """The same; refused of a bit-field, also where a comma, an assignment or `({ … })` hands it on."""
        found = self._typed(node)
        if found.bits is not None:
            raise UnsupportedC(f"{asked} of a bit-field: compilers disagree about its type", node.span)
        return found.type

    def _typed(self, node: ast.Expr) -> Value:
        """The same as a value, which may be a bit-field's."""

        def typed() -> Value:
            found = self.place_or_value(node)
            return Value(found.type, None, bits=found.bits) if isinstance(found, Place) else found

        value = self.unevaluated(typed)
        if value.note:
            raise UnsupportedC(value.note, node.span)
        return value

    def unevaluated(self, evaluate: Callable[[], Value]) -> Value:
        """What `evaluate` returns, without any of its effects."""
        saved = (self.state, list(self.hazards), list(self.events), dict(self.assumptions), dict(self.written),
                 dict(self.escaped), dict(self._union_members), self.reaches, list(self.scopes))  # fmt: skip
        self.state = self.state.fork(t.TRUE)
        self.reaches = False
        try:
            return evaluate()
        finally:
            (self.state, self.hazards, self.events, self.assumptions, self.written, self.escaped,
             self._union_members, self.reaches, self.scopes) = saved  # fmt: skip

    def sizeof(self, node: ast.Sizeof) -> Value:
        type_ = self.resolve(node.operand) if isinstance(node.operand, ast.TypeSyntax) else self.type_of(node.operand)
        return Value(ULONG, self.size(type_, node.span))

    def offsetof(self, node: ast.Offsetof) -> Value:
        type_ = self.resolve(node.type)
        total = t.const(0, POINTER_WIDTH)
        for name in node.path:
            if not isinstance(type_, RecordType):
                raise UnsupportedC(f"`{type_}` has no members", node.span)
            info = self.types.member(type_, name, node.span)
            if info.bits is not None:
                raise UnsupportedC("offsetof a bit-field", node.span)
            for step in () if self.lies_in_others(type_, name) else info.path:
                assert isinstance(type_, RecordType)
                total = t.add(total, self.offset(type_, step))
                type_ = self.types.anonymous_member(type_, step)
            assert isinstance(type_, RecordType)
            total = t.add(total, self.offset(type_, name))
            type_ = info.type
        return Value(ULONG, total)

    def chosen(self, node: ast.Generic) -> ast.Expr:
        """What `_Generic` stands for here."""
        return self.types.chosen(node, decayed(self._plain_type(node.operand, "_Generic")), self.resolve)

    def generic(self, node: ast.Generic) -> Value:
        """What `_Generic` stands for, or if that isn't certain, what each choice does."""
        choices = self.types.choices(node, decayed(self._plain_type(node.operand, "_Generic")), self.resolve)
        if len(choices) < 2 or any(map(self.definitions.has_effect, choices)):
            return self.value(self.chosen(node))
        first, *others = (self.unevaluated(partial(self.value, choice)) for choice in choices)
        return self.value(choices[0] if all(one == first for one in others) else self.chosen(node))

    def comma(self, node: ast.Comma) -> Value:
        self.value(node.left)
        return self.value(node.right)

    def statement_expr(self, node: ast.StatementExpr) -> Value:
        return self.block_value(node.block)

    def compound_literal_value(self, node: ast.CompoundLiteral) -> Value:
        return self.load(self.compound_literal(node.type, node.init, node.span), node.span)

    def refuse(self, node: ast.Expr) -> Value:
        reason = node.reason if isinstance(node, ast.BadExpr) else "this can't stand here"
        raise UnsupportedC(reason, node.span)

    def check_orders(self, nodes: Sequence[ast.Expr]) -> None:
        """The same of each two of `nodes`."""
        for i, one in enumerate(nodes):
            for other in nodes[i + 1 :]:
                self.check_order(one, other)

    def check_order(self, one: ast.Expr, other: ast.Expr) -> None:
        """Refuses operands that C may evaluate in either order with different results (C17 6.5p2)."""
        for a, b in ((one, other), (other, one)):
            changed = assigned_names(a)
            if changed and changed & mentioned_names(b):
                raise UnsupportedC(
                    f"`{min(changed & mentioned_names(b))}` is changed and used in one expression without an order",
                    a.span,
                    "Split it into two statements.",
                )

    def config_term(self, name: str) -> Term:
        """The truth of a CONFIG symbol: fixed, or an input that both versions share."""
        self.definitions.refuse_own_symbol(name)
        known = symbol_truth(name, self.definitions.config)
        if known is not None:
            return t.boolean(known)
        base = builtin_symbol(name)
        own = t.var(name, t.BOOL)
        return own if base is None else t.and_(own, t.not_(self.config_term(base)))

    def preprocessor_condition(self, node: ast.Expr) -> Term | None:
        """The truth of a `#if` condition inside of a body, or None if it isn't about CONFIG symbols only."""
        symbols = symbols_of_test(node)
        if symbols:
            known = [symbol_truth(symbol, self.definitions.config) for symbol in symbols]
            if None in known and not symbols[0].startswith("CONFIG_"):
                return None
            return t.or_(*map(self.config_term, symbols))
        match node:
            case ast.Number(value=value):
                return t.boolean(value != 0)
            case ast.Unary("!", operand, _):
                inner = self.preprocessor_condition(operand)
                return None if inner is None else t.not_(inner)
            case ast.Binary(op, left, right, _) if op in ("&&", "||"):
                one, other = self.preprocessor_condition(left), self.preprocessor_condition(right)
                if one is None or other is None:
                    return None
                return t.and_(one, other) if op == "&&" else t.or_(one, other)
            case _:
                known = comparison_truth(node)
                return None if known is None else t.boolean(known)


def subexpressions(node: ast.Expr) -> tuple[ast.Expr, ...]:
    """The expressions directly below `node` that are evaluated; for a statement expression, none."""
    below = _BELOW.get(node.__class__)
    return below(node) if below is not None else ()


_BELOW: dict[type, Callable[[Any], tuple[ast.Expr, ...]]] = {
    **dict.fromkeys((ast.Unary, ast.IncDec, ast.Cast), lambda node: (node.operand,)),
    **dict.fromkeys((ast.Binary, ast.Comma), lambda node: (node.left, node.right)),
    ast.Conditional: lambda node: tuple(part for part in node[:3] if part is not None),
    ast.Generic: lambda node: tuple(value for _, value in node.choices),
    ast.Assign: lambda node: (node.target, node.value),
    ast.Call: lambda node: node.arguments,
    ast.Field: lambda node: (node.object,),
    ast.Index: lambda node: (node.object, node.position),
}
_LEAVES = (ast.Ident, ast.Number)
_CHANGING = frozenset((ast.Call, ast.Assign, ast.IncDec, ast.StatementExpr, ast.CompoundLiteral))


def assigned_names(node: ast.Expr) -> frozenset[str]:
    """The names that `node` itself assigns; not those inside of calls' bodies or macros."""
    names: set[str] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, _LEAVES):
            continue
        if isinstance(part, ast.Assign | ast.IncDec):
            target = part.target if isinstance(part, ast.Assign) else part.operand
            if isinstance(target, ast.Ident):
                names.add(target.name)
        stack.extend(subexpressions(part))
    return frozenset(names)


def mentioned_names(node: ast.Expr) -> frozenset[str]:
    """The names in `node`."""
    own = frozenset((node.name,)) if isinstance(node, ast.Ident) else frozenset[str]()
    return own.union(*map(mentioned_names, subexpressions(node)))


_VALUES: dict[type, Callable[[Expressions, ast.Expr], Value]] = {
    ast.Number: Expressions.number,
    ast.Character: Expressions.character,
    ast.String: Expressions.string,
    ast.Ident: Expressions.ident,
    ast.Unary: Expressions.unary,
    ast.IncDec: Expressions.inc_dec,
    ast.Binary: Expressions.binary,
    ast.Conditional: Expressions.conditional,
    ast.Assign: Expressions.assign,
    ast.Call: lambda self, node: self.call(node),  # type: ignore[arg-type]
    ast.TypeArgument: Expressions.refuse,
    ast.Field: Expressions.field,
    ast.Index: Expressions.index,
    ast.Cast: Expressions.cast,
    ast.Sizeof: Expressions.sizeof,
    ast.Offsetof: Expressions.offsetof,
    ast.Comma: Expressions.comma,
    ast.StatementExpr: Expressions.statement_expr,
    ast.InitList: Expressions.refuse,
    ast.CompoundLiteral: Expressions.compound_literal_value,
    ast.Generic: Expressions.generic,
    ast.BadExpr: Expressions.refuse,
}  # type: ignore[dict-item]
