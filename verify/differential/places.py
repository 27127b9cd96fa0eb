"""Random lvalues, indexes and addresses."""

from __future__ import annotations

from verify.differential.fragments import MEMORY, UNARY, Context, Fragment
from verify.differential.records import INDEX, Record
from verify.differential.scalars import BOOL, Scalar
from verify.differential.scope import Available, Base, Place, Scope, Variable

_IN_MEMORY = frozenset((MEMORY,))


class Places:
    """Chooses among what the scope offers; subclasses supply `expression`."""

    def __init__(self, available: Available, scope: Scope) -> None:
        self.available = available
        self.scope = scope
        self.environment = available.environment
        self.dice = available.environment.dice
        self.features = available.environment.features

    def expression(self, context: Context) -> Fragment:
        raise NotImplementedError

    def settled(self, fragment: Fragment) -> Fragment:
        raise NotImplementedError

    def place(self, context: Context, *, fixed: bool = False, addressable: bool = False) -> Place | None:
        """An lvalue to read, or None.  `fixed`: its address needs no evaluation that could be disturbed."""
        kinds: list[tuple[str, float]] = []
        variables = [v for v in self.scope.variables() if not _frozen(v, context)]
        if variables:
            kinds.append(("variable", 8))
        if MEMORY not in context.frozen:
            bases = [b for b in self.scope.bases() if b.record.fields]
            if bases:
                kinds.append(("field", 7))
            if self.scope.pointers():
                kinds.append(("pointer", 2))
            if self.scope.arrays():
                kinds.append(("array", 2))
        else:
            bases = []
        if not kinds:
            return None
        kind = self.dice.weighted(kinds)
        if kind == "variable":
            return _variable_place(self.dice.pick(variables))
        if kind == "pointer":
            pointer = self.dice.pick(self.scope.pointers())
            self.features.add("scalar-pointer")
            if self.dice.chance(0.1):
                return Place(f"{pointer.name}[0]", pointer.type, _IN_MEMORY)
            return Place(f"*{pointer.name}", pointer.type, _IN_MEMORY, UNARY)
        if kind == "array":
            array = self.dice.pick(self.scope.arrays())
            self.features.add("local-array")
            return self._indexed(f"{array.name}[@{array.length}]", array.type, context, fixed)
        place = self._field(self.dice.pick(bases), context, fixed)
        return place if place.addressable or not addressable else None

    def target(self, context: Context, *, fixed: bool = False, compound: bool = False) -> Place | None:
        """An lvalue to write: neither read-only nor hidden by what its siblings write (`context.frozen`)."""
        for _ in range(6):
            place = self.place(context, fixed=fixed)
            if place and not (compound and place.type.name == BOOL.name and self.dice.chance(0.7)):
                names = place.written - _IN_MEMORY
                if not any(v.readonly for v in self.scope.variables() if v.name in names):
                    return place
        return None

    def _field(self, base: Base, context: Context, fixed: bool) -> Place:
        macros = [m for m in self.available.field_macros if m.record is base.record]
        if macros and self.dice.chance(0.25):
            macro = self.dice.pick(macros)
            return Place(f"{macro.name}({base.address})", macro.type, _IN_MEMORY)
        field = self.dice.pick(base.record.fields)
        if not field.canonical:
            self.features.add("union-punning")
        text = f"(*{base.text}).{field.suffix}" if base.arrow and self.dice.chance(0.04) else base.field(field.suffix)
        return self._indexed(text, field.type, context, fixed)

    def _indexed(self, text: str, type_: Scalar, context: Context, fixed: bool) -> Place:
        """`text` with its `@n` replaced by indexes below n."""
        is_fixed = True
        while marker := INDEX.search(text):
            length = int(marker.group(1))
            index = None if fixed or self.dice.chance(0.4) else self.index(length, context)
            is_fixed = is_fixed and index is None
            text = text[: marker.start()] + (index or str(self.dice.between(0, length - 1))) + text[marker.end() :]
        return Place(text, type_, _IN_MEMORY, fixed=is_fixed)

    def index(self, length: int, context: Context) -> str:
        """A pure expression whose value is from 0 to `length` - 1."""
        self.features.add("symbolic-index")
        counters = [v for v in self.scope.variables() if v.below is not None and v.below <= length]
        counters = [v for v in counters if not _frozen(v, context)]
        if counters and self.dice.chance(0.5):
            return self.dice.pick(counters).name
        value = self.settled(self.expression(Context(min(context.depth, 1) - 1, frozen=context.frozen)))
        if length & (length - 1) == 0:
            return f"{value.bracketed().text if value.strength < UNARY else value.text} & {length - 1}"
        return f"(u32){value.bracketed().text} % {length}"

    def record_pointers(self, record: Record) -> list[str]:
        """Expressions that point at a `record`."""
        found: list[str] = []
        for base in self.scope.bases():
            if base.record is record:
                found.append(base.address)
            found += [f"&{base.field(suffix)}" for suffix, inner in base.record.embedded if inner is record]
            found += [base.field(suffix) for suffix, to in base.record.links if to is record]
            if base.container and base.container.outer is record:
                found.append(f"{base.container.name}({base.address})")
            for container in self.available.containers:
                if container.outer is record and base.record is record and self.dice.chance(0.3):
                    found.append(f"{container.name}(&{base.field(container.suffix)})")
                    self.features.add("container-of")
        return [self._indexed(text, BOOL, Context(0), fixed=True).text for text in found]

    def scalar_address(self, type_: Scalar) -> tuple[str, frozenset[str]] | None:
        """A pointer to a `type_` and what a write through it writes."""
        found: list[tuple[str, frozenset[str]]] = []
        for variable in self.scope.variables():
            if variable.type.like == type_.like and not variable.readonly:
                found.append((f"&{variable.name}", frozenset((variable.name, MEMORY))))
        for pointer in self.scope.pointers():
            if pointer.type.like == type_.like:
                found.append((pointer.name, _IN_MEMORY))
        for base in self.scope.bases():
            for field in base.record.fields:
                if field.type.bits is None and field.type.like == type_.like:
                    found.append((f"&{base.field(field.suffix)}", _IN_MEMORY))
        for array in self.scope.arrays():
            if array.type.like == type_.like:
                found.append((f"&{array.name}[@{array.length}]", _IN_MEMORY))
                found.append((array.name, _IN_MEMORY))
        if not found:
            return None
        text, writes = self.dice.pick(found)
        return self._indexed(text, type_, Context(0), fixed=True).text, writes


def _frozen(variable: Variable, context: Context) -> bool:
    return variable.name in context.frozen or (variable.escaped and MEMORY in context.frozen)


def _variable_place(variable: Variable) -> Place:
    return Place(variable.name, variable.type, _IN_MEMORY if variable.escaped else frozenset((variable.name,)))
