"""Random C programs of the subset: `generate(seed)` is the same program for the same seed, everywhere.

A program has no undefined or unspecified behaviour for any input: `tests/differential/selfcheck.py` shows it with
compilers and sanitizers.  It is meant to be compiled with -fno-strict-overflow -fwrapv -fno-strict-aliasing.
"""

from __future__ import annotations

from dataclasses import dataclass

from verify.differential.control import MAX_TURNS, Control
from verify.differential.effects import EXTERNALS
from verify.differential.environment import Dice, Environment
from verify.differential.fragments import ASSIGN, Context
from verify.differential.macros import make_constant, make_field_macro, make_function_macro, make_statement_macro
from verify.differential.program import Alias, Leaf, Object, Param, Pointer, Program
from verify.differential.records import Record, make_record
from verify.differential.scalars import DECLARED, S32, Scalar
from verify.differential.scope import Available, Base, Container, Helper, ScalarPointer, Scope, Variable

ENTRY_BUDGET = (5, 22)
HELPER_BUDGET = (1, 6)
_DELICATE = 0.15
_HELPER_TURNS = MAX_TURNS // 4


def generate(seed: int) -> Program:
    """The program of `seed`, a non-negative number."""
    return _Generator(seed).program()


@dataclass(frozen=True, slots=True)
class _Bound:
    """A pointer to struct of the entry, or one that a struct holds: its lvalue, its record and where it points."""

    base: Base
    pointer: Pointer


