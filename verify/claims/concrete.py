"""Evaluates a claim on numbers, over two finished runs of the concrete interpreter.

Takes a claim's tree (`verify.claims.language`), the machines that ran ("old", "new"), one that stands at the entry
("before"), and the spec's names.  Shares no code with `verify.claims.sides`, which does the same with terms: a
counterexample counts only if the claim is false here, too.  Raises `NotReplayable` where a claim can't be evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack

from verify.execution.concrete_memory import Held
from verify.execution.concrete_values import CallMade, to_bits
from verify.execution.interpreter import ConcreteRule, Elsewhere, Machine, NotReplayable, Value, value_of_bits
from verify.execution.state import PADDING
from verify.syntax import ast
from verify.syntax.ctypes import INT, LONG, POINTER_WIDTH, UINT, CType, RecordType, bits_mislead, is_scalar, width_of
from verify.terms.worlds import POINTER_CALL
from verify.tuples import NamedTuple

_EVERYTHING = ("ret", "warnings", "calls", "memory")
_BEFORE = "before"


class _Exceptions(NamedTuple):
    """What `except(…)` leaves out: kinds, functions, and cells by location and leading indices."""

    kinds: frozenset[str]
    functions: frozenset[str]
    cells: tuple[tuple[str, tuple[int, ...]], ...]


def holds(
    claim: ast.Expr,
    machines: Mapping[str, Machine],
    names: Mapping[str, ast.Expr],
    inputs: Machine,
    variables: Mapping[str, tuple[CType, int]] | None = None,
) -> bool:
    """True iff `claim` holds.  `inputs` is bound to the parameters, but hasn't run."""
    return _Claim(machines, names, inputs, variables or {}).holds(claim)


def failing_parts(
    claim: ast.Expr,
    machines: Mapping[str, Machine],
    names: Mapping[str, ast.Expr],
    inputs: Machine,
    variables: Mapping[str, tuple[CType, int]] | None = None,
) -> list[str]:
    """The conjuncts of `claim` that are false, as their source text in one line."""
    judge = _Claim(machines, names, inputs, variables or {})
    return [" ".join(part.span.text.split()) for part in _conjuncts(claim) if not judge.holds(part)]


def differences(
    same: ast.Call,
    machines: Mapping[str, Machine],
    names: Mapping[str, ast.Expr],
    inputs: Machine,
    variables: Mapping[str, tuple[CType, int]] | None = None,
) -> list[str]:
    """What the call `same(A, B, except(…))` finds to be different: "the return value", "memory: R.m" and so on."""
    judge = _Claim(machines, names, inputs, variables or {})
    with judge.looking():
        return list(judge.differences(same))


def same_questions(one: Machine, other: Machine, calls: int, free: frozenset[str]) -> bool:
    """True iff all that either asked before it had made more than `calls` calls, the other asked in an equal state.

    Questions to `free` functions don't count.
    """
    comparison, turned = _Comparison(one, other), _Comparison(other, one)
    return all(
        any(
            made[:2] == asked[:2] and c.same_epoch(epoch, since) and c.same_view(epoch, seen, since, view)
            for asked, (since, view) in zip(c.other.questions, c.other.views, strict=True)
        )
        for c in (comparison, turned)
        for made, (epoch, seen) in zip(c.one.questions, c.one.views, strict=True)
        if epoch <= calls and made.label not in free
    )


def equal_calls(one: Machine, other: Machine) -> int:
    """How many of their first calls are the same in both, each while the same memory was visible."""
    comparison = _Comparison(one, other)
    most = min(len(one.calls), len(other.calls))
    return next((i for i in range(most) if not comparison.same_call(i, i)), most)


def told_by_padding(one: Machine, other: Machine) -> bool:
    """True iff the first call that sees two states sees nothing that differs but the bytes between members."""
    if not (one.filled_padding or other.filled_padding):
        return False
    comparison, exact = _Comparison(one, other), _Comparison(one, other, padding=True)
    for position in range(min(len(one.calls), len(other.calls))):
        if not comparison.same_call(position, position):
            break
        if not exact.same_call(position, position):
            return True
    return any(
        asked == made
        and comparison.same_view(epoch, seen, since, view)
        and not exact.same_view(epoch, seen, since, view)
        for made, (epoch, seen) in zip(one.questions, one.views, strict=True)
        for asked, (since, view) in zip(other.questions, other.views, strict=True)
    )


