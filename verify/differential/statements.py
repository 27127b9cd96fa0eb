"""Random simple statements: declarations, assignments, stores through pointers, calls."""

from __future__ import annotations

from collections.abc import Callable

from verify.differential.expressions import Expressions
from verify.differential.fragments import ASSIGN, BIT_OR, CALLS, COMMA, DIRECT, MEMORY, OR, POSTFIX, Context, Fragment
from verify.differential.literals import literal
from verify.differential.records import Member
from verify.differential.scalars import BOOL, DECLARED, promote
from verify.differential.scope import Available, Base, LocalArray, Place, ScalarPointer, Scope, Variable

DEPTH = 3
_FUNCTION_FRAMES = 2  # globals, and the function's parameters with its outermost block
_COMPOUND = ("+=", "-=", "*=", "&=", "|=", "^=", "&=", "|=", "+=")


class Statements(Expressions):
    """Emits lines; `budget` is how many more statements the function may have."""

    def __init__(self, available: Available, scope: Scope, budget: int) -> None:
        super().__init__(available, scope)
        self.lines: list[str] = []
        self.indent = 1
        self.budget = budget
        self.declared = 0
        self._names = 0

    def emit(self, text: str) -> None:
        self.lines.append("\t" * self.indent + text)

    def fresh(self, stem: str) -> str:
        """A new local name."""
        self._names += 1
        return f"{stem}{self._names}"

    def full(self, depth: int = DEPTH) -> Context:
        """The context of a full expression."""
        return Context(self.dice.between(0, depth), effects=self.dice.chance(0.5))

    def simple(self) -> None:
        """Any statement that declares nothing and always falls through."""
        kinds: list[tuple[Callable[[], None], float]] = [
            (self.assign, 20), (self.compound, 11), (self.increment, 4), (self.call_helper, 8), (self.call_external, 3),
            (self.copy_record, 2), (self.use_macro, 2), (self.discard, 2), (self.warn, 1.5), (self.chain, 1),
        ]  # fmt: skip
        self.dice.weighted(kinds)()

    def declare(self) -> None:
        """Any declaration."""
        kinds: list[tuple[Callable[[], None], float]] = [
            (self.declare_scalar, 14), (self.declare_late, 3), (self.declare_pair, 2), (self.declare_record, 3),
            (self.declare_array, 2), (self.declare_pointer, 2), (self.declare_record_pointer, 2),
        ]  # fmt: skip
        self.declared += 1
        self.dice.weighted(kinds)()

    def declare_scalar(self) -> None:
        hidden = self.scope.hideable() if len(self.scope.frames) > _FUNCTION_FRAMES else []
        if hidden and self.dice.chance(0.25):
            name = self.dice.pick(hidden)
            self.features.add("shadowing")
        else:
            name = self.fresh("v")
        type_ = self.environment.scalar()
        constant = self.dice.chance(0.08)
        value = self.expression(Context(self.dice.between(0, DEPTH), self.dice.chance(0.5), frozenset((name,))))
        spelled = type_.name
        variables = [v for v in self.scope.variables() if v.name != name]
        if variables and self.dice.chance(0.05):
            other = self.dice.pick(variables)
            spelled, type_ = f"typeof({other.name})", other.type
            constant = constant or other.readonly
            self.features.add("typeof")
        self.emit(f"{'const ' if constant else ''}{spelled} {name} = {value.at_least(ASSIGN)};")
        self.scope.add(name, Variable(name, type_, readonly=constant))

    def declare_late(self) -> None:
        """A declaration without a value, followed by what gives it one on every path."""
        type_, name = self.environment.scalar(), self.fresh("v")
        self.emit(f"{type_.name} {name};")
        if self.dice.chance(0.4):
            self.emit(f"{name} = {self.expression(self.full()).at_least(ASSIGN)};")
        else:
            self.emit(f"if ({self.condition(self.full()).text})")
            self.emit(f"\t{name} = {self.expression(self.full()).at_least(ASSIGN)};")
            self.emit("else")
            self.emit(f"\t{name} = {self.expression(self.full()).at_least(ASSIGN)};")
        self.scope.add(name, Variable(name, type_))

    def declare_pair(self) -> None:
        type_, first, second = self.environment.scalar(), self.fresh("v"), self.fresh("v")
        value = self.expression(self.full()).at_least(ASSIGN)
        self.scope.add(first, Variable(first, type_))
        other = self.expression(self.full()).at_least(ASSIGN)
        self.scope.add(second, Variable(second, type_))
        self.emit(f"{type_.name} {first} = {value}, {second} = {other};")

    def declare_array(self) -> None:
        self.features.add("local-array")
        type_, name = self.dice.weighted(DECLARED), self.fresh("arr")
        length = self.dice.pick((2, 3, 4, 4, 8))
        self.emit(f"{type_.name} {name}[{length}] = {self._array_values(length)};")
        self.scope.add(name, LocalArray(name, type_, length))

    def _array_values(self, length: int) -> str:
        values = [self._pure_value() for _ in range(self.dice.between(1, length))]
        form = self.dice.pick(("all", "designated", "empty"))
        if form == "empty":
            return "{}" if self.dice.chance(0.5) else "{ 0 }"
        if form == "designated":
            places = sorted(self.dice.shuffled(range(length))[: len(values)])
            return "{ " + ", ".join(f"[{i}] = {v}" for i, v in zip(places, values, strict=True)) + " }"
        return "{ " + ", ".join(values) + " }"

    def _pure_value(self) -> str:
        return self.expression(Context(self.dice.between(0, 2))).at_least(ASSIGN)

    def declare_record(self) -> None:
        records = [record for record in self.available.records if not record.links]
        if not records:
            self.declare_scalar()
            return
        self.features.add("local-struct")
        record, name = self.dice.pick(records), self.fresh("st")
        copies = [self._whole(text) for text in self.record_pointers(record)]
        copied = copies and self.dice.chance(0.3)
        value = self.dice.pick(copies) if copied else self._initialiser(record.members)
        self.emit(f"{record.declared} {name} = {value};")
        self.scope.add(name, Base(name, record, False))

    def _initialiser(self, members: tuple[Member, ...]) -> str:
        named = self._designated(members)
        chosen = self.dice.subset(named, 0.6)
        if not chosen:
            return self.dice.pick(("{}", "{ 0 }")) if members[0].kind == "scalar" and not members[0].length else "{}"
        if self.dice.chance(0.3):
            chosen = self.dice.shuffled(chosen)
        positional = [m for m in members if m.kind == "scalar" and m.length is None]
        if len(positional) == len(members) and self.dice.chance(0.3):
            values = [self._pure_value() for _ in range(self.dice.between(1, len(members)))]
            return "{ " + ", ".join(values) + " }"
        return "{ " + ", ".join(f".{m.name} = {self._member_value(m)}" for m in chosen) + " }"

    def _designated(self, members: tuple[Member, ...]) -> list[Member]:
        """What designators may name: those of anonymous members too; of a union only the widest member."""
        found: list[Member] = []
        for member in members:
            if member.kind == "link":
                continue
            if member.name:
                found.append(member)
            else:
                found += self._designated(member.members)
        return found

    def _member_value(self, member: Member) -> str:
        if member.kind == "scalar":
            return self._pure_value() if member.length is None else self._array_values(member.length)
        value = self._initialiser(member.members)
        return value if member.length is None else f"{{ {value} }}"

    def declare_pointer(self) -> None:
        """A pointer to a scalar; a local whose address it takes counts as memory from here on."""
        types = [v.type for v in self.scope.variables() if not v.readonly]
        types += [f.type for b in self.scope.bases() for f in b.record.fields if f.type.bits is None]
        if not types:
            self.declare_scalar()
            return
        type_ = self.dice.pick(types)
        addresses = [self.scalar_address(type_) for _ in range(2)]
        texts = [found[0] for found in addresses if found]
        name = self.fresh("ptr")
        for found in addresses:
            for variable in self.scope.variables():
                if found and variable.name in found[1]:
                    variable.escaped = True
        value = texts[0]
        if texts[0] != texts[-1] and self.dice.chance(0.4):
            value = f"{self.condition(Context(2)).at_least(OR)} ? {texts[0]} : {texts[-1]}"
            self.features.add("pointer-choice")
        self.emit(f"{type_.name} *{name} = {value};")
        self.scope.add(name, ScalarPointer(name, type_))

    def declare_record_pointer(self) -> None:
        record = self.dice.pick(self.available.records) if self.available.records else None
        pointers = self.record_pointers(record) if record else []
        if not record or not pointers:
            self.declare_scalar()
            return
        self.features.add("record-pointer")
        name = self.fresh("rp")
        value = self.dice.pick(pointers)
        if len(pointers) > 1 and self.dice.chance(0.3):
            value = f"{self.condition(Context(2)).at_least(OR)} ? {value} : {self.dice.pick(pointers)}"
            self.features.add("pointer-choice")
        self.emit(f"{record.declared} *{name} = {value};")
        self.scope.add(name, Base(name, record, True))

    def _store_target(self, writes: frozenset[str], *, compound: bool = False) -> Place | None:
        """Where a full expression that writes `writes` may be stored."""
        frozen = writes - {CALLS}
        if not compound and DIRECT not in writes:
            frozen -= {MEMORY}  # a callee's stores come before the assignment's
        place = self.target(Context(1, frozen=frozen), fixed=bool(writes), compound=compound)
        if place:
            self.impure |= place.in_memory
        return place

    def assign(self) -> None:
        value = self.expression(self.full())
        place = self._store_target(value.writes)
        if place is None:
            self.discard()
            return
        if place.addressable and self.dice.chance(0.03):
            self.emit(f"WRITE_ONCE({place.text}, {value.at_least(ASSIGN)});")
            return
        self.emit(f"{place.text} = {value.at_least(ASSIGN)};")

    def compound(self) -> None:
        """A compound assignment; the target is read and written."""
        value = self.expression(self.full())
        form = self.dice.weighted((("plain", 10), ("shift", 3), ("divide", 1.5)))
        if form == "divide":
            value = self.expression(self.full().pure())
        place = self._store_target(value.writes, compound=True)
        if place is None:
            self.discard()
            return
        if form == "plain":
            self.emit(f"{place.text} {self.dice.pick(_COMPOUND)} {value.at_least(ASSIGN)};")
        elif form == "shift":
            width = promote(place.type).width
            count = literal(self.dice, self.dice.between(0, width - 1))
            if self.dice.chance(0.6):
                count = self._masked(value, width)
            self.emit(f"{place.text} {self.dice.pick(('<<=', '>>='))} {self._unwrapped(count)};")
        else:
            op = self.dice.pick(("/=", "%="))
            divisor = literal(self.dice, self.dice.between(1, 20))
            if not promote(place.type).signed and self.dice.chance(0.6):
                divisor = Fragment(f"{self.settled(value).at_least(BIT_OR)} | 1", BIT_OR, None)
            self.emit(f"{place.text} {op} {divisor.text};")

    def _unwrapped(self, fragment: Fragment) -> str:
        """A bracketed operand, often without its brackets."""
        text = fragment.text
        inner = text[1:-1]
        whole = text.startswith("(") and text.endswith(")") and _closes_last(text)
        return inner if whole and self.dice.chance(0.7) else text

    def increment(self) -> None:
        place = self._store_target(frozenset(), compound=True)
        if place is None or place.type.name == BOOL.name:
            self.discard()
            return
        op = self.dice.pick(("++", "--"))
        operand = place.text if place.strength == POSTFIX else f"({place.text})"
        self.emit(f"{op}{place.text};" if self.dice.chance(0.5) else f"{operand}{op};")

    def chain(self) -> None:
        """`a = b = value`, both locals."""
        value = self.expression(self.full())
        names = [v for v in self.scope.variables() if not v.readonly and not v.escaped and v.name not in value.writes]
        if len(names) < 2:
            self.discard()
            return
        first, second = self.dice.shuffled(names)[:2]
        self.features.add("assignment-chain")
        self.emit(f"{first.name} = {second.name} = {value.at_least(ASSIGN)};")

    def use_macro(self) -> None:
        if not self.available.statement_macros:
            self.assign()
            return
        macro = self.dice.pick(self.available.statement_macros)
        value = self.expression(Context(2))
        place = self.target(Context(0), fixed=True)
        if place is None:
            self.discard()
            return
        self.impure |= place.in_memory
        self.emit(f"{macro.name}({place.text}, {value.at_least(ASSIGN)});")

    def copy_record(self) -> None:
        """An assignment of whole structs."""
        record = self.dice.pick(self.available.records) if self.available.records else None
        pointers = self.record_pointers(record) if record else []
        if len(pointers) < 1 or not record or record.links:
            self.assign()
            return
        self.features.add("struct-assignment")
        self.impure = True
        if len(pointers) == 1 or self.dice.chance(0.25):
            self.features.add("compound-literal")
            literal_ = f"({record.declared}){self._initialiser(record.members)}"
            self.emit(f"{self._whole(self.dice.pick(pointers))} = {literal_};")
            return
        target, source = self.dice.shuffled(pointers)[:2]
        self.emit(f"{self._whole(target)} = {self._whole(source)};")

    def _whole(self, pointer: str) -> str:
        """The struct that `pointer` points at, as an lvalue."""
        return pointer[1:] if pointer.startswith("&") else f"*{pointer}"

    def call_helper(self) -> None:
        helpers = self.available.helpers
        call = self.call(self.dice.pick(helpers), Context(2)) if helpers else None
        if call is None:
            self.assign()
            return
        if call.type and self.dice.chance(0.6):
            place = self._store_target(call.writes)
            if place:
                self.emit(f"{place.text} = {call.text};")
                return
        self.emit(f"{call.text};")

    def call_external(self) -> None:
        if not self.available.externals:
            self.assign()
            return
        function = self.dice.pick(self.available.externals)
        self.features.add("external-call")
        self.impure = True
        arguments = [self._pure_value() for _ in function.params]
        call = f"{function.name}({', '.join(arguments)})"
        place = self._store_target(frozenset((CALLS,))) if function.returns and self.dice.chance(0.6) else None
        self.emit(f"{place.text} = {call};" if place else f"{call};")

    def warn(self) -> None:
        self.features.add("WARN_ON")
        self.impure = True
        condition = self.condition(self.full(2))
        self.emit(f"{self.dice.pick(('WARN_ON_ONCE', 'WARN_ON'))}({condition.text});")

    def discard(self) -> None:
        """An expression for its effects only."""
        value = self.expression(Context(2, effects=True))
        form = self.dice.pick(("void", "short-circuit", "comma", "empty"))
        if form == "empty":
            self.emit(";")
        elif form == "short-circuit":
            condition = self.condition(Context(1))
            op = self.dice.pick(("&&", "||"))
            self.emit(f"{condition.at_least(OR + 1)} {op} {value.at_least(POSTFIX)};")
        elif form == "comma":
            self.emit(f"{value.at_least(ASSIGN)}, {self.expression(Context(1, effects=True)).at_least(COMMA)};")
        else:
            self.emit(f"(void){self.settled(value).at_least(POSTFIX)};")


def _closes_last(text: str) -> bool:
    """True iff the bracket that opens `text` is closed by its last character."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return i == len(text) - 1
    return False
