"""Evaluates a claim on finished runs of the concrete interpreter: the second opinion on a counterexample.

It shares the claim's syntax tree with `verify.claims.sides`, but neither code nor terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from verify.claims.language import STATES, conjuncts, side_of
from verify.errors import SpecError, UnsupportedC
from verify.execution.concrete_memory import Held
from verify.execution.concrete_types import Elsewhere
from verify.execution.concrete_values import NotReplayable, Place, Value
from verify.execution.interpreter import Machine
from verify.syntax import ast
from verify.syntax.ctypes import INT, UINT, CType

_EVERYTHING = ("ret", "warnings", "calls", "memory")

Variables = Mapping[str, tuple[CType, int]]


def holds(
    claim: ast.Expr,
    machines: Mapping[str, Machine],
    names: Mapping[str, ast.Expr],
    inputs: Machine,
    variables: Variables | None = None,
) -> bool:
    """True iff the claim holds for these runs; `inputs` is a machine with its parameters bound that wasn't run."""
    return _Claim(machines, names, inputs, variables or {}).holds(claim)


def failing_parts(
    claim: ast.Expr,
    machines: Mapping[str, Machine],
    names: Mapping[str, ast.Expr],
    inputs: Machine,
    variables: Variables | None = None,
) -> list[str]:
    """The conjuncts that are false, as source text."""
    judge = _Claim(machines, names, inputs, variables or {})
    return [part.span.text for part in conjuncts(claim) if not judge.holds(part)]


class _Claim:
    """A claim's meaning over the states before the call and after each version ran."""

    def __init__(
        self, machines: Mapping[str, Machine], names: Mapping[str, ast.Expr], inputs: Machine, variables: Variables
    ) -> None:
        self.states: dict[str, Machine] = {"before": inputs, **machines}
        self.names = names
        self.variables = variables

    def holds(self, claim: ast.Expr) -> bool:
        with ExitStack() as stack:
            for name, machine in self.states.items():
                stack.enter_context(machine.looking(lambda node, name=name: self.meaning(name, node)))
            return self.states["before"].condition(claim)

    def meaning(self, state: str, node: ast.Expr) -> Value | Elsewhere | None:
        """What `node` means in `state` beyond C, or None."""
        machine = self.states[state]
        if isinstance(node, ast.Field | ast.Index | ast.Call):
            elsewhere = side_of(node)
            if elsewhere is not None:
                return Elsewhere(self.states[elsewhere[0]], elsewhere[1])
        if isinstance(node, ast.Binary) and node.op in ("==>", "<==>"):
            left = machine.condition(node.left)
            if node.op == "==>":
                return Value(INT, int(not left or machine.condition(node.right)))
            return Value(INT, int(left == machine.condition(node.right)))
        if isinstance(node, ast.Ident):
            return self._name(machine, node)
        if isinstance(node, ast.Call) and isinstance(node.function, ast.Ident):
            if node.function.name == "same":
                return Value(INT, int(self._same(node)))
            if node.function.name in ("called", "calls") and isinstance(node.arguments[0], ast.Ident):
                made = self._count(machine, node.arguments[0].name)
                return Value(INT, int(made > 0)) if node.function.name == "called" else Value(UINT, made)
        return None

    def _name(self, machine: Machine, node: ast.Ident) -> Value | Elsewhere | None:
        if node.name in self.names:
            return Elsewhere(machine, self.names[node.name])
        if node.name in self.variables:
            type_, number = self.variables[node.name]
            return _typed(type_, number)
        if node.name == "warned":
            return Value(INT, int(bool(machine.warnings)))
        if node.name == "ret":
            if machine.result is None:
                raise NotReplayable("the function returned nothing")
            return _typed(machine.result_type, machine.result)
        return None

    def _count(self, machine: Machine, name: str) -> int:
        made = [c.label.partition("@")[0] for c in (*machine.calls, *machine.questions)] + machine.inlined
        return made.count(name)

    # -------------------------------------------------------------------------------------------------------- same

    def _same(self, node: ast.Call) -> bool:
        names = [a.name if isinstance(a, ast.Ident) else "" for a in node.arguments[:2]]
        if len(node.arguments) not in (2, 3) or any(n not in STATES for n in names):
            raise SpecError("`same` takes two of before, old and new", node.span)
        excepted, functions, places = self._excepted(node)
        one, other = (self.states[n] for n in names)
        if one.stopped != other.stopped:
            return False
        if "ret" not in excepted and "before" not in names and one.result != other.result:
            return False
        if "warnings" not in excepted and one.warnings != other.warnings:
            return False
        if "calls" not in excepted and not self._same_calls(one, other, functions):
            return False
        return "memory" in excepted or self._same_held(one, one.visible(), other, other.visible(), places)

    def _excepted(self, node: ast.Call) -> tuple[set[str], set[str], list[Place]]:
        everything: set[str] = set()
        functions: set[str] = set()
        places: list[Place] = []
        clause = node.arguments[2] if len(node.arguments) == 3 else None
        for item in clause.arguments if isinstance(clause, ast.Call) else ():
            name = item.name if isinstance(item, ast.Ident) else ""
            if name in _EVERYTHING:
                everything.add(name)
            elif name and name not in self.names:
                functions.add(name)
            else:
                places.append(self.states["before"].place(item))
        return everything, functions, places

    def _same_calls(self, one: Machine, other: Machine, functions: set[str]) -> bool:
        traces = [
            [(c, s) for c, s in zip(m.calls, m.seen, strict=True) if c.label.partition("@")[0] not in functions]
            for m in (one, other)
        ]
        if len(traces[0]) != len(traces[1]):
            return False
        for (call, seen), (other_call, other_seen) in zip(*traces, strict=True):
            if (call.label, call.arguments) != (other_call.label, other_call.arguments):
                return False
            if not self._same_held(one, seen, other, other_seen, []):
                return False
        return True

    def _same_held(
        self, one: Machine, held: Mapping[str, Held], other: Machine, other_held: Mapping[str, Held], places: list[Place]
    ) -> bool:
        """True iff all that either run has written is the same in both, but for `places`."""
        skipped = {(p.location, p.indices) for p in places}
        for location in held.keys() | other_held.keys():
            a, b = held.get(location), other_held.get(location)
            indices = set(a.written if a else ()) | set(b.written if b else ())
            width = max(x.width for x in (a, b) if x is not None)
            for index in indices:
                if (location, index) in skipped:
                    continue
                if _held_at(one, a, location, index, width) != _held_at(other, b, location, index, width):
                    return False
        return True


def _held_at(machine: Machine, held: Held | None, location: str, index: tuple[int, ...], width: int) -> int:
    if held is not None and index in held.written:
        return held.written[index] & ((1 << width) - 1)
    epoch = machine.epoch if held is None else held.epoch
    return machine.oracle.read(epoch, location, index, width) & ((1 << width) - 1)


def _typed(type_: CType, bits: int) -> Value:
    width, signed = getattr(type_, "width", 64), getattr(type_, "signed", False)
    return Value(type_, bits - (1 << width) if signed and bits >> (width - 1) else bits)


__all__ = ["NotReplayable", "UnsupportedC", "failing_parts", "holds"]