def _conjuncts(node: ast.Expr) -> Iterator[ast.Expr]:
    if isinstance(node, ast.Binary) and node.op == "&&":
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _rooted(node: ast.Expr) -> tuple[str, ast.Expr] | None:
    """The side and the rest if `node` is a chain of postfix operators that begins with `old.` or `new.`."""
    match node:
        case ast.Field(ast.Ident(("old" | "new") as side, _, _), name, False, span):
            return side, ast.Ident(name, ast.PRIMARY, span)
        case ast.Field() | ast.Index():
            inner = _rooted(node.object)
            return None if inner is None else (inner[0], node._replace(object=inner[1]))
        case ast.Call():
            inner = _rooted(node.function)
            return None if inner is None else (inner[0], node._replace(function=inner[1]))
        case ast.Unary("*" | "&") | ast.Cast():
            inner = _rooted(node.operand)
            return None if inner is None else (inner[0], node._replace(operand=inner[1]))
        case _:
            return None


class _Claim:
    """One claim's surroundings: three machines, each of which asks `_special` what it doesn't know itself."""

    def __init__(
        self,
        machines: Mapping[str, Machine],
        names: Mapping[str, ast.Expr],
        inputs: Machine,
        variables: Mapping[str, tuple[CType, int]],
    ) -> None:
        self.machines = {**machines, _BEFORE: inputs}
        self.names = names
        self.variables = variables
        self.active: list[str] = []

    def looking(self) -> ExitStack:
        """Lets all machines be looked at; nothing that is evaluated leaves a trace."""
        stack = ExitStack()
        for side, machine in self.machines.items():
            stack.enter_context(machine.looking(lambda node, side=side: self._special(side, node)))
            machine.recall = lambda label, arguments, rule, machine=machine: self._recall(
                machine, label, arguments, rule
            )
        return stack

    def _recall(self, machine: Machine, label: str, arguments: tuple[int, ...], rule: ConcreteRule) -> int | None:
        """What some version was answered when it asked the same question while memory was as it is now."""
        for other in self.machines.values():
            comparison = _Comparison(machine, other)
            for made, (epoch, seen) in zip(other.questions, other.views, strict=True):
                if made[:2] == (label, arguments) and made.result is not None:
                    same = comparison.same_epoch(machine.epoch, epoch)
                    if rule.constant or (same and comparison.same_view(machine.epoch, machine.visible(), epoch, seen)):
                        return made.result
        return None

    def holds(self, claim: ast.Expr) -> bool:
        with self.looking():
            return self.machines[_BEFORE].condition(claim)

    def _machine(self, side: str) -> Machine:
        if side not in self.machines:
            raise NotReplayable(f"there is no version `{side}`")
        return self.machines[side]

    def _special(self, side: str, node: ast.Expr) -> Value | Elsewhere | None:
        """What `node` means in the state of `side`, if a claim gives it a meaning of its own."""
        match node:
            case ast.Ident(name, _, _):
                return self._name(side, name)
            case ast.Binary("==>", left, right, _):
                machine = self.machines[side]
                return _truth(not machine.condition(left) or machine.condition(right))
            case ast.Binary("<==>", left, right, _):
                machine = self.machines[side]
                return _truth(machine.condition(left) == machine.condition(right))
            case ast.Field() | ast.Index() | ast.Call() | ast.Unary("*" | "&") | ast.Cast():
                rooted = _rooted(node)
                if rooted is not None:
                    return Elsewhere(self._machine(rooted[0]), rooted[1])
                if isinstance(node, ast.Call) and isinstance(node.function, ast.Ident):
                    return self._function(side, node.function.name, node)
            case _:
                pass
        return None

    def _name(self, side: str, name: str) -> Value | Elsewhere | None:
        if name in self.names:
            return Elsewhere(self.machines[side], self.names[name])
        if name in self.variables:
            type_, number = self.variables[name]
            return value_of_bits(type_, number)
        if name not in ("ret", "warned"):
            return None
        machine = self.machines[side]
        if side == _BEFORE:
            raise NotReplayable(f"`{name}` is known only after a version ran")
        if name == "warned":
            return _truth(bool(machine.warnings))
        if machine.result is None or not is_scalar(machine.result_type):
            raise NotReplayable(f"the {side} version returns no number")
        return value_of_bits(machine.result_type, machine.result)

    def _function(self, side: str, name: str, node: ast.Call) -> Value | None:
        if name == "same":
            return _truth(not any(True for _ in self.differences(node)))
        if name not in ("called", "calls"):
            return None
        function = node.arguments[0] if len(node.arguments) == 1 else None
        if not isinstance(function, ast.Ident) or side == _BEFORE:
            raise NotReplayable(f"`{node.span.text}` isn't understood")
        count = _count(self.machines[side], function.name)
        return _truth(count > 0) if name == "called" else Value(UINT, count)

    def differences(self, node: ast.Call) -> Iterator[str]:
        """What `same(A, B, except(…))` finds to be different.

        Raises `NotReplayable` if that is nothing, but calls that differ may have left different memory behind.
        """
        sides = [a.name if isinstance(a, ast.Ident) else "" for a in node.arguments[:2]]
        if len(node.arguments) not in (2, 3):
            raise NotReplayable(f"`{node.span.text}` isn't understood")
        one, other = (self._machine(side) for side in sides)
        excepted = self._exceptions(node.arguments[2] if len(node.arguments) == 3 else None)
        comparison = _Comparison(one, other)
        found = False
        for difference in self._differences(comparison, excepted, _BEFORE in sides):
            found = True
            yield difference
        if not found and "memory" not in excepted.kinds and _forgotten(comparison):
            raise NotReplayable("whether calls that differ leave the same memory behind isn't known")

    def _differences(self, comparison: _Comparison, excepted: _Exceptions, before: bool) -> Iterator[str]:
        one, other = comparison.one, comparison.other
        if "ret" not in excepted.kinds and not before and not _same_result(one, other):
            yield "the return value"
        if one.stopped != other.stopped:
            yield "whether BUG() is reached"
        if "calls" not in excepted.kinds and not comparison.same_calls(excepted.functions):
            yield "the calls"
        if "warnings" not in excepted.kinds and one.warnings != other.warnings:
            yield "the warnings"
        if "memory" not in excepted.kinds:
            yield from _different_memory(comparison, excepted)

    def _exceptions(self, clause: ast.Expr | None) -> _Exceptions:
        if clause is None:
            return _Exceptions(frozenset(), frozenset(), ())
        if not isinstance(clause, ast.Call):
            raise NotReplayable(f"`{clause.span.text}` isn't understood")
        before = self.machines[_BEFORE]
        kinds: set[str] = set()
        functions: set[str] = set()
        cells: list[tuple[str, tuple[int, ...]]] = []
        for item in clause.arguments:
            name = item.name if isinstance(item, ast.Ident) else ""
            if name in _EVERYTHING:
                kinds.add(name)
            elif name and name not in self.names and self._is_function(name):
                functions.add(name)
            else:
                place = before.place(item)
                cells.append((place.location, place.indices))
        return _Exceptions(frozenset(kinds), frozenset(functions), tuple(cells))

    def _is_function(self, name: str) -> bool:
        return any(m.definitions.knows(name) or name in m.rules for side, m in self.machines.items() if side != _BEFORE)