class _Generator:
    def __init__(self, seed: int) -> None:
        self.environment = Environment(seed, Dice(seed))
        self.dice = self.environment.dice
        self.available = Available(self.environment)
        self.pieces: list[str] = []
        self.objects: list[Object] = []
        self.pointers: list[Pointer] = []
        self.leaves: list[Leaf] = []
        self.params: list[Param] = []
        self.alias: Alias | None = None

    def program(self) -> Program:
        self._file_scope()
        entry = f"entry_{self.environment.seed}"
        returns = None if self.dice.chance(0.08) else self.environment.scalar()
        if self.dice.chance(0.3):
            returns = S32
        scope = Scope(self.available.globals)
        self._entry_parameters(scope)
        for variable in self.available.globals:
            self.leaves.append(Leaf(variable.name, variable.type))
        control = Control(self.available, scope, self.dice.between(*ENTRY_BUDGET), returns)
        lines = control.body(self.dice.between(0, 4))
        self._function("", returns, entry, ", ".join(_declare(p.declared, p.name) for p in self.params), lines)
        return Program(
            self.environment.seed, "\n\n".join(self.pieces) + "\n", entry, tuple(self.params), tuple(self.leaves),
            tuple(self.objects), tuple(self.pointers), self.alias, returns, frozenset(self.environment.features),
        )  # fmt: skip

    def _file_scope(self) -> None:
        dice, environment, available = self.dice, self.environment, self.available
        environment.delicate = dice.chance(_DELICATE)
        for _ in range(dice.pick((0, 1, 1, 2))):
            self.pieces.append(environment.add_enum().text)
        for _ in range(dice.between(0, 3)):
            available.constants.append(make_constant(environment, available.constants))
        for _ in range(dice.between(0, 3)):
            available.macros.append(make_function_macro(environment))
        if dice.chance(0.3):
            available.statement_macros.append(make_statement_macro(environment))
        for _ in range(dice.pick((0, 1, 2, 2, 2, 3))):
            record = make_record(environment, available.records)
            available.records.append(record)
            self.pieces.append(record.text)
            if dice.chance(0.3) and (macro := make_field_macro(environment, record)):
                available.field_macros.append(macro)
        macros = [*available.constants, *available.macros, *available.statement_macros, *available.field_macros]
        if macros:
            self.pieces.insert(dice.between(0, len(self.pieces)), "\n".join(m.text for m in macros))
        for record in available.records:
            plain = [(suffix, inner) for suffix, inner in record.embedded if "@" not in suffix]
            if plain and dice.chance(0.8):
                self._add_container(record, *dice.pick(plain))
        if dice.chance(0.3):
            available.externals = dice.shuffled(EXTERNALS)[: dice.between(1, 3)]
            self.pieces.append("\n".join(f"extern {function.prototype};" for function in available.externals))
        if dice.chance(0.08):
            type_, name = dice.weighted(DECLARED), environment.name("glob")
            environment.features.add("global")
            available.globals.append(Variable(name, type_, escaped=True))
            self.pieces.append(f"static {type_.name} {name};")
        for _ in range(dice.pick((0, 0, 1, 1, 2, 3))):
            self._add_helper()

    def _add_container(self, outer: Record, suffix: str, inner: Record) -> None:
        name = self.environment.name("to_outer")
        self.available.containers.append(Container(name, outer, suffix, inner))
        lines = [f"\treturn container_of(inner, {outer.declared}, {suffix});"]
        self._function("static inline ", None, name, f"{inner.declared} *inner", lines, f"{outer.declared} *")

    def _function(
        self, storage: str, returns: Scalar | None, name: str, params: str, lines: list[str], result: str = ""
    ) -> None:
        result = result or f"{returns.name if returns else 'void'} "
        head = f"{storage}{result}{name}({params or 'void'})"
        self.pieces.append(f"{head}\n{{\n" + "".join(f"{line}\n" for line in lines) + "}")

    def _add_helper(self) -> None:
        """A static function of scalars, pointers to structs and pointers to scalars."""
        dice = self.dice
        scope = Scope(self.available.globals)
        params: list[Scalar | Record | ScalarPointer] = []
        texts: list[str] = []
        for i in range(dice.between(0, 3)):
            name = f"h{i}"
            kinds = [("scalar", 5.0), ("pointer", 1.5)]
            if self.available.records:
                kinds.append(("record", 3.0))
            kind = dice.weighted(kinds)
            if kind == "record":
                record = dice.pick(self.available.records)
                params.append(record)
                scope.add(name, Base(name, record, True))
                texts.append(f"{record.declared} *{name}")
                continue
            type_ = self.environment.scalar()
            if kind == "pointer":
                params.append(ScalarPointer(name, type_))
                scope.add(name, ScalarPointer(name, type_))
                texts.append(f"{type_.name} *{name}")
            else:
                params.append(type_)
                scope.add(name, Variable(name, type_))
                texts.append(f"{type_.name} {name}")
        returns = None if dice.chance(0.15) else self.environment.scalar()
        name = self.environment.name("helper")
        if returns and dice.chance(0.3):
            control = Control(self.available, scope, 0, returns)
            lines = [f"\treturn {control.expression(Context(2)).at_least(ASSIGN)};"]
        else:
            control = Control(self.available, scope, dice.between(*HELPER_BUDGET), returns, _HELPER_TURNS)
            lines = control.body(dice.between(0, 2))
        storage = dice.pick(("static inline ", "static inline ", "static "))
        self._function(storage, returns, name, ", ".join(texts), lines)
        self.available.helpers.append(Helper(name, tuple(params), returns, not control.impure))

    def _entry_parameters(self, scope: Scope) -> None:
        dice = self.dice
        bound: list[_Bound] = []
        if self.available.records:
            for _ in range(dice.pick((1, 1, 1, 2))):
                bound.append(self._bind_parameter(bound))
        for base in (b.base for b in bound):
            scope.add(base.text, base)
        if dice.chance(0.1):
            self._bind_scalar_pointer(scope)
        for i in range(dice.between(0 if self.params else 1, 3)):
            type_ = self.environment.scalar()
            self.params.append(Param(f"a{i}", type_.name, type_))
            scope.add(f"a{i}", Variable(f"a{i}", type_))
        dice.random.shuffle(self.params)
        if len(bound) > 1:
            self._consider_alias(bound[0], bound[1])

    def _bind_parameter(self, others: list[_Bound]) -> _Bound:
        """A parameter that points at an object of its own, or into one from which container_of leads back."""
        name = f"p{len(others)}"
        object_name = f"object{len(self.objects)}"
        containers = self.available.containers
        if containers and self.dice.chance(0.45):
            container = self.dice.pick(containers)
            self.environment.features.add("container-of")
            base = Base(name, container.inner, True, container)
            pointer = Pointer(name, f"{container.inner.declared} *", object_name, container.suffix)
            outer, whole = container.outer, f"{container.name}({name})"
        else:
            records = [others[0].base.record] if others and self.dice.chance(0.5) else self.available.records
            record = self.dice.pick(records)
            base = Base(name, record, True)
            pointer = Pointer(name, f"{record.declared} *", object_name, "")
            outer, whole = record, name
        self.objects.append(Object(object_name, outer.declared))
        self.pointers.append(pointer)
        self.params.append(Param(name, pointer.declared, None))
        self._bind_leaves(outer, whole)
        return _Bound(base, pointer)

    def _bind_leaves(self, record: Record, pointer: str) -> None:
        """The leaves of the `record` behind `pointer`, and those behind its links."""
        self.leaves += [Leaf(f"{pointer}->{field.suffix}", field.type) for field in record.leaves()]
        for suffix, linked in record.links:
            object_name = f"object{len(self.objects)}"
            self.objects.append(Object(object_name, linked.declared))
            self.pointers.append(Pointer(f"{pointer}->{suffix}", f"{linked.declared} *", object_name, ""))
            self._bind_leaves(linked, f"{pointer}->{suffix}")

    def _bind_scalar_pointer(self, scope: Scope) -> None:
        type_ = self.dice.weighted(DECLARED)
        object_name = f"object{len(self.objects)}"
        self.environment.features.add("scalar-pointer-parameter")
        self.objects.append(Object(object_name, type_.name))
        self.pointers.append(Pointer("out", f"{type_.name} *", object_name, ""))
        self.params.append(Param("out", f"{type_.name} *", None))
        self.leaves.append(Leaf("*out", type_))
        scope.add("out", ScalarPointer("out", type_))

    def _consider_alias(self, first: _Bound, second: _Bound) -> None:
        """Lets some runs bind both pointers to one object where their types allow it."""
        if first.base.container or second.base.container or second.base.record.links:
            return
        inside = [suffix for suffix, inner in first.base.record.embedded
                  if inner is second.base.record and "@" not in suffix]  # fmt: skip
        if first.base.record is second.base.record:
            address, prefix = first.base.text, f"{first.base.text}->"
        elif inside:
            suffix = self.dice.pick(inside)
            address, prefix = f"&{first.base.text}->{suffix}", f"{first.base.text}->{suffix}."
        else:
            return
        self.environment.features.add("aliased-parameters")
        paths = {leaf.path: i for i, leaf in enumerate(self.leaves)}
        own = f"{second.base.text}->"
        twins = [(i, paths[path.replace(own, prefix, 1)]) for path, i in paths.items() if path.startswith(own)]
        self.alias = Alias(second.base.text, address, tuple(twins))


def _declare(declared: str, name: str) -> str:
    return f"{declared}{name}" if declared.endswith("*") else f"{declared} {name}"