def _different_memory(comparison: _Comparison, excepted: _Exceptions) -> Iterator[str]:
    """Each location that either version wrote since its last call and that doesn't hold the same in both."""
    one, other = comparison.one, comparison.other
    held, other_held = _outside(one), _outside(other)
    for location in sorted(held.keys() | other_held.keys()):
        a = held.get(location, Held(one.epoch_of(location), {}, 0))
        b = other_held.get(location, Held(other.epoch_of(location), {}, 0))
        masked = (indices for excepted_location, indices in excepted.cells if excepted_location == location)
        if not comparison.same_content(location, a, b, masked):
            yield f"memory: {location}"


def _forgotten(comparison: _Comparison) -> set[str]:
    """Locations that were written before calls that differ, so that nobody knows whether they hold the same now."""
    one, other = comparison.one, comparison.other
    if comparison.same_epoch(one.epoch, other.epoch):
        return set()
    return {location for m in (one, other) for location, _, _ in m.stores} - (
        _outside(one).keys() | _outside(other).keys()
    )


def _truth(holds_: bool) -> Value:
    return Value(INT, int(holds_))


def _same_result(one: Machine, other: Machine) -> bool:
    """True iff both returned the same; integers are compared as numbers where their bits don't tell these."""
    types = one.result_type, other.result_type
    if any(isinstance(type_, RecordType) for type_ in types):
        raise NotReplayable("a record that is returned isn't compared")
    if one.result is not None and other.result is not None and bits_mislead(*types):
        numbers = [to_bits(value_of_bits(m.result_type, m.result or 0).number, LONG.width) for m in (one, other)]
        return numbers[0] == numbers[1]
    widths = [width_of(type_) if is_scalar(type_) else 0 for type_ in types]
    return one.result == other.result and widths[0] == widths[1]


def _count(machine: Machine, function: str) -> int:
    """How often the code called `function`, whether the call was inlined or not."""
    labels = [made.label for made in (*machine.calls, *machine.questions)] + machine.inlined
    return sum(1 for label in labels if _is_call_of(label, function))


def _is_call_of(label: str, function: str) -> bool:
    return label == function or label.startswith(f"{function}@")


def _outside(machine: Machine) -> dict[str, Held]:
    """What was written since the last call, and is left when the function returns."""
    return {location: held for location, held in machine.visible().items() if not location.startswith("local ")}


def same_call(one: Machine, made: CallMade, other: Machine, facing: CallMade) -> bool:
    """True iff both call the same function, be it through a pointer, with the same arguments."""
    return _by_name(one, made, facing) == _by_name(other, facing, made)


def _by_name(machine: Machine, made: CallMade, facing: CallMade) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The function that is called, the arguments and their widths."""
    label, arguments, _, widths = made
    if label == POINTER_CALL != facing.label:
        if arguments[0] == machine.oracle.constant(f"&{facing.label}", POINTER_WIDTH):
            return facing.label, arguments[1:], widths[1:]
    return label, arguments, widths


class _Comparison:
    """Equality of what two machines did.  An epoch of one is equal to one of the other if the same calls led to it.

    The bytes between a record's members count only if `padding`: what differs in them may still do the same.
    """

    def __init__(self, one: Machine, other: Machine, padding: bool = False) -> None:
        self.one = one
        self.other = other
        self.padding = padding
        self._known: dict[tuple[int, int], bool] = {}

    def same_calls(self, ignored: frozenset[str]) -> bool:
        """True iff both made the same calls, in order, each while the same memory was visible to it."""
        made = [
            [i for i, call in enumerate(machine.calls) if not any(_is_call_of(call.label, f) for f in ignored)]
            for machine in (self.one, self.other)
        ]
        return len(made[0]) == len(made[1]) and all(self.same_call(a, b) for a, b in zip(*made, strict=True))

    def same_epoch(self, epoch: int, other_epoch: int) -> bool:
        """True iff both epochs begin after the same calls."""
        if epoch != other_epoch:
            return False
        key = (epoch, other_epoch)
        if key not in self._known:
            # The calls before are compared first, so each of them finds its own answer already there.
            self._known[key] = epoch == 0 or (
                self.same_epoch(epoch - 1, other_epoch - 1) and self.same_call(epoch - 1, other_epoch - 1)
            )
        return self._known[key]

    def same_call(self, position: int, other_position: int) -> bool:
        a, b = self.one.calls[position], self.other.calls[other_position]
        if not same_call(self.one, a, self.other, b):
            return False
        return self.same_view(position, self.one.seen[position], other_position, self.other.seen[other_position])

    def same_view(self, epoch: int, seen: dict[str, Held], other_epoch: int, other_seen: dict[str, Held]) -> bool:
        """True iff the same is visible in two states; what was written since the last call is in `seen`."""
        return all(
            self.same_content(
                location,
                seen.get(location, Held(epoch, {}, 0)),
                other_seen.get(location, Held(other_epoch, {}, 0)),
                (),
            )
            for location in seen.keys() | other_seen.keys()
        )

    def same_content(self, location: str, held: Held, other_held: Held, masked: Iterable[tuple[int, ...]]) -> bool:
        """True iff a location holds the same in both, but for the cells below the `masked` indices.

        Content by address rests on all that it was in an epoch, so that must be the same one.
        """
        if location.endswith(PADDING) and not self.padding:
            return True
        masked = tuple(masked)
        written = held.written.keys() | other_held.written.keys()
        if () not in written and not self.same_epoch(held.epoch, other_held.epoch):
            if not written and location.startswith("global "):
                raise NotReplayable(f"whether calls that differ leave `{location}` alike isn't known")
            return False
        width = held.width or other_held.width
        for indices in written:
            if any(indices[: len(prefix)] == prefix for prefix in masked):
                continue
            numbers = [
                h.written[indices] if indices in h.written else m.oracle.read(h.epoch, location, indices, width)
                for m, h in ((self.one, held), (self.other, other_held))
            ]
            if numbers[0] != numbers[1]:
                return False
        return True
